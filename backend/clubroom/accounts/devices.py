"""Devices that signed in before: a long-lived cookie beside the session, which opens nothing.

It tells a sign-in from a new browser, of which the owner hears by mail, and gives the browsers one knows an allowance
of their own: however often strangers guess, the member at home never waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, has_request_context, request
from sqlalchemy import bindparam, delete, select, update

from ..core import jobs, mail
from ..core.clock import NEVER, now
from ..core.current import by_https
from ..core.database import Prepared, adding, db, moment
from ..core.ids import hashed, new_id, new_token
from .models import Account, KnownDevice, User, opened_by, write_to
from .names import folded
from .schemas import device_name
from .server_session import session

KEPT = timedelta(days=400)  # no browser keeps a cookie longer

KNOWN = Prepared(
    lambda: (
        select(KnownDevice.id)
        .join(User, User.id == KnownDevice.user_id)
        .where(KnownDevice.token_hash == bindparam("token_hash"), opened_by(bindparam("key")))
    )
)
OWNERS = Prepared(lambda: select(KnownDevice.user_id).where(KnownDevice.token_hash == bindparam("token_hash")))
ADD = adding(KnownDevice)
SEEN = Prepared(
    lambda: (
        update(KnownDevice)
        .where(KnownDevice.token_hash == bindparam("of"), KnownDevice.user_id == bindparam("owner"))
        .values(last_seen_at=bindparam("at"))
    )
)
RENEW = Prepared(
    lambda: (
        update(KnownDevice)
        .where(KnownDevice.token_hash == bindparam("of"))
        .values(token_hash=bindparam("token_hash", type_=KnownDevice.token_hash.type))
    )
)


def cookie_name() -> str:
    return "__Host-device" if by_https() else "device"


def known_for(name: str) -> str | None:
    """The id of this browser among those in which the account with this username or address signed in before."""
    token = request.cookies.get(cookie_name()) if has_request_context() else None
    if not token:
        return None
    row = KNOWN.one(token_hash=hashed(token), key=folded(name))
    return row[0] if row else None


def this_device() -> dict[str, Any]:
    """What a mail says of the request: `device`, `address` and when (`at`)."""
    device = device_name(request.headers.get("User-Agent", ""))
    return {"device": device, "address": request.remote_addr, "at": now()}


def recognise(user: Account) -> None:
    """Note in the running transaction that `user` signs in here; a new device is told by mail, but for the first
    sign-in of all. Call it before `last_seen_at` is set.

    Whoever signed in here before may have taken the cookie along: the next person gets another, and so do they. Nor is
    a token taken over that we did not make.
    """
    token, present = request.cookies.get(cookie_name(), ""), now()
    owners = [owner for (owner,) in OWNERS.run(token_hash=hashed(token))] if token else []
    if user.id in owners:
        SEEN.run(of=hashed(token), owner=user.id, at=present)
    else:
        before, token = token, new_token()
        if owners:
            RENEW.run(of=hashed(before), token_hash=hashed(token))
        ADD.run(id=new_id(), user_id=user.id, token_hash=hashed(token), created_at=present, last_seen_at=present)
        if moment(user.last_seen_at) != NEVER:
            write_to(user, "new_device", link=mail.page("/account#devices"), **this_device())
    session.device = token


def give(response: Response, token: str) -> None:
    """Set the device's cookie, beside the session's."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(KEPT.total_seconds()),
        path="/",
        secure=by_https(),
        httponly=True,
        samesite="Lax",
    )


def sweep() -> None:
    """Forget devices whose cookie has run out."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.last_seen_at <= now() - KEPT))
    db.session.commit()


def init_app(app: Flask) -> None:
    jobs.hourly(app, sweep)
