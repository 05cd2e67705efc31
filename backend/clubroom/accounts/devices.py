"""Devices that signed in before: a long-lived cookie beside the session, which opens nothing.

It tells a sign-in from a new browser, of which the owner hears by mail, and gives the browsers one knows an allowance
of their own: however often strangers guess, the member at home never waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, has_request_context, request, session
from sqlalchemy import delete, select

from ..core import jobs, mail
from ..core.clock import NEVER, now
from ..core.database import db
from ..core.ids import hashed, new_token
from .models import KnownDevice, User, folded
from .schemas import device_name

KEPT = timedelta(days=400)  # no browser keeps a cookie longer


def cookie_name() -> str:
    return "__Host-device" if current_app.config["SETTINGS"].https else "device"


def known_for(name: str) -> str | None:
    """The id of this browser among those in which the account with this user name or address signed in before."""
    token = request.cookies.get(cookie_name()) if has_request_context() else None
    if not token:
        return None
    key = folded(name)
    column = User.email_key if "@" in key else User.username_key
    query = select(KnownDevice.id).join(User, User.id == KnownDevice.user_id)
    return db.session.scalar(query.where(KnownDevice.token_hash == hashed(token), column == key))


def this_device() -> dict[str, Any]:
    """What a mail says of the request: `device`, `address` and when (`at`)."""
    device = device_name(request.headers.get("User-Agent", ""))
    return {"device": device, "address": request.remote_addr, "at": now()}


def recognise(user: User) -> None:
    """Note in the running transaction that `user` signs in here; a new device is told by mail, but for the first
    sign-in of all. Call it before `last_seen_at` is set.
    """
    token = request.cookies.get(cookie_name(), "")
    kept = select(KnownDevice).where(KnownDevice.token_hash == hashed(token))
    here = db.session.scalars(kept).all() if token else []
    if not here:  # nor anybody else's: a token that we did not make is not taken over
        token = new_token()
    mine = next((one for one in here if one.user_id == user.id), None)
    if mine:
        mine.last_seen_at = now()
    else:
        db.session.add(KnownDevice(user_id=user.id, token_hash=hashed(token)))
        if user.last_seen_at != NEVER:
            mail.queue("new_device", user.email, user=user, link=mail.page("/account"), **this_device())
    session.device = token  # type: ignore[attr-defined]


def give(response: Response, token: str) -> None:
    """Set the device's cookie, beside the session's."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(KEPT.total_seconds()),
        path="/",
        secure=current_app.config["SETTINGS"].https,
        httponly=True,
        samesite="Lax",
    )


def sweep() -> None:
    """Forget devices whose cookie has run out."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.last_seen_at <= now() - KEPT))
    db.session.commit()


def init_app(app: Flask) -> None:
    jobs.hourly(app, sweep)
