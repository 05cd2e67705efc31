"""The authenticator app: a key shown once as a QR code, confirmed by a code, and codes that work once each.

The key is sealed from the start (`core/secret.py`), for this person only: a row moved to another account opens nothing.

A code is good for its half minute and the one before and after it. The half minute of the last code taken is kept, and
moved on by one conditional UPDATE: of the same code sent twice at once, one is taken.
"""

from __future__ import annotations

import re
from hmac import compare_digest

from flask import session
from sqlalchemy import select, update

from ...core import secret
from ...core.clock import now
from ...core.current import current_settings, secret_key
from ...core.database import db
from ...core.errors import Refusal
from ...core.guard import Caller
from ...core.logs import log
from .models import Authenticator
from .schemas import Drawing, Enrolment

BORDER = 4  # modules of quiet around a QR code, as its standard asks
DARK = re.compile(rb"\x01+")


class WrongCode(Refusal):
    code, sentence, field = "invalid_code", "This code does not fit. Is the clock of your phone right?", "code"


class NotBegun(Refusal):
    status, code, sentence = 409, "not_begun", "Ask for a key first."


class AuthenticatorUnreadable(Refusal):
    status, code = 409, "authenticator_unreadable"
    sentence = (
        "Your authenticator app can't be checked: the club has another secret key than when you set it up. "
        "Use a recovery code or a passkey, or ask the people who run the club."
    )


class TotpAbsent(Refusal):
    status, code, sentence = 404, "not_found", "There is no authenticator app to remove."


def begin(who: Caller) -> Enrolment:
    """A new key, held in the session until a code confirms it; one in use stays in use."""
    from pyotp import TOTP, random_base32

    key = random_base32()
    uri = TOTP(key).provisioning_uri(name=who.username, issuer_name=current_settings().name)
    session["totp"] = secret.seal(secret_key(), key, purpose(who.id))
    return {"secret": key, "uri": uri, "qr": drawing(uri)}


def confirm(user_id: int, code: str) -> None:
    """Take the key in use, in the running transaction. Raises NotBegun, WrongCode."""
    sealed = session.get("totp")
    if sealed is None:
        raise NotBegun
    try:
        step = step_of(_key(user_id, sealed), code)
    except AuthenticatorUnreadable:
        raise NotBegun from None
    if step is None:
        raise WrongCode
    db.session.merge(Authenticator(user_id=user_id, sealed=sealed, last_step=step, created_at=now()))
    session.pop("totp")


def use(user_id: int, code: str) -> bool:
    """Whether this is the app's code and was not used before; uses it up in the running transaction.

    Raises AuthenticatorUnreadable.
    """
    sealed = db.session.scalar(select(Authenticator.sealed).where(Authenticator.user_id == user_id))
    db.session.rollback()  # nothing is held while computing
    step = step_of(_key(user_id, sealed), code) if sealed is not None else None
    if step is None:
        return False
    mine = Authenticator.user_id == user_id, Authenticator.sealed == sealed, Authenticator.last_step < step
    moved = update(Authenticator).where(*mine)
    return db.session.scalar(moved.values(last_step=step).returning(Authenticator.user_id)) is not None


def remove(user_id: int) -> None:
    """Remove the app, in the running transaction. Raises TotpAbsent."""
    found = db.session.get(Authenticator, user_id)
    if found is None:
        raise TotpAbsent
    db.session.delete(found)
    db.session.flush()


def purpose(user_id: int) -> str:
    """What a key is sealed for."""
    return f"authenticator {user_id}"


def _key(user_id: int, sealed: str) -> str:
    try:
        return secret.unseal(secret_key(), sealed, purpose(user_id))
    except secret.Unreadable:
        log().error("authenticator_unreadable", user_id=user_id)
        raise AuthenticatorUnreadable from None


def step_of(key: str, code: str) -> int | None:
    """The half minute, among the present one and its neighbours, that this code belongs to."""
    from pyotp import TOTP

    app, given = TOTP(key), "".join(code.split()).encode()
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
