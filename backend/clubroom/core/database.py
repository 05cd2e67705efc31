"""The database: typed tables, one session a request, and SQLite set up so that an acknowledged write survives a power
cut.

Tables extend our own `Base` (Flask-SQLAlchemy's `db.Model` defeats the type checkers). On SQLite a transaction begun
by an unsafe request takes the write lock at once (`BEGIN IMMEDIATE`): a read that turned into a write could fail with
"locked" no matter how long it waited. So nothing slow (a password hash, a body still arriving) happens inside a
transaction.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ClauseElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    PoolProxiedConnection,
    Select,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler

from .guard import SAFE_METHODS

PATIENCE = 4000  # milliseconds to wait for a lock
Shown = TypeVar("Shown")
Rows = Select[*tuple[Any, ...]]  # any SELECT, whatever its columns


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite has no time zones, so it is kept without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UTCDateTime}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(metadata=Base.metadata)


class Prepared:
    """A statement compiled once and run without SQLAlchemy's part: a sixth of the cost of a Core execution, a
    twentieth of the ORM's.

    For what every request reads, and for signing in. Values that go in are converted as their columns say; rows that
    come out are plain tuples, whose moments are read with `moment()`.
    """

    def __init__(self, statement: Callable[[], ClauseElement]) -> None:
        self.statement = statement
        self.sql = ""
        self.names: list[str] = []
        self.fixed: dict[str, Any] = {}
        self.written: dict[str, Callable[[Any], Any]] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Read on a connection kept for that: on disk it sees what is committed, not what the running transaction has
        changed; in memory there is only one connection.
        """
        engine = db.engine
        idle: list[PoolProxiedConnection] = current_app.extensions["idle"]
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._connect(engine)
        found = self._run(connection, engine.dialect, values)
        idle.append(connection)
        return found

    def one(self, **values: Any) -> tuple[Any, ...] | None:
        rows = self.rows(**values)
        return rows[0] if rows else None

    def run(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run in the running transaction, after what was added to it; the rows of a SELECT or RETURNING."""
        session = db.session()
        session.flush()
        connection: Connection | None = session.info.get("connection")
        if connection is None or connection.closed:  # asking the session costs as much as a small statement
            connection = session.info["connection"] = session.connection()
        return self.run_on(connection, **values)

    def run_on(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        return self._run(connection.connection, connection.dialect, values)

    def _run(self, connection: PoolProxiedConnection, dialect: Dialect, values: dict[str, Any]) -> list[Any]:
        if not self.sql:
            self._compile(dialect)
        values = {**self.fixed, **values}
        try:
            cursor = connection.cursor()
            cursor.execute(self.sql, [self.written[name](values[name]) for name in self.names])
            return list(cursor.fetchall())
        except sqlite3.OperationalError as error:  # means the same as from SQLAlchemy
            raise OperationalError(self.sql, None, error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(self.sql, None, error) from error

    def _compile(self, dialect: Dialect) -> None:
        compiled = self.statement().compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        self.names = list(compiled.positiontup or ())
        self.fixed = dict(compiled.params)
        types = {name: one.type.dialect_impl(dialect) for name, one in compiled.binds.items()}
        self.written = {name: one.bind_processor(dialect) or _as_it_is for name, one in types.items()}
        self.sql = str(compiled)

    def _connect(self, engine: Engine) -> PoolProxiedConnection:
        try:
            return engine.raw_connection()
        except sqlite3.OperationalError as error:
            raise OperationalError(self.sql, None, error) from error


def _as_it_is(value: Any) -> Any:
    return value


def adding(table: type[Base]) -> Prepared:
    """The INSERT of one row, each of whose columns has to be named; an integer key is the database's."""

    def statement() -> ClauseElement:
        columns = [one for one in inspect(table).columns if not (one.primary_key and isinstance(one.type, Integer))]
        return insert(table).values({one.name: bindparam(one.name, type_=one.type) for one in columns})

    return Prepared(statement)


def moment(value: str | datetime) -> datetime:
    """A moment as a raw row holds it (text in SQLite)."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def committed(shown: Shown) -> Shown:
    """Commit, and give on what the answer shows. It is made before: what is read after may be gone already, or have to
    wait for others who write, and then an answer that nothing was done would be wrong.
    """
    db.session.commit()
    return shown


def flush(**clashes: type[Exception]) -> None:
    """Write what was added, within the transaction; a violated unique constraint undoes all of it and becomes the
    refusal named for it (`users_username_key=UsernameTaken`).
    """
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        text = str(error.orig).replace(".", "_")
        for column, refusal in clashes.items():
            if column in text:
                raise refusal from None
        raise


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
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", app.config["SETTINGS"].database_url)
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
