"""What comes in and goes out where files are concerned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from ..core.api import Input, Line, Text, Time
from ..core.clock import iso
from ..core.paging import PageQuery, Query
from .models import Kind, StoredFile, Visibility
from .names import check_filename

Filename = Annotated[Text, Field(min_length=1), AfterValidator(check_filename)]


class FilesQuery(PageQuery):
    """Which files, in which order."""

    q: Annotated[Line, Field(max_length=200, description="Any part of a name.")] = ""
    type: Kind | None = None
    owner: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    sort: Literal["created_at", "name", "size", "-created_at", "-name", "-size"] = "-created_at"


class ThumbnailQuery(Query):
    size: Literal["64", "256", "1024"] = Field("256", description="Pixels of the longer side, at most.")


class ContentQuery(Query):
    download: bool = False


class Changes(Input):
    """A new name, or who may see it, or both."""

    name: Filename | None = None
    visibility: Visibility | None = None


class Owner(TypedDict):
    id: int
    username: str
    name: str


# The sizes are names of fields, so the type is written as a call.
Thumbnails = TypedDict("Thumbnails", {"64": str, "256": str, "1024": str})


class FileOut(TypedDict):
    id: str
    name: str
    size: int
    type: str
    sha256: str
    url: str
    owner: Owner
    visibility: Visibility
    created_at: Time
    width: int | None
    height: int | None
    thumbnails: Thumbnails | None


def show_file(file: StoredFile) -> FileOut:
    address = f"/api/uploads/{file.id}"
    small = f"{address}/thumbnail?size="
    picture = file.kind == "image"
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "type": file.type,
        "sha256": file.sha256,
        "url": f"{address}/content",
        "owner": {"id": file.owner.id, "username": file.owner.username, "name": file.owner.name},
        "visibility": file.visibility,
        "created_at": iso(file.created_at),
        "width": file.width,
        "height": file.height,
        "thumbnails": {"64": f"{small}64", "256": f"{small}256", "1024": f"{small}1024"} if picture else None,
    }
