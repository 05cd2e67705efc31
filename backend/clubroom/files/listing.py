"""Lists of files: one's own and what all members may see.

The two are walked apart, each in the order of its own index, and merged: a condition with OR would read past every
private file of everybody else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from ..accounts.names import folded
from ..core.database import db
from ..core.guard import Caller
from ..core.paging import Listing, capped_count, ordered, page
from .models import StoredFile
from .schemas import FileOut, FilesQuery, show_file

SORTS: dict[str, Any] = {
    "created_at": StoredFile.created_at,
    "name": StoredFile.name_key,
    "size": StoredFile.size,
}


def listing(query: FilesQuery, who: Caller) -> Listing[FileOut]:
    """One page of the files that `who` asks for and may see."""
    column, descending = SORTS[query.sort.lstrip("-")], query.sort.startswith("-")
    rows: list[StoredFile] = []
    for part in _parts(query, who):
        found = ordered(_filtered(select(StoredFile).where(*part), query), column, StoredFile.id, query, descending)
        rows += db.session.scalars(found)

    def place(file: StoredFile) -> tuple[Any, Any]:
        return getattr(file, column.key), file.id

    rows.sort(key=place, reverse=descending)
    shown = page(rows[: query.limit + 1], query, show_file, place)
    if query.count:
        counted = [capped_count(_filtered(select(StoredFile.id).where(*part), query)) for part in _parts(query, who)]
        shown.total, shown.capped = sum(total for total, _ in counted), any(capped for _, capped in counted)
    return shown


def _parts(query: FilesQuery, who: Caller) -> list[tuple[ColumnElement[bool], ...]]:
    """Conditions that hold for disjoint sets of files, together all that `who` may see."""
    shared = StoredFile.visibility == "members"
    mine = (StoredFile.owner_id == who.id, StoredFile.visibility == "private")
    if query.owner is None:
        return [mine, (shared,)]
    theirs = (StoredFile.owner_id == query.owner, shared)
    return [mine, theirs] if query.owner == who.id else [theirs]


def _filtered(found: Select[Any], query: FilesQuery) -> Select[Any]:
    found = found.where(StoredFile.deleted_at.is_(None))
    if query.type:
        found = found.where(StoredFile.kind == query.type)
    if needle := folded(query.q):
        found = found.where(func.instr(StoredFile.name_key, needle) > 0)
    return found
