"""Searching people: which rows hold a needle in a name, a username or, for those who may see it, an address.

On SQLite a trigram index (FTS5) narrows needles of three letters and more; shorter ones match beginnings, by ordinary
indexes, which in the order of usernames hold the page itself. Else few matches are looked up and sorted, and many are
met soon enough by walking the list in its order. Names of the unconfirmed, which only those see who may see addresses,
are in no index: the newest are looked through. The total comes from a row that triggers keep; all of this follows
`users` by triggers, so no writer can forget it.
"""

from __future__ import annotations

from sqlalchemy import DDL, ColumnElement, event, func, literal_column, or_, select, text, union_all

from ..accounts.models import User
from ..accounts.names import folded
from ..core.database import Rows, db

FEW = 1500  # matches that are cheaper to fetch and sort than to meet by walking the list
NEWEST = 1000  # unconfirmed people that are looked through
LAST = "\U0010ffff"

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


class Search:
    """A needle, already folded, and the rows that hold it. With `emails`, addresses are searched too."""

    def __init__(self, needle: str, emails: bool) -> None:
        self.needle = needle
        self.short = len(needle) < 3
        self.columns = [User.search_text]  # the name, then the username
        if self.short:
            self.columns.append(User.username_key)
        self.others: list[ColumnElement[bool]] = []  # conditions for what is in none of the columns
        if emails:
            self.columns.append(User.email_key)
            if ids := self._unconfirmed():
                self.others.append(User.id.in_(ids))

    def _unconfirmed(self) -> list[int]:
        """Which of the newest unconfirmed people have a name that matches."""
        newest = select(User.id, User.name).where(User.confirmed_at.is_(None), User.name != "")
        rows = db.session.execute(newest.order_by(User.created_at.desc()).limit(NEWEST))
        found = ((user_id, folded(name).find(self.needle)) for user_id, name in rows)
        return [user_id for user_id, place in found if (place == 0 if self.short else place >= 0)]

    def holds(self) -> ColumnElement[bool]:
        """What decides, for a row at hand; written so that no index is tempted to answer it."""
        if self.short:
            return or_(*self.others, *(func.substr(one, 1, len(self.needle)) == self.needle for one in self.columns))
        return or_(*self.others, *(func.instr(one, self.needle) > 0 for one in self.columns))

    def candidates(self) -> Rows:
        """The ids that an index finds: all that match, and perhaps some more."""
        others = [select(User.id).where(one) for one in self.others]
        if self.short:
            ranges = (select(User.id).where(one.between(self.needle, self.needle + LAST)) for one in self.columns)
            return select(union_all(*others, *ranges).subquery().c.id)
        trigrams = sorted({self.needle[i : i + 3] for i in range(len(self.needle) - 2)})
        words = " AND ".join('"' + one.replace('"', '""') + '"' for one in trigrams[:12])
        columns = " ".join(one.key for one in self.columns)
        match = text("people_index MATCH :words").bindparams(words=f"{{{columns}}} : ({words})")
        indexed: Rows = select(literal_column("rowid").label("id")).select_from(text("people_index")).where(match)
        return select(union_all(*others, indexed).subquery().c.id) if others else indexed

    def beginnings(self) -> list[ColumnElement[bool]]:
        """For a short needle: conditions that each find rows in the order of usernames, together all that match."""
        # Written out as in the index: with a bound number it would be missed.
        indexed = f"substr(users.{{}}, 1, {len(self.needle)})"
        return self.others + [
            one.between(self.needle, self.needle + LAST)
            if one is User.username_key
            else literal_column(indexed.format(one.key)) == self.needle
            for one in self.columns
        ]

    def among(self, found: Rows) -> Rows:
        """`found`, a page's query over users, with only the rows that match, whichever way is cheaper."""
        few = select(func.count()).select_from(self.candidates().limit(FEW + 1).subquery())
        if (db.session.scalar(few) or 0) > FEW:
            return found.where(self.holds())
        return found.where(User.id.in_(self.candidates()), self.holds())

    def matches(self) -> Rows:
        """The ids of all that match, met one by one, so that counting can stop early."""
        candidates = self.candidates().subquery()
        return select(User.id).join(candidates, candidates.c.id == User.id).where(self.holds())
