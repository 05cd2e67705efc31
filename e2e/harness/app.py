"""What the harness has to know of an application: all of it, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _nothing() -> None:
    pass


@dataclass(frozen=True, eq=False)
class App:
    """The application under test, as a conftest's session fixture `app_under_test` describes it.

    `factory`, `jobs` and `forget` name something in the server's own process, as "package.module:name".
    """

    factory: str
    """Called without arguments in the server's process, when the database is built; answers the WSGI application."""

    database: str
    """What the server writes to: the path of an SQLite file, or a postgresql:// address. One for each worker.
    """

    build: Callable[[], None]
    """Makes tables and first rows in that database, which is empty. Every test starts with exactly these."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the server's process. Of the developer's own it sees only where programs and folders are; what an
    application reads from a `.env` by itself, it reads here too, unless it is named."""

    sign_in: Callable[[Any], Mapping[str, Any]] | None = None
    """Makes a session for the person a test names, in the database; answers its cookies by name: a value that is the
    server's alone, or `{"value": …, "httpOnly": False}` for one that scripts read."""

    in_local_storage: bool = False
    """The page's scripts keep the session: what `sign_in` answers goes to their `localStorage`, in place of cookies."""

    ready_path: str = "/"
    """Answered with a status below 500 as soon as the server can work."""

    jobs: str | None = None
    """Runs whatever waits in the background to its end. Gets the WSGI application."""

    forget: str | None = None
    """Empties what the server remembers outside the database (caches, counters), and waits for a thread of the
    application's own that would write into the next test. Gets the WSGI application."""

    also_reset: Callable[[], None] = _nothing
    """Called before each test, for what lives outside the database (a folder of files)."""

    scripts: Mapping[str, Path] = field(default_factory=dict)
    """For coverage: how the path of a script's address begins (a regular expression), and the folder behind that."""

    threads: int = 16
    """Requests the server works on at once; stalled ones hold their thread."""
