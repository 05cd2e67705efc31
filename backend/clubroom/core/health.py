"""Whether the process lives, and whether what it needs answers."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text

from .api import Message, typed
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
        storage().check()
    except OSError:
        raise Busy("The storage can't be reached just now.", retry_after=5) from None
    return {"message": "ready"}
