"""Files: uploading, keeping and giving back, images and their thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from ..core import jobs, storage
    from . import removal
    from .routes import files

    storage.init_app(app)
    app.register_blueprint(files)
    jobs.hourly(app, removal.purge)
    jobs.hourly(app, removal.sweep)
