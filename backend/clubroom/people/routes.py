"""The HTTP side of people: the directory, one's own profile, and asking for access."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template, request
from sqlalchemy import select

from ..accounts import standing
from ..accounts.factors.identity import check_identity
from ..accounts.leaving import departing
from ..accounts.leaving.schemas import Deletion, Left
from ..accounts.models import UserAbsent, find_user
from ..accounts.schemas import PersonChange, UserOut, show_user
from ..accounts.server_session import session
from ..core import audit
from ..core.api import MAX_BODY, check_if_match, json_answer, typed
from ..core.current import current_settings
from ..core.database import committed, db
from ..core.errors import NotAllowed, TokenNotEnough, TooManyRequests
from ..core.frontend import appearance
from ..core.guard import by_token, needs, public, signed_in
from ..core.limits import Rate, knock, limited, origin
from ..core.openapi import PAGE, documented
from ..core.paging import Listing, paged
from . import directory
from .directory import PeopleQuery
from .forms import FILLED_IN, SENT, AccessForm
from .models import AccessRequest, ask, decide
from .schemas import RequestOut, RequestQuery, show_request

SENDINGS = Rate.read("20/hour")
people = Blueprint("people", __name__, template_folder="templates")


@people.get("/api/users")
@needs("people.read")
@typed
def list_users(query: PeopleQuery) -> Listing[UserOut]:
    """The directory of people."""
    return directory.listing(query, signed_in())


@people.get("/api/users/<int:user_id>")
@needs("people.read")
@typed
def show_one(user_id: int) -> UserOut:
    """One person."""
    found = directory.one(user_id, signed_in())
    if found is None:
        raise UserAbsent
    return found


@people.patch("/api/users/<int:user_id>")
@by_token
@typed
def change_user(user_id: int, body: PersonChange) -> UserOut:
    """Change one's own profile, or anybody's, their role and status for those who may."""
    who = signed_in()
    user = find_user(user_id)
    decides = body.role is not None or body.status is not None
    if not who.may("people.manage") and (decides or user.id != who.id):
        raise NotAllowed
    check_if_match(lambda: show_user(user, who))
    if decides and who.scope is None:  # who made a token with the scope of an administrator confirmed it then
        check_identity()
    if body.role is not None:
        standing.change_role(user, body.role, who)
    if body.status is not None:
        standing.change_status(user, body.status, who)
    if body.name is not None:
        if user.id != who.id:
            standing.check_decision(user, who)
            if body.name != user.name:
                audit.record("renamed", actor=who, subject=user)  # the names themselves may have to be forgotten
        user.rename(body.name)
    return committed(show_user(user, who))


@people.delete("/api/users/<int:user_id>")
@by_token
@typed(status=204, others={202: (Left, "It is one's own, and goes in seven days, as by `DELETE /api/me`")})
def delete_user(user_id: int, query: Deletion) -> Response:
    """Delete a person's account; what they share stays as a former member's, or goes too with `files=delete`."""
    who = signed_in()
    user = find_user(user_id)
    mine = user.id == who.id
    if not mine and not who.may("people.manage"):
        raise NotAllowed
    if mine and who.scope:
        raise TokenNotEnough
    check_if_match(lambda: show_user(user, who))
    if who.scope is None:
        check_identity()
    if mine:
        return json_answer(departing.leave(who, query.files), 202)
    departing.expel(user, query.files, who)
    return Response(status=204)


@people.get("/form")
@public
@limited("600/hour", "GET")  # each visitor's form token is a session row
@documented(responses={"200": {"description": "The page", **PAGE}})
@typed
def form() -> Response:
    """The page "Request access"."""
    return show_form(AccessForm())


@people.post("/form")
@public
@documented(requestBody=FILLED_IN, responses=SENT)
@typed
def send_form() -> Response:
    """Request access, as the page does."""
    request.max_content_length = MAX_BODY  # else a stranger's file would go to the disk before it is refused
    try:
        knock(SENDINGS, "form", origin())
    except TooManyRequests as refusal:  # told in the page: a person reads it, not a script
        known = "csrf_token" in session  # a new token would be one more session row
        answer = show_form(AccessForm(meta={"csrf": known}), refusal.status, too_many=refusal)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    filled = AccessForm()
    if not filled.validate():
        return show_form(filled, 400)
    ask(filled.name.data or "", filled.email.data or "")
    db.session.commit()
    return show_form(filled, sent=True)


def show_form(
    filled: AccessForm, status: int = 200, *, sent: bool = False, too_many: TooManyRequests | None = None
) -> Response:
    settings = current_settings()
    page = render_template(
        "form.html",
        form=filled,
        sent=sent,
        too_many=too_many,
        static=current_app.extensions["shell"]["static"],
        club=settings.name,
        mails=bool(settings.mail_url),
        appearance=appearance(),
        demo="DEMO" in current_app.config,
    )
    return make_response(page, status)


@people.get("/api/access-requests")
@needs("requests.manage")
@typed
def list_requests(query: RequestQuery) -> Listing[RequestOut]:
    """Who asks for access, the longest waiting first."""
    found = select(AccessRequest).where(AccessRequest.state == query.state)
    return paged(found, AccessRequest.created_at, AccessRequest.id, query, show_request)


@people.post("/api/access-requests/<request_id>/approve")
@needs("requests.manage")
@typed
def approve(request_id: str) -> RequestOut:
    """Let the person in: makes the account and mails its link."""
    return committed(show_request(decide(request_id, "approved", signed_in())))


@people.post("/api/access-requests/<request_id>/decline")
@needs("requests.manage")
@typed
def decline(request_id: str) -> RequestOut:
    """Say no; nothing is mailed."""
    return committed(show_request(decide(request_id, "declined", signed_in())))
