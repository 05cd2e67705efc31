"""Files: uploading, keeping and giving back, images and their thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from ..accounts.leaving import keeps
    from ..core import jobs, storage
    from . import leaving, removal
    from .routes import files

    storage.known_by(app, removal.known)
    keeps(app, leaving)
    app.register_blueprint(files)
    jobs.hourly(app, removal.purge)
    jobs.hourly(app, removal.sweep)
