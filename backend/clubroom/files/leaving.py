"""What becomes of a person's files when they take their data along, or leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import delete, exists, select, update

from ..accounts.leaving.belongings import Bytes
from ..core.clock import iso
from ..core.database import db
from ..core.storage import storage
from .models import StoredFile
from .removal import remove
from .schemas import show_file

name = "files"  # of their list in the ZIP
# What Windows takes in no name of a file, and where one begins that it takes for a device.
UNTAKEN = re.compile(r'[<>:"|?*]|\.+$')
DEVICE = re.compile(r"^(?=(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))", re.IGNORECASE)


def _of(user_id: int) -> list[StoredFile]:
    query = select(StoredFile).where(StoredFile.owner_id == user_id)
    return list(db.session.scalars(query.order_by(StoredFile.created_at, StoredFile.id)))


def described(user_id: int) -> list[dict[str, Any]]:
    """What is known of each file, and where it is in the ZIP; those in the bin too."""
    return [
        {**show_file(file), "path": _path(file), "deleted_at": iso(file.deleted_at) if file.deleted_at else None}
        for file in _of(user_id)
    ]


def bytes_of(user_id: int) -> Iterator[Bytes]:
    for file in _of(user_id):
        yield Bytes(_path(file), partial(storage().open, file.key))


def _path(file: StoredFile) -> str:
    """A name in the ZIP that no two files share, and that Windows can unpack, too."""
    return f"files/{file.id}/{DEVICE.sub('_', UNTAKEN.sub('_', file.name))}"


SHARED = (StoredFile.visibility == "members", StoredFile.deleted_at.is_(None))


def shared(user_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(StoredFile.owner_id == user_id, *SHARED))))


def hand_on(user_id: int, heir: int | None) -> Callable[[], None]:
    """Delete the person's files in the running transaction, or give `heir` those that all members may see."""
    if heir is not None:
        db.session.execute(update(StoredFile).where(StoredFile.owner_id == user_id, *SHARED).values(owner_id=heir))
    gone = delete(StoredFile).where(StoredFile.owner_id == user_id).returning(StoredFile.key)
    return partial(_remove, list(db.session.scalars(gone)))


def _remove(keys: list[str]) -> None:
    for key in keys:
        remove(key)
