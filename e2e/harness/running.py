"""The applications under test that have been started in this worker of pytest, and their state between two
tests."""

import contextlib
from pathlib import Path

from .app import App
from .coverage import Pages
from .database import Database, built
from .server import NotReadyError, Server

PATIENCE = 10.0


class Running:
    """An application with its server and its database."""

    def __init__(self, app: App, folder: Path, coverage: str = "", late: float = 0) -> None:
        self.app = app
        self.server = Server(app, folder, coverage, late)
        self._database: Database | None = None
        self._not_started: NotReadyError | None = None
        self.pages = Pages(app.scripts, coverage) if coverage else None
        self.server.start()

    def make_ready(self) -> None:
        """Wait for the server; start it again after a test that left it dead. One that did not start is not waited
        for again in each test."""
        if self._not_started:
            raise self._not_started
        try:
            if not self._database:
                self._database = built(self.app)
                self.server.go()
            elif not self.server.running:
                self.server.restart()
            if not self.server.ready:
                self.server.wait_until_ready()
        except NotReadyError as error:
            self._not_started = error
            raise

    def reset(self) -> None:
        """Everything as when the application was built. First, whoever still writes must have finished."""
        assert self._database
        try:
            late = self.server.order("settle", patience=PATIENCE)
        except OSError as error:
            self.server.kill()
            raise NotReadyError(f"The server no longer answers since the test before: {error}") from error
        if late:
            self.server.kill()
            raise NotReadyError(
                "A request of the test before has no end, and its rows would leak into this test: " + ", ".join(late)
            )
        self.server.clock_moved = False
        try:
            self._database.reset(PATIENCE)
        except NotReadyError:
            self.server.kill()  # if it is the one that holds on to it, the test after this one is not to blame, too
            raise
        self.app.also_reset()

    def close(self) -> None:
        with contextlib.ExitStack() as ends:  # in reverse
            ends.callback(self.server.close)
            if self.pages:
                ends.callback(self.pages.save)
            if self._database:
                ends.callback(self._database.close)
            else:
                ends.callback(self.server.kill)  # it still waits for the database, and listens to nobody else
