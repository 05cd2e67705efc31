"""Bringing the database up to date at the start. A SQLite file is copied first; a database newer than the code is
refused.

All steps run in one transaction, so a process killed in the middle leaves the old database. Alembic is imported only
when there is something to do: it takes longer than the rest of a start.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from .storage import sync_folder

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent.parent / "migrations"


class NewerDatabase(Exception):
    """The database was made by a newer Clubroom."""


def steps() -> list[str]:
    """The revisions in order; a step's file begins with its revision."""
    return sorted(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(engine: Engine) -> bool:
    """Run the steps that are missing; whether there were any. Raises NewerDatabase."""
    known = steps()
    with engine.begin() as connection:  # from here on nobody else writes: not into the copy, and no step of theirs
        here = current(connection)
        if here == known[-1]:
            return False
        if here is not None and here not in known:
            raise NewerDatabase(
                "The database was made by a newer version of Clubroom. Install that version, or restore a backup."
            )
        if here is not None and engine.dialect.name == "sqlite" and engine.url.database:
            keep_copy(Path(engine.url.database), here)
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def keep_copy(path: Path, revision: str) -> Path:
    """Copy the SQLite file beside itself, as it was at `revision`."""
    copy = path.with_name(f"{path.stem}.before-{revision}{path.suffix}")
    coming = copy.with_name(f"{copy.name}.coming")
    coming.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(coming)) as target:
            source.backup(target)
        coming.rename(copy)
    finally:
        coming.unlink(missing_ok=True)
    sync_folder(copy.parent)
    return copy


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config
