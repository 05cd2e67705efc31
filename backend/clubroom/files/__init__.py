"""Files: uploading, keeping and giving back, images and their thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    app.extensions["ready"] = []
