"""The secret key: from the settings, or made once and kept in the data folder, readable by its owner only.

It signs form tokens, keys short codes, and seals what the database has to keep readable: whoever gets hold of the
database alone reads nothing of that.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

from .ids import new_token

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from ..settings import Settings

NONCE = 12  # bytes, as the standard of AES-GCM wants it


class Unreadable(Exception):
    """What was sealed does not open: it was sealed with another key, for another purpose, or was changed since."""


def key(settings: Settings) -> str:
    """The key. Raises OSError where the data folder can't be written."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret-key"
    if not path.exists():
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        working = path.with_name(f"secret-key.{os.getpid()}")
        working.touch(mode=0o600)
        working.write_text(new_token())
        with suppress(FileExistsError):  # of two processes at once, one key wins
            os.link(working, path)
        working.unlink()
    return path.read_text()


def seal(key: str, text: str, purpose: str) -> str:
    """`text` so that only who has the key can read it, and only as what it is for: letters, digits, `-` and `_`."""
    nonce = os.urandom(NONCE)
    return urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, text.encode(), purpose.encode())).decode()


def unseal(key: str, sealed: str, purpose: str) -> str:
    """The text that was sealed. Raises Unreadable."""
    from cryptography.exceptions import InvalidTag

    try:
        data = urlsafe_b64decode(sealed)
        return _cipher(key).decrypt(data[:NONCE], data[NONCE:], purpose.encode()).decode()
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _cipher(key: str) -> AESGCM:
    # Imported at first use: few requests seal anything, and the start is nearly all import time.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(hashes.SHA256(), length=32, salt=None, info=b"clubroom sealed").derive(key.encode()))
