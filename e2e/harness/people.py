"""People in a test: each signed in without a form or a request, each in a browser of their own."""

import contextlib
from collections.abc import Iterator, Mapping
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
        session = app.sign_in(who)
    if not session:
        raise TypeError(f"The App's sign_in made no session for {who!r}: it has to answer what their browser holds.")
    if app.in_local_storage:
        _store(context, server.url, session)
    else:
        cookies: list[Any] = []
        for name, said in session.items():
            parts = {"value": said} if isinstance(said, str) else said
            cookies.append({"name": name, "url": server.url, "httpOnly": True, "sameSite": "Lax", **parts})
        context.add_cookies(cookies)


def _store(context: BrowserContext, origin: str, session: Mapping[str, Any]) -> None:
    """Put a session into localStorage, which no page need have been to; all else that is kept stays."""
    state: Any = context.storage_state(indexed_db=True)
    here = next((one for one in state["origins"] if one["origin"] == origin), None)
    if not here:
        state["origins"].append(here := {"origin": origin, "localStorage": []})
    others = [one for one in here["localStorage"] if one["name"] not in session]
    here["localStorage"] = others + [{"name": name, "value": session[name]} for name in session]
    context.set_storage_state(state)


@contextlib.contextmanager
def _time_of(server: Server) -> Iterator[None]:
    """A session made by another clock would be too old, or of the future, and the page a stranger's."""
    moved = None
    if server.clock_moved:  # to ask costs as much as all else here
        with contextlib.suppress(OSError):  # the server is down, and its clock gone
            moved = server.order("moved")
    with time_machine.travel(moved, tick=False) if moved else contextlib.nullcontext():
        yield
