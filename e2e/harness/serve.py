"""Serves the application under test inside `Controlled`, in a process of its own: one worker, several
threads.

Importing the application is most of a server's start, and needs no database. So that is done at once, and the
application is made when the tests say, by a line on standard input, that the database is there.
"""

import os
import signal
import sys
import threading

from granian import Granian
from granian.constants import Interfaces

from .control import Controlled, named


def application() -> Controlled:
    """Make the application, in the worker's process."""
    if measured := os.environ.get("E2E_COVERAGE"):
        from coverage import Coverage

        Coverage(config_file=measured, data_suffix=True).start()
    factory = named(os.environ["E2E_FACTORY"])
    if not os.read(0, 1):
        sys.exit("The tests are gone.")
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    return Controlled(
        factory(),
        os.environ["E2E_TOKEN"],
        os.environ.get("E2E_JOBS", ""),
        os.environ.get("E2E_FORGET", ""),
        float(os.environ["E2E_LATE"]),
    )


def _end_with_the_tests() -> None:
    """Standard input ends with the process that holds its other end, however that one ended."""
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    Granian(
        "the application under test",
        port=int(os.environ["E2E_PORT"]),
        interface=Interfaces.WSGI,
        blocking_threads=int(os.environ["E2E_THREADS"]),
        backpressure=256,
        websockets=False,
    ).serve(target_loader=application, wrap_loader=False)


if __name__ == "__main__":
    main()
