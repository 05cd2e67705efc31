"""What `clubroom backup` does: the whole club in one ZIP, which `restoring` brings back.

A backup holds the database as it was at one moment, the files it knows then, the secret key where it is kept in the
data folder, and a manifest with the size and SHA-256 of each. It is made beside its name and then renamed, while people
go on writing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import click
import orjson

from . import __version__
from .core.clock import iso, now
from .core.connections import read_only
from .core.secret import FILE as KEY_FILE
from .core.storage import OLD, AsFarAsItGoes, Disk, sync_folder, zip_entry
from .settings import Settings

DATABASE, MANIFEST = "clubroom.db", "manifest.json"
BLOCK = 1_048_576
WORKING = ".clubroom-backup-"
STOPS = signal.SIGTERM, signal.SIGHUP  # the second when the terminal or its connection goes
Source = IO[bytes] | AsFarAsItGoes


class Made(NamedTuple):
    files: int
    size: int
    problems: list[str]
    """Files that should have been there and were not, or are not what was uploaded; all else was saved."""


def make(settings: Settings, target: Path) -> Made:
    """Save the club as `target`, in place of an older backup only once it is whole.

    Raises ClickException, SettingError, OSError.
    """
    settings.refuse_demo()
    if not settings.database_file.exists():
        raise click.ClickException(
            f"There is no club in {settings.data_dir}. Another one is in another CLUBROOM_DATA_DIR."
        )
    if not target.parent.is_dir():
        raise click.ClickException(f"There is no folder {target.parent}.")
    for left in target.parent.glob(f"{WORKING}*"):  # by one that a power cut has ended
        with suppress(FileNotFoundError):  # another one comes to its end just now
            if left.stat().st_mtime < time.time() - OLD:
                shutil.rmtree(left, ignore_errors=True)
    made_at = now()
    entries: dict[str, dict[str, Any]] = {}
    with (
        naming(target),
        answering(STOPS, stop),
        TemporaryDirectory(prefix=WORKING, dir=target.parent) as folder,
    ):
        snapshot, whole = Path(folder, DATABASE), Path(folder, "backup.zip")
        with closing(read_only(settings.database_file)) as database:
            database.execute("VACUUM INTO ?", (str(snapshot),))  # what was deleted is not in it
        with ZipFile(whole, "w") as archive:

            def add(name: str, source: Source, compression: int = ZIP_STORED) -> str:
                with archive.open(zip_entry(name, made_at, compression), "w", force_zip64=True) as into:
                    size, sha256 = copy(source, into)
                entries[name] = {"size": size, "sha256": sha256}
                return sha256

            problems = list(_add_files(settings, snapshot, add))
            if not settings.secret_key:  # else the club's key is kept elsewhere, and it is to stay there
                with suppress(FileNotFoundError), open(settings.data_dir / KEY_FILE, "rb") as key:
                    add(KEY_FILE, key)
            with open(snapshot, "rb") as database_file:
                add(DATABASE, database_file, ZIP_DEFLATED)
            manifest = {"clubroom": __version__, "made_at": iso(made_at), "entries": entries}
            archive.writestr(zip_entry(MANIFEST, made_at), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        with open(whole, "rb") as written:
            os.fsync(written.fileno())
        whole.replace(target)
        sync_folder(target.parent)
    files = sum(name.startswith("files/") for name in entries)
    return Made(files, target.stat().st_size, problems)


def _add_files(settings: Settings, snapshot: Path, add: Any) -> Iterator[str]:
    """Add the files that the snapshot knows, and see that it knows no others; says what is wrong with them."""
    disk = Disk(settings.data_dir / "files")
    with closing(sqlite3.connect(snapshot)) as kept, closing(read_only(settings.database_file)) as live:
        for key, name, sha256 in kept.execute("SELECT key, name, sha256 FROM files ORDER BY id").fetchall():
            try:
                opened = disk.open(key)
            except FileNotFoundError:
                if live.execute("SELECT 1 FROM files WHERE key = ?", (key,)).fetchone():
                    yield f"{name} ({key}) is missing"
                else:  # deleted for good since
                    kept.execute("DELETE FROM files WHERE key = ?", (key,))
            except OSError:
                yield f"{name} ({key}) can't be read"
            else:
                with opened:
                    source = AsFarAsItGoes(opened)
                    same = add(f"files/{key}", source) == sha256
                if source.broken:
                    yield f"{name} ({key}) can't be read to its end"
                elif not same:
                    yield f"{name} ({key}) is not what was uploaded"
        kept.commit()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors that name none."""
    try:
        yield
    except sqlite3.Error as error:
        raise click.ClickException(f"{path}: {error}.") from None
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def stop(number: int, _: object) -> None:
    """Leave nothing half done: what is there so far would be a copy of the club."""
    raise SystemExit(128 + number)


@contextmanager
def answering(signals: Iterable[signal.Signals], answer: Any) -> Iterator[None]:
    """What to do meanwhile when told one of these signals; those that are ignored (`nohup`) stay so."""
    before = {one: signal.signal(one, answer) for one in signals if signal.getsignal(one) != signal.SIG_IGN}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def copy(source: Source, target: IO[bytes]) -> tuple[int, str]:
    """Copy to the end; how many bytes, and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    while block := source.read(BLOCK):
        target.write(block)
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()
