"""Files: what is known of each, who may see and who may manage it. The bytes are in the storage under `key`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import FORMER, User
from ..accounts.names import folded
from ..accounts.standing import check_still_may
from ..core import audit
from ..core.clock import now
from ..core.database import Base, db
from ..core.errors import Refusal
from ..core.guard import Caller
from ..core.ids import new_id

KEPT_DELETED = timedelta(days=30)
Kind = Literal["image", "video", "audio", "text", "pdf", "other"]
Visibility = Literal["private", "members"]


class FileAbsent(Refusal):
    status, code, sentence = 404, "not_found", "File not found"


class OwnerLeft(Refusal):
    status, code = 409, "owner_left"
    sentence = "The person who shared this has left. If it were private, nobody could ever see it again."


class StoredFile(Base):
    __tablename__ = "files"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(1000))
    size: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(60))
    kind: Mapped[Kind] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    visibility: Mapped[Visibility] = mapped_column(String(10), default="private")
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
    owner: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        CheckConstraint(f"kind IN {get_args(Kind)}", name="kind"),
        CheckConstraint(f"visibility IN {get_args(Visibility)}", name="visibility"),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.name_key = folded(self.name)

    def rename(self, name: str) -> None:
        self.name = name
        self.name_key = folded(name)

    def show_to(self, readers: Visibility) -> None:
        """Raises OwnerLeft."""
        if readers == "private" and self.owner.username_key == FORMER:
            raise OwnerLeft
        self.visibility = readers

    def visible_to(self, who: Caller) -> bool:
        return self.owner_id == who.id or self.visibility == "members"


# A list walks one index for a person's own files and one for what all may see, in its order (see `listing.py`).
for leading in ((StoredFile.owner_id, StoredFile.visibility), (StoredFile.visibility,)):
    for column in (StoredFile.created_at, StoredFile.name_key, StoredFile.size):
        here = StoredFile.deleted_at.is_(None)
        Index(None, *leading, column, StoredFile.id, sqlite_where=here)
Index(None, StoredFile.deleted_at, sqlite_where=StoredFile.deleted_at.is_not(None))


def find(file_id: str, who: Caller, *, deleted: bool = False) -> StoredFile:
    """The file, where `who` may see it; `deleted`: also one that can still be restored. Raises FileAbsent."""
    found = db.session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if found is None or not found.visible_to(who):
        raise FileAbsent
    if found.deleted_at and not (deleted and found.deleted_at > now() - KEPT_DELETED):
        raise FileAbsent
    return found


def find_own(file_id: str, who: Caller, *, deleted: bool = False) -> StoredFile:
    """The file, where `who` may change it, in the transaction that does. Raises FileAbsent, and what `check_still_may`
    raises.
    """
    found = find(file_id, who, deleted=deleted)
    if found.owner_id != who.id:
        check_still_may(who, "files.manage")
    return found


def record(event: str, file: StoredFile, who: Caller, **detail: Any) -> None:
    """Note in the audit log what happened to a file."""
    audit.record(event, actor=who, subject=file.owner, file=file.id, file_name=file.name, **detail)
