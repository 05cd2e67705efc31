"""Where the bytes of files are kept: on the disk, under random names of our own.

What arrives goes into a temporary file; keeping it means fsync, rename, fsync of the folder, so that a name that can be
opened stands for bytes that survive a power cut. A crash leaves at worst a temporary file, or a kept one that no row
knows: `sweep` removes both when they are a day old.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipInfo

from flask import Flask, current_app

from .current import settings_of
from .errors import Busy, Refusal
from .logs import log

INCOMING = "incoming"
OLD = 86_400  # seconds after which what belongs to nobody is removed
BATCH = 500


class NoSpace(Refusal):
    status, code, sentence = 507, "no_space", "The disk is full. Please tell whoever runs this club."


@contextmanager
def as_refusal() -> Iterator[None]:
    """A disk that is full, read-only or failing, as a refusal. Raises NoSpace, Busy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(retry_after=60) from error
        raise Busy("Files can't be stored just now. Please try again in a moment.", retry_after=5) from error


class AsFarAsItGoes:
    """A file that ends where it can't be read any further; `broken` says so then. For archives, whose other files are
    to be there all the same.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.broken = file, False

    def read(self, size: int = -1) -> bytes:
        try:
            return self.file.read(size)
        except OSError:
            self.broken = True
            return b""


def zip_entry(name: str, at: datetime, compression: int = ZIP_DEFLATED) -> ZipInfo:
    """A file in a ZIP, its owner's alone once unpacked. A machine without a battery may believe in moments before 1980
    or after 2107, of which a ZIP knows none.
    """
    year = min(max(at.year, 1980), 2107)
    entry = ZipInfo(name, (year, at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type, entry.external_attr = compression, 0o600 << 16
    return entry


class Incoming:
    """Bytes on their way in. Either `keep` or `discard` ends it, and the end of a `with` discards what was not kept."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.path = disk.folder / INCOMING / secrets.token_hex(16)
        with as_refusal():
            self.file = open(self.path, "xb+", buffering=0)  # noqa: SIM115  # closed by keep or discard

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *error: object) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with as_refusal():
            while rest:
                rest = rest[self.file.write(rest) :]

    def make_durable(self) -> None:
        """Make the bytes durable."""
        with as_refusal():
            os.fsync(self.file.fileno())

    def keep(self, key: str) -> None:
        """Give durable bytes their name, durably."""
        target = self.disk.path(key)
        with as_refusal():
            self.file.close()
            if not target.parent.is_dir():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self.disk.folder)
            self.path.rename(target)
            sync_folder(target.parent)

    def discard(self) -> None:
        """Remove what came, if it was not kept. What can't be removed now, `sweep` tries again."""
        with suppress(OSError):
            self.file.close()
        _remove(self.path)


class Disk:
    """The store in a folder. A key is 32 hexadecimal digits, or those, a dot and a word for something made from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def begin(self) -> Incoming:
        return Incoming(self)

    def open(self, key: str) -> BinaryIO:
        """The bytes, seekable. Raises FileNotFoundError."""
        return open(self.path(key), "rb", buffering=0)

    def delete(self, key: str) -> None:
        """Remove the bytes; those that can't be removed now, `sweep` tries again."""
        _remove(self.path(key))

    def sweep(self, known: Callable[[set[str]], set[str]]) -> None:
        """Remove old temporary files, and old kept ones whose key `known` does not give back."""
        before = time.time() - OLD
        # A disk of its own holds other things as well, which need not even be readable ("lost+found").
        for folder in (self.folder / INCOMING, *self.folder.glob("[0-9a-f][0-9a-f]")):
            old = list(_older(folder, before))
            for start in range(0, len(old), BATCH):
                batch = old[start : start + BATCH]
                ours = known({path.name[:32] for path in batch}) if folder.name != INCOMING else set()
                for path in batch:
                    if path.name[:32] not in ours:
                        _remove(path)

    def check(self) -> None:
        """Raises OSError when the folder can't be read. A full disk is no failure: reads go on."""
        with os.scandir(self.folder) as entries:
            if next(entries, None) is None:  # the folder of what comes in is always there
                raise FileNotFoundError(self.folder / INCOMING)


def _remove(path: Path) -> None:
    """One that stays keeps no other from going."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log().warning("file_stays", path=str(path), why=error.strerror)


def _older(folder: Path, before: float) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # just renamed or removed
                if entry.stat().st_mtime < before:
                    yield Path(entry.path)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file that its owner alone may read, and make its bytes durable."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def new_key() -> str:
    return secrets.token_hex(16)


def known_by(app: Flask, known: Callable[[set[str]], set[str]]) -> None:
    """Say who knows, of some keys, which are in use: what nobody knows is swept away."""
    app.extensions["known_keys"].append(known)


def in_use(keys: set[str]) -> set[str]:
    """Which of these keys anybody knows."""
    return set().union(*(known(keys) for known in current_app.extensions["known_keys"]))


def storage() -> Disk:
    """The app's store."""
    found: Disk = current_app.extensions["storage"]
    return found


def opened(key: str) -> BinaryIO:
    """The bytes for an answer, seen to be readable: once it has begun, nothing else can be said. Raises
    FileNotFoundError, Busy.
    """
    try:
        file = storage().open(key)
        try:
            file.read(1)
            file.seek(0)
        except OSError:
            file.close()
            raise
    except FileNotFoundError:
        raise
    except OSError as error:
        log().error("file_unreadable", key=key, error=str(error))
        raise Busy("This file can’t be read. Please tell whoever runs this club.", retry_after=60) from None
    return file


def init_app(app: Flask) -> None:
    folder = settings_of(app).data_dir / "files"
    (folder / INCOMING).mkdir(mode=0o700, parents=True, exist_ok=True)
    app.extensions["storage"] = Disk(folder)
    app.extensions["known_keys"] = []
