"""Ten codes to write down, for the day the phone is gone; each works once.

A code is short enough to be typed, so it is hashed like a password. The ten share a salt: one hash tells whether a code
is among them, and deleting its row is what uses it.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode
from functools import partial

from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import delete, select

from ...core.database import db
from ..hashing import pool
from .models import RecoveryCode

HOW_MANY, LENGTH = 10, 10
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else


def make() -> dict[str, str]:
    """Ten new codes, each with its hash. Takes ten hashes' time: call it outside a transaction."""
    salt = os.urandom(16)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    hasher = pool().hasher
    return {f"{code[:5]}-{code[5:]}": pool().compute(partial(hasher.hash, salt=salt), code) for code in codes}


def keep(user_id: int, codes: dict[str, str]) -> None:
    """Put these codes in the place of all others, in the running transaction."""
    remove(user_id)
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=code_hash) for code_hash in codes.values())


def use(user_id: int, text: str) -> bool:
    """Whether this is one of the codes left; uses it up in the running transaction."""
    code = "".join(one for one in text.upper() if one.isalnum())
    stored = db.session.scalar(select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id).limit(1))
    db.session.rollback()  # nothing is held while hashing
    if stored is None:
        return False
    salt = b64decode(stored.split("$")[-2] + "==")
    hasher = PasswordHasher.from_parameters(extract_parameters(stored))
    code_hash = pool().compute(partial(hasher.hash, salt=salt), code)
    gone = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
    return db.session.scalar(gone.returning(RecoveryCode.user_id)) is not None


def remove(user_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
