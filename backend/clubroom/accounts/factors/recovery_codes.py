"""Ten codes to write down, for the day the phone is gone; each works once.

A code is short enough to be typed, so it is hashed like a password. The ten share a salt: one hash tells whether a code
is among them, and deleting its row is what uses it.
"""

from __future__ import annotations

import os
from base64 import b64decode
from functools import partial

from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import delete, select

from ...core.database import db
from .. import codes
from ..hashing import pool
from .models import RecoveryCode

HOW_MANY, LENGTH = 10, 10


def make() -> dict[str, str]:
    """Ten new codes, each with its hash. Takes ten hashes' time: call it outside a transaction."""
    salt = os.urandom(16)
    made = [codes.new_code(LENGTH) for _ in range(HOW_MANY)]
    hasher = pool().hasher
    return {codes.shown(code): pool().compute(partial(hasher.hash, salt=salt), code) for code in made}


def keep(user_id: int, made: dict[str, str]) -> None:
    """Put what `make` made in the place of all others, in the running transaction."""
    remove(user_id)
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=code_hash) for code_hash in made.values())


def use(user_id: int, text: str) -> bool:
    """Whether this is one of the codes left; uses it up in the running transaction."""
    stored = db.session.scalar(select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id).limit(1))
    db.session.rollback()  # nothing is held while hashing
    if stored is None:
        return False
    salt = b64decode(stored.split("$")[-2] + "==")
    hasher = PasswordHasher.from_parameters(extract_parameters(stored))
    code_hash = pool().compute(partial(hasher.hash, salt=salt), codes.read(text))
    gone = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
    return db.session.scalar(gone.returning(RecoveryCode.user_id)) is not None


def remove(user_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
