"""People: the directory, profiles, and strangers who ask for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from .routes import people, tell_waiting

    app.register_blueprint(people)
    app.after_request(tell_waiting)
