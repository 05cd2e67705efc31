"""What a mail carries to show that its reader owns the address: a link with a token, and a short code for another
device.

Both are for one person and one purpose, last equally long and are used up together. The code is short enough to type,
so it can be guessed: five wrong ones use it up (the link stays), and tries at one address are slowed down. What is kept
of it is keyed with the app's secret: whoever reads the database alone can't find it by trying them all.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, select, update

from ..core import jobs, mail
from ..core.clock import NEVER, now
from ..core.connections import begin_forgetful
from ..core.current import secret_key
from ..core.database import db
from ..core.ids import hashed, new_token
from . import codes, throttle
from .models import InvalidToken, OneTimeToken, User, end_links, look_at_token
from .names import folded
from .schemas import Proof

ACCEPT_WITHIN = timedelta(days=14)  # an account that was never confirmed goes then
LENGTH = 8
MOST_WRONG = 5


class WrongCode(InvalidToken):
    sentence, field = "This code is not right, or has been used or has run out.", "code"


def make(purpose: str, user: User, lasts: timedelta, path: str, email: str | None = None) -> dict[str, Any]:
    """Add a proof to the running transaction, in place of an older one for the same; `path` is of the page that takes
    it, `email` where it is sent, if not to the person's own address. Answers what `mail.queue` is to know of it.
    """
    end_links(user.id, purpose)
    return make_another(purpose, user, lasts, path, email or user.email)


def make_another(purpose: str, user: User, lasts: timedelta, path: str, email: str) -> dict[str, Any]:
    """Add a proof to the running transaction, beside older ones for the same; answers as `make` does."""
    token, key = new_token(), folded(email)
    code = codes.new_code(LENGTH)
    row = OneTimeToken(token_hash=hashed(token), purpose=purpose, user_id=user.id, expires_at=now() + lasts)
    row.email, row.email_key, row.code_hash = email, key, _kept(purpose, key, code)
    db.session.add(row)
    return {
        "link": mail.link(path, token),
        "code": codes.shown(code),
        "token_hash": row.token_hash,
        "until": row.expires_at,
    }


def while_kept(user: User, lasts: timedelta) -> timedelta:
    """How long a link lasts that anybody can ask for. It keeps no account alive that was never confirmed: whoever made
    one could tell from its name, once it is free or not, whether a mail had gone to it.
    """
    if user.confirmed_at:
        return lasts
    sent = db.session.scalar(select(func.max(OneTimeToken.expires_at)).where(OneTimeToken.user_id == user.id))
    return min(lasts, max(sent or NEVER, user.created_at + ACCEPT_WITHIN) - now())


def _kept(purpose: str, email_key: str, code: str) -> str:
    text = f"{purpose} {email_key} {codes.read(code)}"
    return hmac.digest(secret_key().encode(), text.encode("utf-8", "surrogatepass"), "sha256").hex()


def look_at(purpose: str, proof: Proof) -> OneTimeToken:
    """The token behind a link's token or a mail's code, unused.

    Counts tries at codes, and commits them. Raises InvalidToken, TooManyAttempts.
    """
    if proof.token is not None:
        return look_at_token(purpose, proof.token)
    email, code = proof.email or "", proof.code or ""
    counted = throttle.admit(f"\0mailed {email}")  # no name that somebody could type
    key = folded(email)
    begin_forgetful()  # a wait for the disk, where there is something to count, would tell that there is
    waiting = db.session.scalars(
        select(OneTimeToken).where(
            OneTimeToken.email_key == key,
            OneTimeToken.purpose == purpose,
            OneTimeToken.expires_at > now(),
            OneTimeToken.code_tries < MOST_WRONG,
        )
    ).all()
    given = _kept(purpose, key, code)
    right = next((row.token_hash for row in waiting if hmac.compare_digest(row.code_hash or "", given)), None)
    if right:
        throttle.forget(counted)
    else:
        tried = OneTimeToken.token_hash.in_([row.token_hash for row in waiting])
        db.session.execute(update(OneTimeToken).where(tried).values(code_tries=OneTimeToken.code_tries + 1))
    db.session.commit()
    found = db.session.get(OneTimeToken, right) if right else None
    if found is None:  # a wrong code, or another was faster
        raise WrongCode
    return found


def use(token_hash: str) -> None:
    """Use a proof up in the running transaction. Raises InvalidToken if another was faster."""
    gone = delete(OneTimeToken).where(OneTimeToken.token_hash == token_hash, OneTimeToken.expires_at > now())
    if db.session.scalar(gone.returning(OneTimeToken.token_hash)) is None:
        raise InvalidToken


def sweep() -> None:
    """Remove the tokens of all links that have run out."""
    db.session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at <= now()))
    db.session.commit()


def init_app(app: Flask) -> None:
    jobs.hourly(app, sweep)
