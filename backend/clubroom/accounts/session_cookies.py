"""Flask's session interface over rows: `flask.session` works, and is what its row says at each request.

The cookie holds a random token, the row its hash; the row and its user come in one SELECT. Putting `user_id` into the
session signs that user in: whenever it changes the token is a new one, so a token known before signing in is worth
nothing after. A visitor gets a row only when something is put into the session (a form token), and a cookie of another
name: an answer to who was a visitor still, if it comes after the one that signed in, takes no sign-in back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import orjson
from flask import Flask, Request, Response, current_app, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import OperationalError

from ..core import jobs
from ..core.clock import now
from ..core.current import by_https, settings_of
from ..core.database import Prepared, db, moment
from ..core.errors import DATABASE_FAILED
from ..core.guard import Caller, bearer_token
from ..core.ids import hashed
from . import devices
from .factors.models import RolePolicy
from .models import Session, User
from .server_session import ServerSession
from .sessions import note_seen_at_once, open_row, sweep

MEMBER = {True: "__Host-session", False: "session"}  # the cookie of who is signed in: by HTTPS, or not
SEEN_EVERY = timedelta(minutes=1)


LOOK_UP = Prepared(
    lambda: (
        select(
            Session.id, Session.data, Session.expires_at, Session.last_seen_at, Session.idle_seconds,
            Session.remembered, User.id, User.username, User.role, User.status, User.delete_at,
            RolePolicy.second_factor,
        )
        .join(User, Session.user_id == User.id, isouter=True)
        .join(RolePolicy, RolePolicy.role == User.role, isouter=True)
        .where(Session.token_hash == bindparam("token_hash"))
    )
)  # fmt: skip


class RowSessions(SessionInterface):
    """Opens and saves `ServerSession`s."""

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        if bearer_token(request) is not None:
            session = ServerSession()
            session.kept = False  # an API token leaves nothing in a browser
            return session
        if request.path.startswith("/s/"):
            return ServerSession()
        for name in self.cookie_names(app):
            token = request.cookies.get(name)
            if token and (found := self._find(token)) is not None:
                return found
        return ServerSession()

    def cookie_names(self, app: Flask) -> tuple[str, str]:
        """The cookie of who is signed in, and the one of who is not."""
        member = self.get_cookie_name(app)
        return member, member.replace("session", "visitor")

    def get_cookie_name(self, app: Flask) -> str:
        return MEMBER[by_https()]

    def get_cookie_secure(self, app: Flask) -> bool:
        return by_https()

    def _find(self, token: str) -> ServerSession | None:
        token_hash = hashed(token)
        row = LOOK_UP.one(token_hash=token_hash)
        if row is None:
            return None
        row_id, data, expires_at, last_seen_at, idle_seconds, remembered, *person = row
        user_id, username, role, status, delete_at, strict = person
        present, last_seen = now(), moment(last_seen_at)
        if present >= moment(expires_at) or present >= last_seen + timedelta(seconds=idle_seconds):
            return None
        if user_id is not None and status != "active":
            return None
        held = orjson.loads(data) if isinstance(data, str) else dict(data)
        who = Caller(user_id, username, role) if user_id is not None else None
        if who:
            held["user_id"] = user_id
            if present - last_seen >= SEEN_EVERY:
                with suppress(OperationalError):  # full or locked: reading goes on
                    note_seen_at_once(user_id, row_id)
        session = ServerSession(held, row_id, who, token_hash)
        session.remembered = bool(remembered)
        session.needs_factor = bool(strict)
        session.leaving = delete_at is not None
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, ServerSession):  # it could not be opened: the database is away
            return
        if DATABASE_FAILED in request.environ:  # nothing waits for it once more
            session.modified = session.renew = False
        if not session.kept or not (session.modified or session.renew or session.begun):
            return
        db.session.rollback()  # what a view left unfinished is not kept along with the session
        member, visitor = self.cookie_names(app)
        user_id = session.get("user_id")
        before = session.caller.id if session.caller else None
        if not session:
            _delete_row(session.row_id)
            self._take(response, member if session.caller else visitor)
            return
        if not session.row_id or user_id != before or session.renew:
            session.begun = open_row(user_id, session.held(), session.remembered, session.row_id)
        elif session.modified:  # without reading first: what a GET has read, another may have changed before it writes
            db.session.execute(update(Session).where(session.row()).values(data=session.held()))
            db.session.commit()
        if not session.begun:
            return
        name, other = (visitor, member) if user_id is None else (member, visitor)
        response.set_cookie(
            name,
            session.begun.token,
            max_age=int(session.begun.lasts.absolute.total_seconds()) if session.remembered else None,
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )
        if other in request.cookies and (name == member or session.caller):
            self._take(response, other)
        if session.device:
            devices.give(response, session.device)

    def _take(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=self.get_cookie_secure(current_app), httponly=True, samesite="Lax")


def _delete_row(row_id: str | None) -> None:
    if row_id:
        db.session.execute(delete(Session).where(Session.id == row_id))
        db.session.commit()


def init_app(app: Flask) -> None:
    app.session_interface = RowSessions()
    app.config["SESSION_COOKIE_NAME"] = MEMBER[settings_of(app).https]
    jobs.hourly(app, sweep)
