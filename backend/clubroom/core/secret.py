"""The secret key: from the settings, or made once and kept in the data folder, readable by its owner only.

It signs form tokens, keys short codes, and seals what the database has to keep readable: whoever gets hold of the
database alone reads nothing of that.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..settings import SHORTEST_KEY, SettingError
from .ids import new_token
from .storage import sync_folder, write_durably

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from ..settings import Settings

FILE = "secret-key"
NONCE = 12  # bytes, as the standard of AES-GCM wants it


class Unreadable(Exception):
    """What was sealed does not open: it was sealed with another key, for another purpose, or was changed since."""


def key(settings: Settings) -> str:
    """The key, made where there is none yet. Raises what `known` raises, OSError where it can't be kept."""
    while (found := known(settings)) is None:
        _make(settings.data_dir / FILE)
    return found


def known(settings: Settings) -> str | None:
    """The key there is. Raises SettingError where the kept one is damaged, OSError where it can't be read."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / FILE
    if not path.exists():
        return None
    found = path.read_text(errors="replace")
    if len(found) < SHORTEST_KEY:
        raise SettingError(
            f"{path} holds no secret key any more. Put the old one back; or remove the file, and people have to set up "
            "their authenticator apps again"
        )
    return found


def _make(path: Path) -> None:
    """Keep a new key, durably: what will be sealed with it must not outlive it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    working = path.with_name(f"{FILE}.{os.getpid()}")
    write_durably(working, new_token().encode())
    with suppress(FileExistsError):  # of two processes at once, one key wins
        os.link(working, path)
    working.unlink()
    sync_folder(path.parent)


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
