"""The secret key that signs form tokens: from the settings, or made once and kept in the data folder, readable by its
owner only.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from .ids import new_token

if TYPE_CHECKING:
    from ..settings import Settings


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
