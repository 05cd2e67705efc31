"""What `clubroom restore` does: a club is back as `backup` has saved it.

Everything is unpacked and checked first; then what is there is moved aside, and it in. Sessions and mails that waited
stay behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import BadZipFile, ZipFile

import click
import orjson

from .backup import DATABASE, MANIFEST, STOPS, answering, copy, naming, stop
from .core.clock import now
from .core.migrate import steps
from .core.secret import FILE as KEY_FILE
from .core.storage import Disk, sync_folder
from .settings import RESTORE_MARK, Settings

ENTRY = re.compile(rf"{re.escape(DATABASE)}|{KEY_FILE}|files/([0-9a-f]{{32}})")
# Some sessions have been ended since, the mails have been sent since, and exports are made anew when asked for.
LEFT_BEHIND = {"sessions": "true", "jobs": "kind = 'mail'", "mails": "state = 'waiting'", "data_exports": "true"}


class Restored(NamedTuple):
    made_at: datetime
    files: int
    aside: list[Path]
    """Where the parts of the former club are now."""


def restore(settings: Settings, source: Path) -> Restored:
    """Put the club of a backup in the place of the one there is, which is kept aside.

    Nothing of it is touched before all of the backup has been unpacked and checked. Raises ClickException,
    SettingError, OSError.
    """
    settings.refuse_demo()
    places = _Places(settings)
    with _alone(settings), open(source, "rb") as file:
        places.clear()
        try:
            with answering(STOPS, stop):
                with naming(settings.data_dir):
                    made_at, entries = _unpack(file, source, places)
                _check_database(places.new_database, source)
                with answering((signal.SIGINT, *STOPS), signal.SIG_IGN):  # a moment; a whole club has to follow
                    aside = places.swap()
        finally:
            places.clear()
    return Restored(made_at, sum(name.startswith("files/") for name in entries), aside)


class _Places:
    """What is moved: each new part lies beside the old one, as each may be on a disk of its own."""

    def __init__(self, settings: Settings) -> None:
        self.mark = settings.data_dir / RESTORE_MARK
        self.database, self.key = settings.database_file, settings.data_dir / KEY_FILE
        self.files = settings.data_dir / "files"
        self.new_database = self.database.with_name(f"{self.database.name}.{RESTORE_MARK}")
        self.new_key = self.key.with_name(f"{KEY_FILE}.{RESTORE_MARK}")
        self.new_files = self.files / RESTORE_MARK

    def new(self, name: str) -> Path:
        if name == DATABASE:
            return self.new_database
        if name == KEY_FILE:
            return self.new_key
        return Disk(self.new_files).path(name.removeprefix("files/"))

    def clear(self) -> None:
        """Remove what was unpacked."""
        self.files.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self.new_database, self.new_key):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.new_files, ignore_errors=True)

    def swap(self) -> list[Path]:
        """Move the old parts aside and the new ones in; the database goes first and comes last. Where that is cut
        short, the mark stays, and no club is begun in what there is.
        """
        stamp = f"before-{now():%Y%m%d-%H%M%S-%f}"  # two at one time would be one
        self.mark.touch()
        sync_folder(self.mark.parent)
        try:
            _refuse_while_in_use(self.database)  # from here on, none starts
        except click.ClickException:
            self.mark.unlink()
            raise
        aside = []
        # A log of changes that is left without its database would be taken for that of the new one.
        former = [Path(f"{self.database}{end}") for end in ("", "-wal", "-shm", "-journal")]
        if self.new_key.exists():  # else the key is kept elsewhere, or is this one
            former.append(self.key)
        for path in former:
            if path.exists():
                aside.append(path.rename(path.with_name(f"{path.name}.{stamp}")))
        if old := sorted(self.files.glob("[0-9a-f][0-9a-f]")):
            aside.append(self.files / stamp)
            aside[-1].mkdir(mode=0o700)
            for folder in old:
                folder.rename(aside[-1] / folder.name)
        for folder in sorted(self.new_files.glob("[0-9a-f][0-9a-f]")):
            folder.rename(self.files / folder.name)
        if self.new_key.exists():
            self.new_key.rename(self.key)
        sync_folder(self.files)
        self.new_database.rename(self.database)
        sync_folder(self.database.parent)
        self.mark.unlink()
        sync_folder(self.mark.parent)
        return aside


def _unpack(file: IO[bytes], source: Path, places: _Places) -> tuple[datetime, dict[str, dict[str, Any]]]:
    """Unpack each entry to where its new place is, and check it; says when the backup was made, and what is in it."""
    damaged = click.ClickException(f"{source} is damaged or no backup of Clubroom. Nothing was changed.")
    try:
        with ZipFile(file) as archive:
            manifest = orjson.loads(archive.read(MANIFEST))
            entries: dict[str, dict[str, Any]] = manifest["entries"]
            names = archive.namelist()
            if sorted(names) != sorted([MANIFEST, *entries]) or not _all_ours(entries):
                raise damaged
            for name, said in entries.items():
                path = places.new(name)
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with archive.open(name) as packed, open(path, "wb") as into:
                    if copy(packed, into) != (said["size"], said["sha256"]):
                        raise damaged
                    into.flush()
                    os.fsync(into.fileno())
            return datetime.fromisoformat(manifest["made_at"]), entries
    except (BadZipFile, zlib.error, EOFError, AttributeError, LookupError, TypeError, ValueError, RuntimeError):
        raise damaged from None


def _all_ours(names: Iterable[str]) -> bool:
    """Whether these are names that a backup has: no other one may become a path."""
    return DATABASE in names and all(ENTRY.fullmatch(name) for name in names)


def _check_database(path: Path, source: Path) -> None:
    """See that the database is whole and not of a newer version, and leave out what must not come back."""
    with naming(source), closing(sqlite3.connect(path)) as database:
        sound = database.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
        if not sound or not revision:
            raise click.ClickException(f"The database in {source} is damaged. Nothing was changed.")
        if revision[0] not in steps():
            raise click.ClickException(f"{source} was made by a newer version of Clubroom. Install that version.")
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}  # in older ones, not all
        for table, where in LEFT_BEHIND.items():
            if table in there:
                database.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608  # words of our own
        database.commit()


def _refuse_while_in_use(path: Path) -> None:
    """Raises ClickException while a process has the database open: it would go on writing into what is moved aside."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=1)) as database:
        try:
            database.execute("PRAGMA journal_mode = DELETE")  # only for who is alone with it
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise click.ClickException("Clubroom is running. Stop it first, and restore then.") from None
        except sqlite3.DatabaseError:  # damaged: that is why somebody restores
            pass


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Restore nothing else here meanwhile. Raises ClickException where somebody does, or Clubroom runs."""
    folder = os.open(settings.data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _refuse_while_in_use(settings.database_file)
        yield
    except BlockingIOError:
        raise click.ClickException(f"Another restore into {settings.data_dir} is running.") from None
    finally:
        os.close(folder)
