"""The directory: finding people among any number of them, at the cost of one page."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field
from sqlalchemy import String, bindparam, select, text, type_coerce, union_all

from ..accounts.models import FORMER, Status, User
from ..accounts.names import folded
from ..accounts.schemas import UserOut, show_user
from ..core.api import Line
from ..core.database import Prepared, Rows, db
from ..core.guard import Caller
from ..core.levels import Role
from ..core.paging import Listing, PageQuery, capped_count, ordered, page
from .search import Search

SORTS: dict[str, Any] = {
    "username": User.username_key,
    "created_at": User.created_at,
    "last_seen": User.last_seen_at,
}
# The columns of `Row`, in its order. Moments stay as the database writes them: only their text is wanted.
COLUMNS = (
    User.id,
    User.username,
    User.name,
    User.role,
    User.status,
    User.email,
    User.username_key,
    type_coerce(User.confirmed_at, String).label("confirmed_at"),
    type_coerce(User.created_at, String).label("created_at"),
    type_coerce(User.last_seen_at, String).label("last_seen_at"),
)


class Row(NamedTuple):
    """A person as a hot path reads one: no object is made, no moment parsed."""

    id: int
    username: str
    name: str
    role: Role
    status: Status
    email: str
    username_key: str
    confirmed_at: str | None
    created_at: str
    last_seen_at: str


class PeopleQuery(PageQuery):
    """Which people, in which order."""

    q: Annotated[Line, Field(max_length=200)] = Field(
        "",
        description="Any part of a name, a username or, for those who may see it, an address; of one or two letters, "
        "its beginning.",
    )
    role: Role | None = None
    status: Status | None = None
    sort: Literal["username", "created_at", "last_seen", "-username", "-created_at", "-last_seen"] = "username"


ONE = Prepared(lambda: select(*COLUMNS).where(User.id == bindparam("user_id")))


def one(user_id: int, viewer: Caller) -> UserOut | None:
    row = ONE.one(user_id=user_id)
    return show_user(Row(*row), viewer) if row else None


def listing(query: PeopleQuery, viewer: Caller) -> Listing[UserOut]:
    """One page of the people `viewer` asks for."""
    column, descending = SORTS[query.sort.lstrip("-")], query.sort.startswith("-")
    needle = folded(query.q)
    search = Search(needle, viewer.may("people.emails")) if needle else None
    found = _filtered(select(*COLUMNS), query)
    if search and search.short and column is User.username_key:
        parts = (_filtered(select(User.id).where(one), query) for one in search.beginnings())
        pages = (ordered(part, column, User.id, query, descending).subquery() for part in parts)
        found = found.where(User.id.in_(union_all(*(select(one.c.id) for one in pages))))
    elif search:
        found = search.among(found)
    rows = db.session.execute(ordered(found, column, User.id, query, descending)).all()
    shown = page(rows, query, lambda row: show_user(row, viewer), lambda row: (getattr(row, column.key), row.id))
    if query.count and (search or query.role or query.status):
        matches = _filtered(search.matches() if search else select(User.id), query)
        shown.total, shown.capped = capped_count(matches.distinct())
    elif query.count:
        everybody = text("SELECT total - (SELECT count(*) FROM users WHERE username_key = :former) FROM people_total")
        shown.total = db.session.scalar(everybody, {"former": FORMER})
    return shown


def _filtered(found: Rows, query: PeopleQuery) -> Rows:
    found = found.where(User.username_key != FORMER)  # nobody: all who left and whose files stayed
    if query.role:
        found = found.where(User.role == query.role)
    if query.status:
        found = found.where(User.status == query.status)
    return found
