"""People: the directory, profiles, and strangers who ask for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from ..accounts.leaving import keeps
    from ..core import jobs, spots
    from . import leaving
    from .models import any_waiting, sweep
    from .routes import people

    keeps(app, leaving)
    jobs.hourly(app, sweep)
    app.register_blueprint(people)
    spots.tell(app, "X-Requests-Waiting", "requests.manage", any_waiting)
