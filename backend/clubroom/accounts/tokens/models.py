"""API tokens: the table, and the form a token has.

`club_`, 40 random letters and digits, and 6 that are their checksum: a scanner that looks for leaked secrets knows one
when it sees one, and what merely looks like one is refused without asking the database.
"""

from __future__ import annotations

import re
import secrets
import string
from datetime import datetime
from zlib import crc32

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ...core.clock import now
from ...core.database import Base
from ...core.ids import new_id
from ...core.levels import SCOPES, Scope

PREFIX = "club_"
ALPHABET = string.digits + string.ascii_letters
FORM = re.compile(f"({PREFIX}[0-9A-Za-z]{{40}})([0-9A-Za-z]{{6}})")


class ApiToken(Base):
    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    scope: Mapped[Scope] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint(f"scope IN {SCOPES}", name="scope"),)


def new_api_token() -> str:
    """A token's text: 238 random bits, with what shows where it is from and that it is whole."""
    text = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(40))
    return text + checksum(text)


def checksum(text: str) -> str:
    """CRC-32 in six letters and digits."""
    number, found = crc32(text.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, len(ALPHABET))
        found = ALPHABET[rest] + found
    return found


def well_formed(text: str) -> bool:
    parts = FORM.fullmatch(text)
    return parts is not None and checksum(parts[1]) == parts[2]
