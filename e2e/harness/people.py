"""People in a test: each signed in without a form or a request, each in a browser of their own."""

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

import time_machine
from playwright.sync_api import BrowserContext, Page

from .app import App
from .server import Server


class SignIn(Protocol):
    """`sign_in(who)` signs the test's own page in, `sign_in(who, page)` another one."""

    def __call__(self, who: Any, where: Page | BrowserContext | None = None) -> None: ...


class PeopleAtOnce(Protocol):
    """`ada, ben = people_at_once("Ada", "Ben")`: a page for each of them. None is a stranger."""

    def __call__(self, *people: Any) -> list[Page]: ...


def give_session(app: App, server: Server, who: Any, context: BrowserContext) -> None:
    """Make a session for somebody, at the time that the server lives in, and let a context's pages have it."""
    if app.sign_in is None:
        raise TypeError("The App of app_under_test has no sign_in.")
    with _time_of(server):
        cookies = app.sign_in(who)
    context.add_cookies(
        [
            {"name": name, "value": value, "url": server.url, "httpOnly": True, "sameSite": "Lax"}
            for name, value in cookies.items()
        ]
    )


@contextlib.contextmanager
def _time_of(server: Server) -> Iterator[None]:
    """A session made by another clock would be too old, or of the future, and the page a stranger's."""
    moved = None
    if server.clock_moved:  # to ask costs as much as all else here
        with contextlib.suppress(OSError):  # the server is down, and its clock gone
            moved = server.order("moved")
    with time_machine.travel(moved, tick=False) if moved else contextlib.nullcontext():
        yield
