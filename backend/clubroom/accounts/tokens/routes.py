"""The HTTP side of API tokens: one's own."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import delete, func, select

from ...core import audit, mail
from ...core.api import typed
from ...core.database import committed, db
from ...core.errors import Refusal
from ...core.guard import signed_in
from ...core.ids import hashed
from ...core.paging import Listing, PageQuery, paged
from .. import devices
from ..factors.identity import check_still_signed_in, needs_identity
from ..models import write_to
from ..own import myself
from .models import ApiToken, new_api_token
from .schemas import MadeToken, NewToken, TokenOut, show_token

MOST = 50
# What a scope lets a token do, as the mail about it says.
MAY = {"read": "reads", "write": "reads and changes things", "admin": "administers the club"}

tokens = Blueprint("tokens", __name__, url_prefix="/api/tokens")


class TokenAbsent(Refusal):
    status, code, sentence = 404, "not_found", "This token was removed already."


class ScopeTooWide(Refusal):
    code, sentence, field = "scope_too_wide", "Only administrators can make a token that administers.", "scope"


class TooManyTokens(Refusal):
    status, code, sentence = 409, "too_many_tokens", f"{MOST} tokens are the most. Remove one first."


@tokens.get("")
@typed
def list_tokens(query: PageQuery) -> Listing[TokenOut]:
    """One's API tokens, the newest first."""
    mine = select(ApiToken).where(ApiToken.user_id == signed_in().id)
    return paged(mine, ApiToken.created_at, ApiToken.id, query, show_token, descending=True)


@tokens.post("")
@needs_identity
@typed(status=201)
def make_token(body: NewToken) -> MadeToken:
    """Make an API token; its text is shown only now."""
    who = signed_in()
    if body.scope == "admin" and who.role != "admin":
        raise ScopeTooWide
    if (db.session.scalar(select(func.count()).where(ApiToken.user_id == who.id)) or 0) >= MOST:
        raise TooManyTokens
    text = new_api_token()
    token = ApiToken(
        user_id=who.id,
        token_hash=hashed(text),
        name=body.name,
        scope=body.scope,
        expires_at=body.expires_at,
    )
    db.session.add(token)
    check_still_signed_in()
    audit.record("token_made", actor=who, subject=who, token_name=token.name, scope=token.scope)
    user, link = myself(), mail.page("/account#tokens")
    write_to(user, "token_made", token=token, may=MAY, link=link, **devices.this_device())
    made: MadeToken = {**show_token(token), "token": text}
    return committed(made)


@tokens.delete("/<token_id>")
@typed
def remove_token(token_id: str) -> None:
    """Remove one of one's API tokens; what uses it is refused from now on."""
    who = signed_in()
    gone = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == who.id).returning(ApiToken.name)
    name = db.session.scalar(gone)
    if name is None:
        raise TokenAbsent
    audit.record("token_removed", actor=who, subject=who, token_name=name)
    db.session.commit()
