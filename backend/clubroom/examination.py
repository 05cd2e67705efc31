"""What `clubroom doctor` looks at: each thing by name, with what is wrong and what to do, or None."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from .core.connections import read_only
from .core.migrate import steps
from .core.secret import FILE as KEY_FILE
from .core.secret import Unreadable, known, unseal
from .settings import CUT_SHORT, RESTORE_MARK, SettingError, Settings

LITTLE = 500_000_000  # bytes
FOLDERS = ("cache", "files")


def examine(settings: Settings) -> Iterator[tuple[str, str | None]]:
    looks: dict[str, Callable[[Settings], str | None]] = {
        f"data folder {settings.data_dir}": _folder,
        "free space": _space,
        "database": _database,
        "files": _files,
        "secret key": _secret_key,
        "mail": _mail,
        "address": _address,
    }
    for name, look in looks.items():
        try:
            yield name, look(settings)
        except OSError as error:  # what is in a folder that is another's can't even be looked at
            yield name, f"can't be reached ({error.strerror}); change the owner of the folder it is in"


def _folder(settings: Settings) -> str | None:
    path = settings.data_dir
    if not path.is_dir():
        return "is not there yet; `clubroom run` makes it"
    if not os.access(path, os.W_OK | os.X_OK):
        return "can't be written; change its owner, or set CLUBROOM_DATA_DIR"
    if (path / RESTORE_MARK).exists():
        return CUT_SHORT
    # Only what is ours: a disk of its own has a "lost+found", which is root's.
    ours = [path / name for name in (*FOLDERS, KEY_FILE)]
    ours += [Path(f"{settings.database_file}{end}") for end in ("", "-wal", "-shm")]
    if closed := [one.name for one in ours if os.path.lexists(one) and not _usable(one)]:
        names = ", ".join(closed)
        return f"what belongs to it can't be used ({names}); change the owner, or move away what is in its place"
    return None


def _usable(path: Path) -> bool:
    """Whether Clubroom can do with something of its own what it does."""
    if path.name in FOLDERS:
        return path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK)
    return path.is_file() and os.access(path, os.R_OK if path.name == KEY_FILE else os.R_OK | os.W_OK)


def _space(settings: Settings) -> str | None:
    path = settings.data_dir
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    return None if free > LITTLE else f"only {free // 1_000_000} MB are left; uploads will be refused soon"


def _database(settings: Settings) -> str | None:
    path = settings.database_file
    if path.parent != settings.data_dir and not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it, or correct CLUBROOM_DATABASE_URL"
    if not (path.exists() or path.is_symlink()):
        return "is not there yet; `clubroom run` makes it"
    try:
        with closing(read_only(path)) as database:
            problems = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            made_by = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return "has nothing of Clubroom in it; `clubroom run` fills it, unless it is another program's"
        return f"can't be opened ({error}); change its owner, or end what else uses it"
    except sqlite3.Error as error:
        return f"can't be read ({error}); restore a backup"
    if problems != "ok":
        return f"is damaged ({problems}); restore a backup"
    if made_by is None:
        return "does not say which version made it; restore a backup"
    return None if made_by[0] in steps() else "was made by a newer version of Clubroom; install that version"


def _files(settings: Settings) -> str | None:
    if any((settings.data_dir / "files").glob("[0-9a-f][0-9a-f]")):  # which of them is missing, `--scrub` says
        return None
    try:
        with closing(read_only(settings.database_file)) as database:
            (count,) = database.execute("SELECT count(*) FROM files").fetchone()
    except sqlite3.Error:  # said above, or not there yet
        return None
    if not count:
        return None
    return f"none of the club's {count} is there; mount their disk, or restore a backup"


def _secret_key(settings: Settings) -> str | None:
    """Whether the key is the one that the keys of authenticator apps were sealed with, and long enough."""
    from .accounts.factors.authenticator import purpose

    try:
        key = known(settings) or ""
        with closing(read_only(settings.database_file)) as database:
            found = database.execute("SELECT user_id, sealed FROM authenticators LIMIT 1").fetchone()
        if found:
            unseal(key, found[1], purpose(found[0]))
    except (sqlite3.Error, OSError):  # said above, or not there yet
        return settings.weak_key
    except SettingError as error:
        return str(error)
    except Unreadable:
        return (
            "is not the one that authenticator apps were set up with; put the old one back, or people have to sign in "
            "with a recovery code and set the app up again"
        )
    return settings.weak_key


def _mail(settings: Settings) -> str | None:
    if not settings.mail_url:
        return None
    from .core.smtp import connection, told

    problems = [_held_up(settings)]
    try:
        with connection(settings.mail_url) as server:
            server.noop()
    # smtplib's errors are OSErrors, but those at odd answers and at an odd name of this machine
    except (OSError, ValueError) as error:
        problems.insert(0, f"the server does not take us ({told(error)}); check CLUBROOM_MAIL_URL")
    return "; ".join(filter(None, problems)) or None


def _held_up(settings: Settings) -> str | None:
    """How many mails wait for the mail server, since when and why."""
    try:
        with closing(read_only(settings.database_file)) as database:
            count, since, reason = database.execute(
                "SELECT count(*), min(created_at), reason FROM mails WHERE held_up = 1 AND state = 'waiting'"
            ).fetchone()
    except sqlite3.Error:  # said above, or of a version that did not know it
        return None
    if not count:
        return None
    who = "1 mail waits" if count == 1 else f"{count} mails wait"
    return f"{who} for it since {since[:16]} UTC. {reason}"


def _address(settings: Settings) -> str | None:
    if settings.mail_url and "localhost" in settings.base_url:
        return "mails are sent, but their links lead to localhost; set CLUBROOM_BASE_URL"
    if settings.trusted_proxies and "localhost" in settings.base_url:
        return "people come through a proxy, but links lead to localhost; set CLUBROOM_BASE_URL"
    if settings.mail_url and settings.mail_from.endswith("@localhost"):
        return "mails are sent from an address that most servers refuse; set CLUBROOM_MAIL_FROM"
    return None
