"""Admin: what only those who run the club see: the outbox and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from .routes import admin, tell_held_up

    app.register_blueprint(admin)
    app.after_request(tell_held_up)
    app.extensions.setdefault("ending", lambda: False)  # `core/server.py` knows better
