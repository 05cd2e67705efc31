"""The database: typed tables, one session a request, and statements compiled once.

Tables extend our own `Base` (Flask-SQLAlchemy's `db.Model` defeats the type checkers). How SQLite is opened and when a
transaction takes its write lock is in `connections`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import current_app
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
    insert,
    inspect,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler

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
