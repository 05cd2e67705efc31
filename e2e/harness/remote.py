"""The tests' side of their control over the server: what `control` in a test can do."""

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import unquote

from playwright.sync_api import BrowserContext, Error, Page

from .control import MARK
from .server import Server
from .watch import Watch

DROP_PATIENCE = 5.0  # seconds
MEETING_PATIENCE = 10.0


class Control:
    """Orders to the server of this test. All of them are undone before the next one.

    The answers it can spoil are those to one browser: name a page of it or its context; without one it is anybody's.
    `path` is how the request's path starts. What is spoilt here need not be allowed to the watch; what nobody asks for
    fails the test, which would show nothing.
    """

    def __init__(self, server: Server, watch: Watch) -> None:
        self._server = server
        self._watch = watch

    def answer(
        self,
        status: int,
        path: str = "/",
        of: Page | BrowserContext | None = None,
        *,
        method: str | None = None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next answer is this one; the application does not see the request."""
        HTTPStatus(status)  # raises here what it would in the server
        spoken = {
            "Content-Type": "application/json" if body.startswith("{") else "text/plain",
            **(headers or {}),
        }
        self._watch.expect_trouble_at(path, f"answered {status}")
        self._spoil(path, of, method, status=status, body=body, headers=spoken)

    def stall(self, path: str = "/", of: Page | BrowserContext | None = None, *, method: str | None = None) -> None:
        """The application does its work, and the answer is held back until `release`."""
        self._spoil(path, of, method, stall=True)

    def release(self) -> None:
        """Let go of all answers held back."""
        # What the test has just asked to be told of goes by way of Playwright, which this must not overtake.
        for context in self._watch.contexts[:1]:
            with contextlib.suppress(Error):  # closed
                context.cookies()
        self._server.order("release")

    def drop(self, path: str = "/", of: Page | BrowserContext | None = None, *, method: str | None = None) -> None:
        """The application does its work, and the connection is cut before the answer, once no other request is under
        way. From a connection it has kept, a browser asks again by itself: those are cut at once, unless requests are
        under way, and then the work may be done twice. Where one of the others has no end, nothing is cut, and the
        test fails."""
        self._watch.expect_trouble_at(path, "failed: ")
        self._spoil(path, of, method, drop=DROP_PATIENCE, port=self._server.port)

    def slow(
        self,
        seconds: float,
        path: str = "/",
        of: Page | BrowserContext | None = None,
        *,
        method: str | None = None,
    ) -> None:
        """The next answer trickles in over so many seconds."""
        self._spoil(path, of, method, seconds=seconds)

    def wait_until_met(self) -> None:
        """Wait until all that is spoilt here has been asked for. A request that the page takes back, as when one leaves
        it, else may never have come."""
        unmet = self._server.order("wait_until_met", patience=MEETING_PATIENCE)
        assert not unmet, "; ".join(unmet)

    def _spoil(self, path: str, of: Page | BrowserContext | None, method: str | None, **fault: object) -> None:
        if not path.startswith("/") or "?" in path:
            raise ValueError(f"{path} is no beginning of a path: one has a / in front, and no query.")
        context = of.context if isinstance(of, Page) else of
        mark = str(id(context)) if context else ""
        if context:
            context.add_cookies([{"name": MARK, "value": mark, "url": self._server.url, "httpOnly": True}])
        self._watch.unmet = self._unmet
        self._server.order("spoil", fault={"path": unquote(path), "method": method, "mark": mark, **fault})

    def _unmet(self) -> list[str]:
        with contextlib.suppress(OSError):  # the server is down: what it was told is gone
            found: list[str] = self._server.order("unmet")
            return found
        return []

    def clock_forward(self, **by: float) -> datetime:
        """Move the server's clock: `clock_forward(minutes=15)`; a frozen one stays so. The browser's own is
        `page.clock`."""
        seconds = timedelta(**by).total_seconds()
        self._server.clock_moved = True
        return datetime.fromisoformat(self._server.order("forward", seconds=seconds))

    def clock_freeze(self, at: datetime) -> None:
        """Stop the server's clock at this time, which has a time zone."""
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone: it is another time on each machine.")
        self._server.clock_moved = True
        self._server.order("clock", at=at.isoformat(), frozen=True)

    def run_jobs(self) -> None:
        """Have the server run what waits in the background to its end."""
        if not self._server.app.jobs:
            raise TypeError("The App of app_under_test has no jobs.")
        self._server.order("run_jobs")

    def in_flight(self) -> list[str]:
        """The requests the application is working on."""
        found: list[str] = self._server.order("in_flight")
        return found
