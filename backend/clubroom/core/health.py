"""Whether the process lives, and whether what it needs answers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from flask import Blueprint, current_app
from sqlalchemy import text

from .api import Message, typed
from .connections import in_memory, read_only
from .database import db
from .errors import Busy
from .guard import public
from .storage import storage

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
@typed
def alive() -> Message:
    """The process lives."""
    return {"message": "ok"}


@health.get("/readyz")
@public
@typed
def ready() -> Message:
    """Database and storage answer; 503 otherwise."""
    db.session.execute(text("SELECT 1"))
    try:
        if not in_memory(current_app):
            _read_anew()
    except sqlite3.Error:
        raise Busy("The database can't be read just now.", retry_after=5) from None
    try:
        storage().check()
    except OSError:
        raise Busy("The storage can't be reached just now.", retry_after=5) from None
    return {"message": "ready"}


def _read_anew() -> None:
    """By a connection of its own: those in use answer out of what they remember."""
    with closing(read_only(Path(db.engine.url.database or ""))) as fresh:
        fresh.execute("SELECT version_num FROM alembic_version").fetchone()
