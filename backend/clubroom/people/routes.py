"""The HTTP side of people: the directory, one's own profile, and asking for access."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template, request
from sqlalchemy import select

from ..accounts.models import User, UserAbsent
from ..accounts.schemas import Profile, UserOut, show_user
from ..core import audit
from ..core.api import MAX_BODY, check_if_match, typed
from ..core.database import commit, db
from ..core.errors import NotAllowed
from ..core.frontend import appearance
from ..core.guard import by_token, needs, public, signed_in
from ..core.limits import limited
from ..core.paging import Listing, ordered, page
from . import directory
from .directory import PeopleQuery
from .forms import AccessForm
from .models import AccessRequest, ask, decide
from .schemas import RequestOut, RequestQuery, show_request

people = Blueprint("people", __name__, template_folder="templates")


@people.get("/api/users")
@needs("people.read")
@typed
def list_users(query: PeopleQuery) -> Listing[UserOut]:
    """People, by name, user name and, for those who may see it, e-mail address."""
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
def change_user(user_id: int, body: Profile) -> UserOut:
    """Change one's own profile, or anybody's for those who may."""
    who = signed_in()
    user = db.session.get(User, user_id)
    if user is None:
        raise UserAbsent
    if user.id != who.id and not who.may("people.manage"):
        raise NotAllowed
    check_if_match(lambda: show_user(user, who))
    if body.name is not None:
        if user.id != who.id and body.name != user.name:
            audit.record("renamed", actor=who, subject=user)  # the names themselves may have to be forgotten
        user.rename(body.name)
    commit()
    return show_user(user, who)


@people.route("/form", methods=["GET", "POST"])
@public
@limited("20/hour")
@limited("600/hour", "GET")  # each visitor's form token is a session row
def form() -> Response:
    """The page "Request access"."""
    request.max_content_length = MAX_BODY  # else a stranger's file would go to the disk before it is refused
    filled = AccessForm()
    sent = filled.validate_on_submit()
    if sent:
        ask(filled.name.data or "", filled.email.data or "")
        commit()
    refused = filled.is_submitted() and not sent
    page = render_template(
        "form.html",
        form=filled,
        sent=sent,
        static=current_app.extensions["shell"]["static"],
        club=current_app.config["SETTINGS"].name,
        appearance=appearance(),
        demo="DEMO" in current_app.config,
    )
    return make_response(page, 400 if refused else 200)


@people.get("/api/access-requests")
@needs("requests.manage")
@typed
def list_requests(query: RequestQuery) -> Listing[RequestOut]:
    """Who asks for access, the longest waiting first."""
    found = select(AccessRequest).where(AccessRequest.state == query.state)
    rows = db.session.scalars(ordered(found, AccessRequest.created_at, AccessRequest.id, query)).all()
    return page(rows, query, show_request, lambda one: (one.created_at, one.id), found)


@people.post("/api/access-requests/<request_id>/approve")
@needs("requests.manage")
@typed
def approve(request_id: str) -> RequestOut:
    """Let the person in: makes the account and mails its link."""
    decided = decide(request_id, "approved", signed_in())
    commit()
    return show_request(decided)


@people.post("/api/access-requests/<request_id>/decline")
@needs("requests.manage")
@typed
def decline(request_id: str) -> RequestOut:
    """Say no; nothing is mailed."""
    decided = decide(request_id, "declined", signed_in())
    commit()
    return show_request(decided)
