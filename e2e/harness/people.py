"""People in a test: each signed in without a form or a request, each in a browser of their own."""

from collections.abc import Callable
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


def signing_in(app: App, server: Server, own: Callable[[], BrowserContext]) -> SignIn:
    """The fixture `sign_in`; `own` answers the test's own context, made when it is needed."""

    def sign_in(who: Any, where: Page | BrowserContext | None = None) -> None:
        if app.sign_in is None:
            raise TypeError("The App of app_under_test has no sign_in.")
        context = where.context if isinstance(where, Page) else where or own()
        context.add_cookies(
            [
                {"name": name, "value": value, "url": server.url, "httpOnly": True, "sameSite": "Lax"}
                for name, value in app.sign_in(who).items()
            ]
        )

    return sign_in


def gathering(sign_in: SignIn, new_context: Callable[[], BrowserContext]) -> PeopleAtOnce:
    """The fixture `people_at_once`."""

    def people_at_once(*people: Any) -> list[Page]:
        pages = []
        for who in people:
            context = new_context()
            if who is not None:
                sign_in(who, context)
            pages.append(context.new_page())
        return pages

    return people_at_once
