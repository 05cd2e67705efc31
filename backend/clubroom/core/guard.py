"""Who may call what. Every route is closed unless its view says `@public`; what a level may do is one table.

Cross-site writes are refused by `Sec-Fetch-Site` or, where a browser is too old to send it, by `Origin`: this costs
about 2 µs and asks nothing of clients. A client that sends neither is no browser, so no one's cookie travels with it
unasked.

A request with `Authorization: Bearer` acts by an API token and by nothing else: its cookies are not looked at, so it
needs no such check, and it gets none. A token opens views that say `@needs` or `@by_token`, but none that asks who one
is (`@needs_identity`); an account's own doors (passwords, factors, devices, other tokens) stay closed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Request, Response, current_app, request, session

from .current import current_settings
from .errors import CrossSite, NotAllowed, NotSignedIn, Refusal, TokenNotEnough, refused
from .levels import LEVELS, PERMISSIONS, Role, Scope

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def permissions_of(role: Role) -> tuple[str, ...]:
    """What a role may do, its own and all before it; and what this app lets everybody who is signed in do."""
    own = PERMISSIONS[role]
    return (*own, *(one for one in current_app.config["EVERYBODY_MAY"] if one not in own))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as read at the start of the request from the session, or from an API token with its `scope`."""

    id: int
    username: str
    role: Role
    scope: Scope | None = None
    token_id: str | None = None

    def may(self, permission: str) -> bool:
        return permission in permissions_of(self.role)


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def by_token(view: View) -> View:
    """Open a view without a permission of its own to API tokens too."""
    view.is_by_token = True  # type: ignore[attr-defined]
    return view


def opens_by_token(view: Callable[..., Any] | None) -> bool:
    """Whether API tokens open this view at all. None can show who holds it."""
    if getattr(view, "needs_identity", False):
        return False
    return hasattr(view, "permission") or getattr(view, "is_by_token", False)


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


def asked_view() -> Callable[..., Any] | None:
    """The view that this request asks for, or None."""
    return current_app.view_functions.get(request.endpoint or "")


def bearer_token(of: Request) -> str | None:
    """The API token a request carries, or None."""
    scheme, _, token = of.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def same_site() -> bool:
    """Whether this request may change something on behalf of the browser that sent it."""
    allowed = current_settings().cors_origins
    origin = request.headers.get("Origin")
    if origin in allowed:
        return True
    if (fetch_site := request.headers.get("Sec-Fetch-Site")) is not None:
        return fetch_site in ("same-origin", "none")
    # A Host that no site can have is read as none at all, which "null" must not match.
    return origin is None or origin.partition("://")[2] == (request.host or None)


def check() -> Response | None:
    """Run before every request: same site? who? may they?"""
    token = bearer_token(request)
    if token is not None:
        return check_token(token)
    if request.method not in SAFE_METHODS and not same_site():
        return refused(CrossSite())
    view = asked_view()
    if view is None or request.method == "OPTIONS" or getattr(view, "is_public", False):
        return None
    who = caller()
    if who is None:
        return refused(NotSignedIn())
    return check_permission(view, who)


def check_token(token: str) -> Response | None:
    """The same for a request that carries an API token: whose is it, and does it open this view, in this way?"""
    view = asked_view()
    if view is None or request.method == "OPTIONS":
        return None
    try:
        who: Caller = current_app.extensions["bearer"](token)
    except Refusal as refusal:
        response = refused(refusal)
        if refusal.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response
    session.caller = who  # type: ignore[attr-defined]
    reading = request.method in SAFE_METHODS
    if not (opens_by_token(view) or (reading and getattr(view, "is_public", False))):
        return refused(TokenNotEnough())
    if who.scope == "read" and not reading:
        return refused(TokenNotEnough())
    return check_permission(view, who)


def check_permission(view: Callable[..., Any], who: Caller) -> Response | None:
    permission = getattr(view, "permission", None)
    return refused(NotAllowed()) if permission and not who.may(permission) else None


def look_again() -> None:
    """Once a body is there, which may have been as long in coming as its sender liked, or what was waited for: whoever
    was turned out meanwhile is refused like one who came later. Raises NotSignedIn.
    """
    who = caller()
    if who and not getattr(asked_view(), "is_public", False) and not current_app.extensions["still_in"](who):
        raise NotSignedIn


def init_app(app: Flask) -> None:
    app.config.setdefault("EVERYBODY_MAY", ())
    app.before_request(check)
