"""The directory: finding people among any number of them, at the cost of one page.

Search is for any part of a name or user name, folded. On SQLite a trigram index (FTS5) narrows needles of three
letters and more; few matches are looked up and sorted, many are met soon enough by walking the list in its order.
Shorter needles match beginnings. The total comes from a row that triggers keep; the tables made here follow `users` by
triggers too, so no writer can forget them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import DDL, ColumnElement, bindparam, event, func, literal_column, or_, select, text

from ..accounts.models import User, folded
from ..accounts.schemas import Role, Status, UserOut
from ..core.api import Line
from ..core.clock import NEVER, iso
from ..core.database import Prepared, Rows, db, moment
from ..core.guard import Caller
from ..core.paging import Listing, PageQuery, capped_count, ordered, page

FEW = 1500  # matches that are cheaper to fetch and sort than to meet by walking the list

SQLITE_TABLES = (
    # What is searched is kept in `users`; the index holds only which rows contain which three letters.
    "CREATE VIRTUAL TABLE people_index USING fts5(search_text, email_key, content='users', content_rowid='id', "
    "tokenize='trigram case_sensitive 1', detail='column')",
    "CREATE TRIGGER people_index_insert AFTER INSERT ON users BEGIN "
    "INSERT INTO people_index(rowid, search_text, email_key) VALUES (new.id, new.search_text, new.email_key); END",
    "CREATE TRIGGER people_index_delete AFTER DELETE ON users BEGIN "
    "INSERT INTO people_index(people_index, rowid, search_text, email_key) "
    "VALUES ('delete', old.id, old.search_text, old.email_key); END",
    "CREATE TRIGGER people_index_update AFTER UPDATE OF search_text, email_key ON users BEGIN "
    "INSERT INTO people_index(people_index, rowid, search_text, email_key) "
    "VALUES ('delete', old.id, old.search_text, old.email_key); "
    "INSERT INTO people_index(rowid, search_text, email_key) VALUES (new.id, new.search_text, new.email_key); END",
    "CREATE TABLE people_total (total INTEGER NOT NULL)",
    "INSERT INTO people_total SELECT count(*) FROM users",
    "CREATE TRIGGER people_total_insert AFTER INSERT ON users BEGIN UPDATE people_total SET total = total + 1; END",
    "CREATE TRIGGER people_total_delete AFTER DELETE ON users BEGIN UPDATE people_total SET total = total - 1; END",
)
for statement in SQLITE_TABLES:
    event.listen(User.__table__, "after_create", DDL(statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

SORTS: dict[str, Any] = {
    "username": User.username_key,
    "created_at": User.created_at,
    "last_seen": User.last_seen_at,
}
COLUMNS = (
    User.id,
    User.username,
    User.name,
    User.role,
    User.status,
    User.created_at,
    User.last_seen_at,
    User.email,
    User.username_key,
)


class PeopleQuery(PageQuery):
    """Which people, in which order."""

    q: Annotated[Line, Field(max_length=100)] = ""
    role: Role | None = None
    status: Status | None = None
    sort: Literal["username", "created_at", "last_seen", "-username", "-created_at", "-last_seen"] = "username"


def show_row(row: Any, viewer: Caller) -> UserOut:
    """What `show_user` shows, from a plain row of COLUMNS."""
    created, seen = moment(row[5]), moment(row[6])
    shown: UserOut = {
        "id": row[0],
        "username": row[1],
        "name": row[2],
        "role": row[3],
        "status": row[4],
        "created_at": iso(created) if created else "",
        "last_seen": iso(seen) if seen and seen != NEVER else None,
    }
    if viewer.id == row[0] or viewer.may("people.emails"):
        shown["email"] = row[7]
    return shown


ONE = Prepared(lambda: select(*COLUMNS).where(User.id == bindparam("user_id")))


def one(user_id: int, viewer: Caller) -> UserOut | None:
    row = ONE.one(user_id=user_id)
    return show_row(row, viewer) if row else None


def listing(query: PeopleQuery, viewer: Caller) -> Listing[UserOut]:
    """One page of the people `viewer` asks for."""
    name = query.sort.lstrip("-")
    found = ordered(_filtered(select(*COLUMNS), query, viewer), SORTS[name], User.id, query, query.sort.startswith("-"))
    place = {"username": 8, "created_at": 5, "last_seen": 6}[name]
    shown = page(
        db.session.execute(found).all(),
        query,
        lambda row: show_row(row, viewer),
        lambda row: (row[place], row[0]),
    )
    if query.count and (query.q or query.role or query.status):
        shown.total, shown.capped = capped_count(_filtered(select(User.id), query, viewer))
    elif query.count:
        shown.total = db.session.scalar(text("SELECT total FROM people_total"))
    return shown


def _filtered(found: Rows, query: PeopleQuery, viewer: Caller) -> Rows:
    if query.role:
        found = found.where(User.role == query.role)
    if query.status:
        found = found.where(User.status == query.status)
    needle = folded(query.q)
    return found.where(_matches(needle, viewer.may("people.emails"))) if needle else found


def _matches(needle: str, emails: bool) -> ColumnElement[bool]:
    """The rows that hold `needle`; the index only narrows, `instr` decides."""
    if len(needle) < 3:
        beginning = needle + "\U0010ffff"
        begins = [
            User.username_key.between(needle, beginning),
            func.instr("\n" + User.search_text, "\n" + needle) > 0,
        ]
        return or_(*begins, User.email_key.between(needle, beginning)) if emails else or_(*begins)
    holds: ColumnElement[bool] = func.instr(User.search_text, needle) > 0
    if emails:
        holds = or_(holds, func.instr(User.email_key, needle) > 0)
    trigrams = {needle[i : i + 3] for i in range(len(needle) - 2)}
    words = " AND ".join('"' + one.replace('"', '""') + '"' for one in sorted(trigrams)[:12])
    expression = f"{{{'search_text email_key' if emails else 'search_text'}}} : ({words})"
    match = text("people_index MATCH :words").bindparams(words=expression)
    narrowed: Rows = select(literal_column("rowid")).select_from(text("people_index")).where(match)
    count = select(func.count()).select_from(narrowed.limit(FEW + 1).subquery())
    if (db.session.scalar(count) or 0) > FEW:
        return holds
    return User.id.in_(narrowed) & holds
