"""People in a test: each signed in without a form or a request, each in a browser of their own."""

from typing import Any, Protocol

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
    """Make a session for somebody, and let a context's pages have it."""
    if app.sign_in is None:
        raise TypeError("The App of app_under_test has no sign_in.")
    context.add_cookies(
        [
            {"name": name, "value": value, "url": server.url, "httpOnly": True, "sameSite": "Lax"}
            for name, value in app.sign_in(who).items()
        ]
    )
