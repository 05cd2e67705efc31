"""What `flask.session` is here: what a row says, while a request lasts. How the browser's cookie finds that row is in
`session_cookies`.
"""

from __future__ import annotations

from typing import Any, cast

import flask
from flask.sessions import SessionMixin
from sqlalchemy import ColumnElement, and_, delete, update
from werkzeug.datastructures import CallbackDict

from ..core.database import db
from ..core.guard import Caller, signed_in
from ..core.ids import hashed, new_token
from .models import Account, Session
from .sessions import Begun, add_row, browser, lasts, note_seen


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What `flask.session` is: a dict whose `user_id` says who is signed in."""

    def __init__(
        self,
        initial: dict[str, Any] | None = None,
        row_id: str | None = None,
        caller: Caller | None = None,
        token_hash: str | None = None,
    ) -> None:
        super().__init__(initial or {}, ServerSession._changed)
        self.row_id = row_id
        self.caller = caller
        self.token_hash = token_hash  # of the token that the browser came with
        self.remembered = False
        self.renew = False
        self.device: str | None = None  # its cookie is to be set too, after signing in
        self.begun: Begun | None = None
        self.kept = True
        self.needs_factor = False
        self.leaving = False
        self.modified = False

    def _changed(self) -> None:
        self.modified = True

    def begin(self, user: Account, remembered: bool) -> None:
        """Sign `user` in in this browser, and commit: what the browser holds changes only then."""
        begun = add_row(user, {}, remembered, replacing=self.row_id)
        who = Caller(user.id, user.username, user.role)
        db.session.commit()
        self.clear()
        self.update(begun.data, user_id=who.id)
        self.begun, self.row_id, self.token_hash = begun, begun.row_id, hashed(begun.token)
        self.caller, self.remembered = who, remembered
        self.modified = False

    def renew_token(self) -> None:
        """Give this session another token, and commit, with what it holds: it is the same device, and what it has on
        its way goes on. What the browser holds changes only then.

        Not where it was ended elsewhere meanwhile, which is not to come back under another token; or has another
        already, by an answer that overtook this one. For who is signed in.
        """
        who, token, data = signed_in(), new_token(), self.held()
        self.modified = False  # what could not be committed is not to be kept by itself
        changed = {"token_hash": hashed(token), "data": data, "last_seen_at": note_seen(who.id), **browser()}
        row_id = db.session.scalar(update(Session).where(self.row()).values(changed).returning(Session.id))
        db.session.commit()
        if row_id:
            self.begun = Begun(row_id, token, lasts(who.role, self.remembered), data)
            self.token_hash = hashed(token)

    def commit(self) -> None:
        """Commit, and what was put into this session, or taken out, with it: else what was done could be answered as if
        it had not been. What another request has put there meanwhile stays, unless this one changed something.
        """
        if self.modified:
            self.modified = False
            db.session.execute(update(Session).where(self.row()).values(data=self.held()))
        db.session.commit()

    def end(self) -> None:
        """End this session, and commit."""
        if self.row_id:
            db.session.execute(delete(Session).where(Session.id == self.row_id))
        db.session.commit()
        self.row_id = None
        self.clear()

    def held(self) -> dict[str, Any]:
        """What the row keeps of it."""
        return {key: value for key, value in self.items() if key != "user_id"}

    def row(self) -> ColumnElement[bool]:
        """Its row, while the token there is the one that the browser came with."""
        return and_(Session.id == self.row_id, Session.token_hash == self.token_hash)

    @property
    def new(self) -> bool:  # type: ignore[override]
        return self.row_id is None


session = cast(ServerSession, flask.session)
"""The session of this request, as `flask.session`."""
