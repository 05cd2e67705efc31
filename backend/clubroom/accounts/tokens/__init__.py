"""API tokens: keys for one's own scripts, each with a scope and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from .bearer import caller_of
    from .routes import tokens

    app.register_blueprint(tokens)
    app.extensions["bearer"] = caller_of
