"""The HTTP side of files."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ..accounts.standing import check_still_in
from ..core.api import check_if_match, typed
from ..core.clock import now
from ..core.current import current_settings
from ..core.database import committed, db
from ..core.guard import needs, signed_in
from ..core.openapi import documented
from ..core.paging import Listing
from ..core.storage import storage
from . import giving
from .listing import listing
from .models import find, find_own, record
from .receiving import Receiving
from .schemas import Changes, ContentQuery, FileOut, FilesQuery, ThumbnailQuery, show_file

files = Blueprint("files", __name__, url_prefix="/api")


@files.post("/upload")
@needs("files.use")
@documented(requestBody=giving.UPLOAD, responses=giving.FULL)
@typed
def upload() -> FileOut | list[FileOut]:
    """Upload one file or several, all or none; one is answered alone, several as an array."""
    who = signed_in()
    with Receiving(storage(), current_settings().max_upload) as receiving:
        rows = receiving.receive(request, who.id)
        owner = check_still_in(who)
        for row in rows:
            row.owner = owner
        db.session.add_all(rows)
        db.session.flush()
        shown = committed([show_file(row) for row in rows])
        receiving.done = True
    return shown if len(shown) > 1 else shown[0]


@files.get("/uploads")
@needs("files.use")
@typed
def list_files(query: FilesQuery) -> Listing[FileOut]:
    """One's own files and those all members may see."""
    return listing(query, signed_in())


@files.get("/uploads/<file_id>")
@needs("files.use")
@typed
def show_one(file_id: str) -> FileOut:
    """What is known of one file."""
    return show_file(find(file_id, signed_in()))


@files.patch("/uploads/<file_id>")
@needs("files.use")
@typed
def change(file_id: str, body: Changes) -> FileOut:
    """Rename a file, or change who may see it."""
    who = signed_in()
    file = find_own(file_id, who)
    check_if_match(lambda: show_file(file))
    if body.name is not None:
        if file.owner_id != who.id and body.name != file.name:
            record("file_renamed", file, who)
        file.rename(body.name)
    if body.visibility is not None and body.visibility != file.visibility:
        file.show_to(body.visibility)
        record("file_visibility_changed", file, who, visibility=body.visibility)
    return committed(show_file(file))


@files.delete("/uploads/<file_id>")
@needs("files.use")
@typed
def delete_file(file_id: str) -> None:
    """Delete a file; it can be restored for 30 days."""
    who = signed_in()
    file = find_own(file_id, who)
    check_if_match(lambda: show_file(file))
    file.deleted_at = now()
    record("file_deleted", file, who)
    db.session.commit()


@files.post("/uploads/<file_id>/restore")
@needs("files.use")
@typed
def restore(file_id: str) -> FileOut:
    """Bring a deleted file back, within 30 days."""
    who = signed_in()
    file = find_own(file_id, who, deleted=True)
    if file.deleted_at:
        file.deleted_at = None
        record("file_restored", file, who)
    return committed(show_file(file))


@files.get("/uploads/<file_id>/content")
@needs("files.use")
@documented(responses=giving.CONTENT)
@typed
def content(file_id: str, query: ContentQuery) -> Response:
    """The bytes, whole or in part; shown where that is safe, else saved."""
    return giving.content(find(file_id, signed_in()), query.download)


@files.get("/uploads/<file_id>/thumbnail")
@needs("files.use")
@documented(responses=giving.THUMBNAIL)
@typed
def thumbnail(file_id: str, query: ThumbnailQuery) -> Response:
    """A picture in small, as WebP."""
    return giving.thumbnail(find(file_id, signed_in()), int(query.size))
