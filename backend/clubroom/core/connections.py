"""SQLite's connections, set up so that an acknowledged write survives a power cut, and how transactions begin.

A transaction begun by an unsafe request takes the write lock at once (`BEGIN IMMEDIATE`): a read that turned into a
write could fail with "locked" no matter how long it waited. So nothing slow (a password hash, a body still arriving)
happens inside a transaction.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, text

from .current import settings_of
from .database import Base, Prepared, db
from .guard import SAFE_METHODS

PATIENCE = 4000  # milliseconds to wait for a lock


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an answered write survives a power cut
        "foreign_keys = ON",
        f"busy_timeout = {PATIENCE}",
        "cache_size = -8000",
        "mmap_size = 268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


READING = Prepared(lambda: text("BEGIN"))
WRITING = Prepared(lambda: text("BEGIN IMMEDIATE"))
PATIENCE_NONE = Prepared(lambda: text("PRAGMA busy_timeout = 0"))
PATIENCE_USUAL = Prepared(lambda: text(f"PRAGMA busy_timeout = {PATIENCE}"))
DURABLE = Prepared(lambda: text("PRAGMA synchronous = FULL"))
FORGETFUL = Prepared(lambda: text("PRAGMA synchronous = NORMAL"))


def begin_forgetful() -> None:
    """Begin a transaction whose commit does not wait for the disk, unless one is running already.

    All see it, and it outlives the process; only a power cut may take it back, until the next commit that waits. For
    what nobody is told is kept.
    """
    _begin(durable=False)


def begin_reading() -> None:
    """Begin a transaction that only reads, unless one is running already: it keeps nobody from writing, however long it
    takes. In a request that is safe each is one.
    """
    _begin(reading=True)


@contextmanager
def writing_at_once() -> Iterator[Connection]:
    """A transaction beside the request's, for what is not worth waiting for. Raises OperationalError where others write
    just now, or nobody can.
    """
    with db.engine.connect().execution_options(at_once=True) as connection, connection.begin():
        yield connection


def _begin(**options: bool) -> None:
    session = db.session()
    if not session.in_transaction():
        session.connection(execution_options=options)


def _on_begin(connection: Connection) -> None:
    if connection.connection.in_transaction:  # the one connection of a database in memory, already begun elsewhere
        return
    options = connection.get_execution_options()
    durable = options.get("durable", True)
    if connection.info.setdefault("durable", True) != durable:
        (DURABLE if durable else FORGETFUL).run_on(connection)
        connection.info["durable"] = durable
    if options.get("at_once"):
        PATIENCE_NONE.run_on(connection)
        try:
            WRITING.run_on(connection)
        finally:
            PATIENCE_USUAL.run_on(connection)
        return
    reading = options.get("reading") or (has_request_context() and request.method in SAFE_METHODS)
    (READING if reading else WRITING).run_on(connection)


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


def init_app(app: Flask) -> None:
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", settings_of(app).database_url)
    # One shared connection in memory: giving it back must not roll back what another part of the request has begun.
    # Else the connection used last goes out first: few stay in use, with what they know already.
    options: dict[str, Any] = (
        {"pool_reset_on_return": None}
        if in_memory(app)
        else {"pool_size": 40, "max_overflow": 24, "pool_use_lifo": True}
    )
    options["hide_parameters"] = True  # an error is logged: it must not tell hashes, addresses and mails
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    # Connections that wait for a `Prepared` read: asking the pool for one costs more than the read.
    idle: list[PoolProxiedConnection] = []
    app.extensions["idle"] = idle

    def forget_idle(_engine: Engine) -> None:
        while idle:
            idle.pop().invalidate()

    with app.app_context():
        engine = db.engine
    _prepare(engine)
    event.listen(engine, "engine_disposed", forget_idle)
    weakref.finalize(app, engine.dispose).atexit = False  # what is open then, the end of the process closes


def read_only(path: Path) -> sqlite3.Connection:
    """The SQLite file, to be read past the app: it need not be of this version, nor whole."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def in_memory(app: Flask) -> bool:
    address: str = app.config.get("SQLALCHEMY_DATABASE_URI", "")
    return ":memory:" in address or address == "sqlite://"


def make_tables(app: Flask) -> None:
    """Make the tables of a database in memory, which no migration ever sees. All models are imported by now."""
    if in_memory(app):
        with app.app_context(), closing(db.engine.raw_connection()) as connection:
            assert isinstance(connection.driver_connection, sqlite3.Connection)
            _empty(*Base.metadata.tables).backup(connection.driver_connection)


@cache
def _empty(*_tables: str) -> sqlite3.Connection:
    """A database with these tables and nothing in them, made once, in 8 ms, to be copied in less than one."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    Base.metadata.create_all(create_engine("sqlite://", creator=lambda: connection))
    return connection
