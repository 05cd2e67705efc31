"""What goes for good: files deleted 30 days ago, and bytes that belong to nobody."""

from __future__ import annotations

from sqlalchemy import delete, select

from ..core.clock import now
from ..core.database import db
from ..core.storage import in_use, storage
from .images import SIZES
from .models import KEPT_DELETED, StoredFile

BATCH = 200


def purge() -> None:
    """Remove what can't be restored any more; the row first, so that no row ever promises bytes that are gone."""
    gone = select(StoredFile.id).where(StoredFile.deleted_at <= now() - KEPT_DELETED).limit(BATCH)
    while keys := db.session.scalars(
        delete(StoredFile).where(StoredFile.id.in_(gone.scalar_subquery())).returning(StoredFile.key)
    ).all():
        db.session.commit()
        for key in keys:
            remove(key)
    db.session.commit()


def remove(key: str) -> None:
    """Remove a file's bytes and what was made from them."""
    for name in (*(f"{key}.{size}" for size in SIZES), key):
        storage().delete(name)


def sweep() -> None:
    """Remove what a crash left in the storage."""

    def ours(keys: set[str]) -> set[str]:
        found = in_use(keys)
        db.session.rollback()  # nobody is kept from writing while the disk is looked through
        return found

    storage().sweep(ours)


def known(keys: set[str]) -> set[str]:
    return set(db.session.scalars(select(StoredFile.key).where(StoredFile.key.in_(keys))))
