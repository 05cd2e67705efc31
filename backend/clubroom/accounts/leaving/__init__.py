"""One's own data to take along, and deleting one's own account.

Other features keep things of people too. Accounts know none of them: each says by `keeps` what it can give a person
to take along, and what becomes of it when the person goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .belongings import Belongings


def keeps(app: Flask, belongings: Belongings) -> None:
    """Say what else is kept of people."""
    app.extensions["belongings"].append(belongings)


def init_app(app: Flask) -> None:
    from ...core import jobs, storage
    from . import departing, exporting
    from .routes import leaving

    app.extensions["belongings"] = []
    app.register_blueprint(leaving)
    app.before_request(departing.check)
    jobs.on(app, "export", exporting.make, long=True)
    jobs.hourly(app, exporting.sweep)
    jobs.hourly(app, departing.delete_due)
    jobs.hourly(app, departing.delete_unconfirmed)
    storage.known_by(app, exporting.known)
