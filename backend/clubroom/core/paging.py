"""Pages of a list: `limit` and an opaque `after`, the next page in `Link`, by keyset, so that the last page costs what
the first does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import func, literal_column, or_, select

from .database import Rows, UTCDateTime, db
from .errors import Invalid

T = TypeVar("T")
R = TypeVar("R")
NO_PLACE = "This is not a place in this list."
COUNTED = 10_000  # a list, or each part of one, is counted up to here


class Query(BaseModel):
    """What comes in after the question mark: unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


def _cursor(text: str) -> str:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii")))
        if isinstance(values, list) and len(values) == 2 and all(map(_fits, values)):
            return text
    except (ValueError, binascii.Error):
        pass
    raise ValueError(NO_PLACE)


def _fits(value: Any) -> bool:
    """Whether a database can compare with this."""
    return isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**63)


class PageQuery(Query):
    """The part of every list's query that walks through it."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, AfterValidator(_cursor)] | None = Field(
        None, description="Where the page begins: as `Link` of the page before says it."
    )
    count: bool = Field(
        False,
        description="Say in `X-Total-Count` how many there are in all, and by `X-Total-Capped` that there are more.",
    )

    def place(self) -> tuple[Any, Any] | None:
        """The sort value and id of the last row already seen."""
        if self.after is None:
            return None
        value, key = orjson.loads(base64.urlsafe_b64decode(self.after))
        return value, key


@dataclass(slots=True)
class Listing(Generic[T]):
    """One page: its items, where the next one begins, and how many there are in all, if that was asked."""

    items: Sequence[T]
    after: str | None = None
    total: int | None = None
    capped: bool = False

    def headers(self) -> dict[str, str]:
        found = {}
        if self.after:
            query = urlencode(request.args.to_dict() | {"after": self.after})
            found["Link"] = f'<{request.path}?{query}>; rel="next"'
        if self.total is not None:
            found["X-Total-Count"] = str(self.total)
            if self.capped:
                found["X-Total-Capped"] = "true"
        return found


def ordered(found: Rows, column: Any, key: Any, query: PageQuery, descending: bool = False) -> Rows:
    """`found` in the order of (column, key), from where `query.after` says, one row more than a page.

    Written so that an index on (column, key) is walked: the row-value form of the comparison misses it in SQLite.
    """
    if place := query.place():
        value, last = _as_kept(place[0], column), _as_kept(place[1], key)
        if descending:
            found = found.where(column <= value, or_(column < value, key < last))
        else:
            found = found.where(column >= value, or_(column > value, key > last))
    order = (column.desc(), key.desc()) if descending else (column, key)
    return found.order_by(*order).limit(query.limit + 1)


def _as_kept(value: Any, column: Any) -> Any:
    """A cursor's value as what the column holds. Raises Invalid."""
    kind: type = datetime if isinstance(column.type, UTCDateTime) else column.type.python_type
    if kind is datetime and isinstance(value, str):
        with suppress(ValueError, OverflowError):
            found = datetime.fromisoformat(value)
            value = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    if type(value) is not kind:
        raise Invalid(fields={"after": NO_PLACE})
    return value


def page(
    rows: Sequence[R],
    query: PageQuery,
    show: Callable[[R], T],
    place_of: Callable[[R], tuple[Any, Any]],
    among: Rows | None = None,
) -> Listing[T]:
    """The page that `rows` of an `ordered` query make; `place_of` a row is its sort value and id. `among` are all rows
    of the list, to be counted where that was asked.
    """
    after = None
    if len(rows) > query.limit:
        value, key = place_of(rows[query.limit - 1])
        value = value.isoformat() if isinstance(value, datetime) else value
        after = base64.urlsafe_b64encode(orjson.dumps([value, key])).decode()
    shown = Listing([show(row) for row in rows[: query.limit]], after)
    if query.count and among is not None:
        every: Rows = among.with_only_columns(literal_column("1"), maintain_column_froms=True)
        shown.total, shown.capped = capped_count(every)
    return shown


def paged(
    found: Rows, column: Any, key: Any, query: PageQuery, show: Callable[[Any], T], *, descending: bool = False
) -> Listing[T]:
    """The page that `query` asks for of `found`, which selects things of one table, in the order of (column, key)."""
    rows = db.session.scalars(ordered(found, column, key, query, descending)).all()
    return page(rows, query, show, lambda row: (getattr(row, column.key), getattr(row, key.key)), found)


def capped_count(query: Rows) -> tuple[int, bool]:
    """How many rows a query has, counted up to COUNTED, and whether there are more."""
    found = db.session.scalar(select(func.count()).select_from(query.order_by(None).limit(COUNTED + 1).subquery())) or 0
    return min(found, COUNTED), found > COUNTED
