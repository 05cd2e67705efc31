"""Admin: what only those who run the club see: the outbox and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from ..core import spots
    from ..core.mail import any_held_up
    from .routes import admin

    app.register_blueprint(admin)
    spots.tell(app, "X-Mail-Held-Up", "outbox.read", any_held_up)
    app.extensions.setdefault("ending", lambda: False)  # `core/server.py` knows better
