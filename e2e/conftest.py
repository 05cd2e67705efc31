"""Clubroom as the browser's tests see it: the harness is told here, once, what the application is.

The test's own process makes people and sessions with the product's functions, in the database of the server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from clubroom import create_app
from clubroom.accounts.models import User
from clubroom.accounts.sessions import open_row
from clubroom.core import migrate
from clubroom.core.database import db
from clubroom.settings import Settings
from sqlalchemy import event

from backend.tests import factories
from e2e.harness import App

MAX_UPLOAD = 1_000_000


@pytest.fixture(scope="session")
def app_under_test(club: Callable[..., App]) -> App:
    return club()


@pytest.fixture(scope="session")
def club(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., App]:
    """Makes a club with settings of its own, for the tests of a module that defines `app_under_test` with it."""
    return lambda **settings: described(tmp_path_factory.mktemp("clubroom"), settings)


def described(folder: Path, settings: dict[str, str]) -> App:
    own = {f"CLUBROOM_{name.upper()}": value for name, value in settings.items()}
    environment = {"CLUBROOM_DATA_DIR": str(folder), "CLUBROOM_MAX_UPLOAD": str(MAX_UPLOAD)} | own
    app = create_app({"TESTING": True, "SETTINGS": Settings.load(environment)})
    with app.app_context():
        event.listen(db.engine, "connect", trust_the_power)

    def build() -> None:
        with app.app_context():
            migrate.upgrade(db.engine)

    def sign_in(user: User) -> dict[str, str]:
        with app.app_context():
            token = open_row(user.id).token
        return {"session": token}

    def start_anew() -> None:
        for one in (folder / "files").glob("*/*"):
            one.unlink()
        factories.bind(app)

    return App(
        "e2e.steps:served",
        database=str(folder / "clubroom.db"),
        build=build,
        environment=environment,
        sign_in=sign_in,
        ready_path="/readyz",
        scripts={r"/s/[^/]+/": Path(__file__).parents[1] / "frontend"},
        jobs="clubroom.core.jobs:run_all",
        forget="e2e.steps:forget_limits",
        also_reset=start_anew,
    )


def trust_the_power(connection: sqlite3.Connection, _record: object) -> None:
    """What a test puts into the database need not survive a power cut; what the server writes does."""
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small photograph."""
    from PIL import Image

    path = tmp_path / "heron.png"
    Image.linear_gradient("L").resize((320, 200)).convert("RGB").save(path)
    return path
