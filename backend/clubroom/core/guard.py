"""Who may call what. Every route is closed unless its view says `@public`; what a level may do is one table.

Cross-site writes are refused by `Sec-Fetch-Site` or, where a browser is too old to send it, by `Origin`: this costs
about 2 µs and asks nothing of clients. A client that sends neither is no browser, so no one's cookie travels with it
unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, session

from .errors import CrossSite, NotAllowed, NotSignedIn, refused

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Each level may do what the levels before it may, and this.
LEVELS: dict[str, tuple[str, ...]] = {
    "member": ("people.read", "files.use"),
    "manager": ("people.emails", "requests.manage", "files.manage"),
    "admin": ("people.add", "people.manage", "outbox.read", "audit.read"),
}


def permissions_of(role: str) -> tuple[str, ...]:
    """What a level may do, its own and all before it."""
    names = list(LEVELS)
    return tuple(one for level in names[: names.index(role) + 1] for one in LEVELS[level])


PERMISSIONS = {role: frozenset(permissions_of(role)) for role in LEVELS}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as read from the session at the start of the request."""

    id: int
    username: str
    role: str

    def may(self, permission: str) -> bool:
        return permission in PERMISSIONS[self.role]


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needs(permission: str) -> Callable[[View], View]:
    """Open a view only to those who may do `permission`."""
    if not any(permission in some for some in LEVELS.values()):
        raise LookupError(f"no level grants {permission}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def caller() -> Caller | None:
    """Who is asking, or None."""
    return getattr(session, "caller", None)


def signed_in() -> Caller:
    """Who is asking. Raises NotSignedIn."""
    who = caller()
    if who is None:
        raise NotSignedIn
    return who


def same_site() -> bool:
    """Whether this request may change something on behalf of the browser that sent it."""
    allowed = current_app.config["SETTINGS"].cors_origins
    origin = request.headers.get("Origin")
    if origin in allowed:
        return True
    if (fetch_site := request.headers.get("Sec-Fetch-Site")) is not None:
        return fetch_site in ("same-origin", "none")
    return origin is None or origin.partition("://")[2] == request.host


def check() -> Response | None:
    """Run before every request: same site? who? may they?"""
    if request.method not in SAFE_METHODS and not same_site():
        return refused(CrossSite())
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.method == "OPTIONS" or getattr(view, "is_public", False):
        return None
    who = caller()
    if who is None:
        return refused(NotSignedIn())
    permission = getattr(view, "permission", None)
    return refused(NotAllowed()) if permission and not who.may(permission) else None


def init_app(app: Flask) -> None:
    app.before_request(check)
