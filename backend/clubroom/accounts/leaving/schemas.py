"""What comes in and goes out where a person takes their data along, or leaves."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from ...core.api import Input, Message, Time
from ...core.paging import Query

# What becomes of the files that a person shares: deleted too, or kept as those of a former member.
Files = Literal["delete", "keep"]


class Leaving(Input):
    files: Files


class Deletion(Query):
    files: Files = "keep"


class Left(Message):
    delete_at: Time


class ExportOut(TypedDict):
    state: Literal["none", "working", "ready", "failed"]
    created_at: Time | None
    size: int | None
    url: str | None
