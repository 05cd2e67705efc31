"""What `clubroom doctor --scrub` looks at: whether the storage holds what was uploaded, all of it, and nothing else.

It keeps nobody from anything: what people upload or delete meanwhile is no problem.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from .core.connections import read_only
from .core.storage import Disk
from .settings import Settings

KNOWN = "SELECT 1 FROM files WHERE key = :key UNION ALL SELECT 1 FROM data_exports WHERE key = :key"
MEND = "upload it again, or restore a backup"


def scrub(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Read every file. Gives each that is not as it should be, with what is wrong and what to do; where all are, how
    many there are, and None.
    """
    problems, disk = 0, Disk(settings.data_dir / "files")
    try:
        with closing(read_only(settings.database_file)) as database:
            there = list(_kept(disk))  # before the rows: bytes come first, and the row that knows them then
            files = database.execute("SELECT key, name, sha256 FROM files ORDER BY created_at, id").fetchall()
            strange = [path for path in there if not _known(database, path.name[:32])]
            for key, name, sha256 in files:
                problem = _look(disk.path(key), sha256)
                if problem and _known(database, key):
                    problems += 1
                    yield f"{name} ({key})", problem
            for path in strange:  # again: its row may have come since
                if path.exists() and not _known(database, path.name[:32]):
                    problems += 1
                    yield str(path), "belongs to nobody; `clubroom run` removes it when it is a day old"
    except sqlite3.Error as error:
        yield "files", f"can't be compared with what the database knows ({error})"
    except OSError as error:
        yield "files", f"can't be looked through ({error.strerror}); change the owner of the folder they are in"
    else:
        if not problems:
            yield f"files ({len(files)} read)", None


def _kept(disk: Disk) -> Iterator[Path]:
    for folder in sorted(disk.folder.glob("[0-9a-f][0-9a-f]")):
        yield from sorted(folder.iterdir())


def _known(database: sqlite3.Connection, key: str) -> bool:
    return database.execute(KNOWN, {"key": key}).fetchone() is not None


def _look(path: Path, sha256: str) -> str | None:
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return f"is missing; {MEND}"
    except OSError as error:
        return f"can't be read ({error.strerror}); change its owner, or {MEND}"
    return None if found == sha256 else f"is not what was uploaded; {MEND}"
