"""The HTTP side of taking one's data along, and of leaving."""

from __future__ import annotations

from flask import Blueprint, Response

from ...core import ranges
from ...core.api import Message, check_if_match, typed
from ...core.errors import Refusal
from ...core.guard import signed_in
from ...core.limits import limited
from ...core.openapi import documented
from ...core.storage import opened
from ..factors.identity import needs_identity
from ..own import myself
from ..schemas import show_me
from . import departing, exporting
from .schemas import ExportOut, Leaving, Left

leaving = Blueprint("leaving", __name__, url_prefix="/api/me")

ZIP = ranges.described("application/zip", "The ZIP")


class ExportAbsent(Refusal):
    status, code, sentence = 404, "not_found", "There is no download. Ask for one first."


@leaving.get("/export")
@typed
def show_export() -> ExportOut:
    """How far the download of one's own data is."""
    return exporting.show(exporting.state(signed_in().id))


@leaving.post("/export")
@limited("20/hour")
@needs_identity
@typed(status=202)
def ask_for_export() -> ExportOut:
    """Put one's own data together as a ZIP; it is there for seven days."""
    return exporting.ask(signed_in())


@leaving.get("/export/content")
@documented(responses=ZIP)
@typed
def export_content() -> Response:
    """The ZIP."""
    found = exporting.state(signed_in().id)
    if found is None or found.key is None or found.size is None:
        raise ExportAbsent
    try:
        file = opened(found.key)
    except FileNotFoundError:
        raise ExportAbsent from None
    name = f"my-data-{found.created_at:%Y-%m-%d}.zip"
    response = ranges.answer(file, found.size, "application/zip", found.key)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response


@leaving.delete("")
@needs_identity
@typed(status=202)
def leave(body: Leaving) -> Left:
    """Delete one's own account, in seven days; `POST /api/me/stay` before then takes it back."""
    check_if_match(lambda: show_me(myself()))
    return departing.leave(signed_in(), body.files)


@leaving.post("/stay")
@typed
def stay() -> Message:
    """Keep one's own account after all."""
    departing.stay(signed_in())
    return {"message": "Your account stays"}
