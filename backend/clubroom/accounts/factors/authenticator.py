"""The authenticator app: a key shown once as a QR code, confirmed by a code, and codes that work once each.

A code is good for its half minute and the one before and after it. The half minute of the last code taken is kept, and
moved on by one conditional UPDATE: of the same code sent twice at once, one is taken.
"""

from __future__ import annotations

import re
from hmac import compare_digest

from flask import current_app, session
from sqlalchemy import update

from ...core.clock import now
from ...core.database import db
from ...core.errors import Refusal
from ..models import User
from .models import Authenticator
from .schemas import Drawing, Enrolment

BORDER = 4  # modules of quiet around a QR code, as its standard asks
DARK = re.compile(rb"\x01+")


class WrongCode(Refusal):
    code, sentence, field = "invalid_code", "This code does not fit. Is the clock of your phone right?", "code"


class NotBegun(Refusal):
    status, code, sentence = 409, "not_begun", "Ask for a key first."


class TotpAbsent(Refusal):
    status, code, sentence = 404, "not_found", "There is no authenticator app to remove."


def begin(user: User) -> Enrolment:
    """A new key, held in the session until a code confirms it; one in use stays in use."""
    from pyotp import TOTP, random_base32

    secret = random_base32()
    uri = TOTP(secret).provisioning_uri(name=user.username, issuer_name=current_app.config["SETTINGS"].name)
    session["totp"] = secret
    return {"secret": secret, "uri": uri, "qr": drawing(uri)}


def confirm(user_id: int, code: str) -> None:
    """Take the key in use, in the running transaction. Raises NotBegun, WrongCode."""
    secret = session.get("totp")
    if secret is None:
        raise NotBegun
    step = step_of(secret, code)
    if step is None:
        raise WrongCode
    db.session.merge(Authenticator(user_id=user_id, secret=secret, last_step=step, created_at=now()))
    session.pop("totp")


def use(user_id: int, code: str) -> bool:
    """Whether this is the app's code and was not used before; uses it up in the running transaction."""
    found = db.session.get(Authenticator, user_id, populate_existing=True)
    step = step_of(found.secret, code) if found else None
    if step is None:
        return False
    moved = update(Authenticator).where(Authenticator.user_id == user_id, Authenticator.last_step < step)
    return db.session.scalar(moved.values(last_step=step).returning(Authenticator.user_id)) is not None


def remove(user_id: int) -> None:
    """Remove the app, in the running transaction. Raises TotpAbsent."""
    found = db.session.get(Authenticator, user_id)
    if found is None:
        raise TotpAbsent
    db.session.delete(found)
    db.session.flush()


def step_of(secret: str, code: str) -> int | None:
    """The half minute, among the present one and its neighbours, that this code belongs to."""
    from pyotp import TOTP

    app, given = TOTP(secret), "".join(code.split()).encode()
    present = app.timecode(now())
    near = (present, present - 1, present + 1)
    return next((step for step in near if compare_digest(app.generate_otp(step).encode(), given)), None)


def drawing(text: str) -> Drawing:
    """A QR code as the data of one SVG path, a unit a module: the page draws it without markup."""
    import segno

    rows = segno.make_qr(text, error="m").matrix
    path = "".join(
        f"M{run.start() + BORDER} {y + BORDER}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(rows)
        for run in DARK.finditer(bytes(row))
    )
    return {"size": len(rows) + 2 * BORDER, "path": path}
