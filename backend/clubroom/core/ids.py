"""Unguessable ids and tokens, and what is stored of a token."""

from __future__ import annotations

import hashlib
import secrets


def new_id() -> str:
    """128 random bits, for things whose address must not be guessed."""
    return secrets.token_urlsafe(16)


def new_token() -> str:
    """256 random bits, for what lets its holder in."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the database keeps of a token: its SHA-256.

    The token has 238 random bits or more, so no salt and no slow hash is needed.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
