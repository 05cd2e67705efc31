"""An app with an empty database for every test.

`@pytest.mark.settings(registration="private")` gives a test's app other settings; `@pytest.mark.on_disk` a database
in a file, made by the migrations, which several threads can use at once.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from clubroom import create_app
from clubroom.accounts.models import User
from clubroom.cli import cli
from clubroom.core import migrate
from clubroom.core.database import db
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Dialect
from time_machine import TimeMachineFixture

from . import factories
from .steps import Command, browser, free_port

dialects: list[Dialect] = []
statements: dict[Any, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "settings(**values): the app of this test has these settings")
    config.addinivalue_line("markers", "on_disk: the app of this test has its database in a file")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported for all tests stays, and needs no looking through, again and again, for what the apps of tests
    leave behind.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    marks = [mark.kwargs for mark in request.node.iter_markers("settings")]
    values: dict[str, Any] = {}
    for mark in reversed(marks):  # the nearest mark wins
        values |= mark
    return Settings.load({}, **{"data_dir": tmp_path, "secret_key": "only in tests"} | values)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """What Jinja has compiled, for the apps of all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings, templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    on_disk = request.node.get_closest_marker("on_disk")
    app = create_app(
        {
            "TESTING": True,
            "SETTINGS": settings,
            "JOBS_AT_ONCE": False,  # tests tell apart what a request does and what it leaves to be done
            "SQLALCHEMY_DATABASE_URI": settings.database_url if on_disk else "sqlite:///:memory:",
        }
    )
    app.jinja_options = {**app.jinja_options, "bytecode_cache": templates}
    with app.app_context():
        # What SQLAlchemy made of a statement serves all apps: for each anew, it took a fifth of the time of all tests.
        if not dialects:
            dialects.append(db.engine.dialect)
        db.engine.dialect = dialects[0]
        db.engine.update_execution_options(compiled_cache=statements)
        if on_disk:
            migrate.upgrade(db.engine)
    factories.bind(app)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def member(app: Flask) -> User:
    return factories.make_user("member")


@pytest.fixture
def as_member(app: Flask, member: User) -> FlaskClient:
    """A browser in which a member is signed in."""
    return browser(app, member)


@pytest.fixture
def as_manager(app: Flask) -> FlaskClient:
    return browser(app, factories.make_user("manager", role="manager"))


@pytest.fixture
def as_admin(app: Flask) -> FlaskClient:
    return browser(app, factories.make_user("admin", role="admin"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of `clubroom`, which is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def clubroom(folder: Path) -> Command:
    """`clubroom("users", "list")`: run the command on a data folder of its own."""

    def run(*arguments: str, typed: str | io.BytesIO | None = None, **variables: str) -> Result:
        given = {f"CLUBROOM_{name.upper()}": value for name, value in variables.items()}
        return CliRunner().invoke(cli, arguments, input=typed, env={"CLUBROOM_DATA_DIR": str(folder)} | given)

    return run


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which nobody listens yet."""
    with free_port() as port:
        yield port


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Time stands still, until `clock.shift(…)`."""
    time_machine.move_to(datetime.now(UTC), tick=False)
    return time_machine
