"""Clubroom: a members' area that a club, class or small team runs with one command."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The application. `config` may hold Flask's settings and, as `SETTINGS`, a `clubroom.settings.Settings`.

    A database in memory has its tables at once, and a data folder of its own that goes with the app; what a request
    leaves to be done is done there before its answer goes out, unless `JOBS_AT_ONCE` is false. A database in a file
    gets its tables from the `clubroom` command, which brings it up to date at its start.
    """
    from flask import Flask

    from . import accounts, admin, files, people
    from .core import (
        api,
        connections,
        errors,
        frontend,
        gate,
        guard,
        headers,
        health,
        jobs,
        limits,
        mail,
        openapi,
        proxies,
        secret,
        storage,
    )
    from .settings import Settings

    app = Flask(__name__, static_folder=None)
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # none is async: asking costs 5 µs a request
    app.config.update(config or {})
    if "SETTINGS" not in app.config:
        app.config["SETTINGS"] = Settings.load(**_own_folder(app))
    settings: Settings = app.config["SETTINGS"]
    app.config["SECRET_KEY"] = secret.key(settings)

    errors.init_app(app)
    api.init_app(app)
    connections.init_app(app)
    guard.init_app(app)
    limits.init_app(app)
    jobs.init_app(app)
    mail.init_app(app)
    storage.init_app(app)

    accounts.init_app(app)
    people.init_app(app)
    files.init_app(app)
    admin.init_app(app)
    app.register_blueprint(health.health)
    app.register_blueprint(openapi.docs)
    if settings.cors_origins:
        from flask_cors import CORS

        shared = {
            # Patterns of our own: of an address with brackets it would make one that other addresses fit.
            "origins": [re.compile(rf"{re.escape(one)}\Z") for one in settings.cors_origins],
            "supports_credentials": True,
            "expose_headers": ["ETag", "Link", "Retry-After", "X-Total-Capped", "X-Total-Count"],
        }
        CORS(app, resources={"/api/*": shared})

    connections.make_tables(app)

    frontend.init_app(app)
    if connections.in_memory(app) and app.config.get("JOBS_AT_ONCE", True):
        app.wsgi_app = jobs.DoneAtOnce(app)  # type: ignore[method-assign]
    app.wsgi_app = gate.Gate(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = headers.SecurityHeaders(app.wsgi_app, settings.https)  # type: ignore[method-assign]
    app.wsgi_app = proxies.TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def _own_folder(app: Flask) -> dict[str, Any]:
    """A data folder that lives as long as an app whose database is in memory."""
    from .core.connections import in_memory

    if not in_memory(app):
        return {}
    folder = tempfile.mkdtemp(prefix="clubroom-")
    app.extensions["own_folder"] = weakref.finalize(app, shutil.rmtree, folder, ignore_errors=True)
    return {"data_dir": Path(folder)}
