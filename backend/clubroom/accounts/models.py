"""Accounts, their sessions and one-time tokens: the tables, how one is found, and why one can't be made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..core import mail
from ..core.clock import NEVER, now
from ..core.database import Base, Prepared, db
from ..core.errors import Refusal
from ..core.ids import hashed, new_id, new_token
from ..core.levels import ROLES, Role
from .names import folded, shape

Status = Literal["active", "disabled"]
FORMER = "former member"  # whose files those are that stayed; nobody can choose a name with a space


class UsernameTaken(Refusal):
    code, sentence, field = "username_taken", "Username already exists", "username"


class UsernameAlike(UsernameTaken):
    code, sentence = "username_alike", "Username looks like one that exists"


class EmailTaken(Refusal):
    code, sentence, field = "email_taken", "Email already exists", "email"


class UserAbsent(Refusal):
    status, code, sentence = 404, "not_found", "User not found"


class InvalidToken(Refusal):
    code, sentence = "invalid_token", "This link has been used or has run out."


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(String(64), unique=True)
    # Nothing for whoever was here under a look-alike before such names were refused.
    username_shape: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    role: Mapped[Role] = mapped_column(String(10), default="member")
    status: Mapped[Status] = mapped_column(String(10), default="active")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Enough only beside a second factor: see `passwords.is_short`.
    short_password: Mapped[bool] = mapped_column(default=False, server_default=text("0"))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=NEVER)
    # Set while the person is leaving: when the account goes, and what becomes of the files they share.
    delete_at: Mapped[datetime | None] = mapped_column()
    leaving_files: Mapped[str | None] = mapped_column(String(10))
    # What the directory's search looks through: the name that others see and the username, folded.
    search_text: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(f"status IN {get_args(Status)}", name="status"),
        Index(None, "search_text"),
        Index(None, "created_at", "id"),
        Index(None, "last_seen_at", "id"),
        Index("ix_users_unconfirmed", "created_at", sqlite_where=text("confirmed_at IS NULL")),
        Index(None, "role", "username_key", "id"),
        Index(None, "status", "username_key", "id"),
        # Whose name or address begins with one letter or two, in the order of usernames.
        *(
            Index(f"ix_users_{column}_{length}", text(f"substr({column}, 1, {length})"), "username_key", "id")
            for column in ("search_text", "email_key")
            for length in (1, 2)
        ),
        Index(None, "delete_at", sqlite_where=delete_at.is_not(None)),
        {"sqlite_autoincrement": True},  # the audit log speaks of ids: none is given twice
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.name = values.get("name", "")
        self.username_key = folded(self.username)
        self.username_shape = shape(self.username)
        self.email_key = folded(self.email)
        self.refresh_search_text()

    def refresh_search_text(self) -> None:
        self.search_text = f"{folded(self.name) if self.confirmed_at else ''}\n{self.username_key}"

    def confirm(self) -> None:
        """The address has proved to be theirs: from now on others see the name, and find it."""
        self.confirmed_at = self.confirmed_at or now()
        self.refresh_search_text()

    def rename(self, name: str) -> None:
        self.name = name
        self.refresh_search_text()

    def move(self, email: str) -> None:
        self.email, self.email_key = email, folded(email)


def find_user(user_id: int) -> User:
    """The account with this id. Raises UserAbsent."""
    found = db.session.get(User, user_id)
    if found is None:
        raise UserAbsent
    return found


def find_login(name: str) -> User | None:
    """The account with this username or e-mail address."""
    return db.session.scalar(select(User).where(opened_by(folded(name))))


def opened_by(key: Any) -> ColumnElement[bool]:
    """The account that this folded username or e-mail address opens."""
    return or_(User.username_key == key, User.email_key == key)  # no name has an @, every address has one


class Login(NamedTuple):
    """An account as signing in needs it, without an object of the ORM. Its moments may still be text."""

    id: int
    username: str
    username_key: str
    email: str
    name: str
    role: Role
    status: Status
    password_hash: str | None
    short_password: bool
    confirmed_at: datetime | str | None
    created_at: datetime | str
    last_seen_at: datetime | str
    delete_at: datetime | str | None

    def __repr__(self) -> str:
        return f"Login({self.id})"  # no password hash in a traceback


Account = User | Login


def write_to(user: Account, template: str, **values: Any) -> None:
    """Queue a mail to this person, in the running transaction: not to an address that was never confirmed, which may be
    that of somebody who never heard of the club.
    """
    if user.confirmed_at:
        mail.queue(template, user.email, user=user, **values)


LOGIN = Prepared(lambda: select(*(getattr(User, one) for one in Login._fields)).where(opened_by(bindparam("key"))))


def login_of(name: str) -> Login | None:
    """The same account as `find_login`. Reads what is committed; takes no lock."""
    row = LOGIN.one(key=folded(name))
    return Login(*row) if row else None


def hold_login(name: str) -> Login | None:
    """The same, in the running transaction."""
    rows = LOGIN.run(key=folded(name))
    return Login(*rows[0]) if rows else None


class Session(Base):
    """A signed-in device, or a visitor's session that holds something. Only the token's hash is kept."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    idle_seconds: Mapped[int]
    remembered: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (Index(None, "user_id", "last_seen_at"), Index(None, "expires_at"))


class OneTimeToken(Base):
    """A link for one purpose, sent to one person or printed in the terminal; used by deleting it, so that of twenty at
    once one wins.
    """

    __tablename__ = "one_time_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # The address that the mail went to, and what is kept of the short code in it: see `proofs.py`.
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(320), index=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class KnownDevice(Base):
    """A browser in which this person has signed in before. Only the hash of its cookie is kept."""

    __tablename__ = "known_devices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now, index=True)

    __table_args__ = (UniqueConstraint("token_hash", "user_id"),)


def make_token(purpose: str, user: User | None, lasts: timedelta) -> str:
    """Add a one-time token to the running transaction, in place of an older one for the same; returns its text."""
    user_id = user.id if user else None
    end_links(user_id, purpose)
    token = new_token()
    db.session.add(OneTimeToken(token_hash=hashed(token), purpose=purpose, user_id=user_id, expires_at=now() + lasts))
    return token


def end_links(user_id: int | None, *purposes: str, since: datetime = NEVER, but: str | None = None) -> None:
    """Let what was mailed to this person for these purposes, all or all but one hash, be worth nothing, from the
    running transaction on. What waits for the mail server still is not sent any more.
    """
    mine = OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(purposes), OneTimeToken.created_at >= since
    ended = delete(OneTimeToken).where(*mine, OneTimeToken.token_hash.is_distinct_from(but))
    mail.withdraw(db.session.scalars(ended.returning(OneTimeToken.token_hash)).all())


def look_at_token(purpose: str, token: str) -> OneTimeToken:
    """The token, unused. Raises InvalidToken."""
    found = db.session.get(OneTimeToken, hashed(token))
    if found is None or found.purpose != purpose or found.expires_at <= now():
        raise InvalidToken
    return found


def email_in_use(email: str, but: int | None = None) -> bool:
    """Whether an address belongs to somebody, or did within the days in which its owner may have it back."""
    key = folded(email)
    owner = select(User.id).where(User.email_key == key, User.id.is_distinct_from(but))
    former = select(OneTimeToken.user_id).where(
        OneTimeToken.purpose == "undo",
        OneTimeToken.email_key == key,
        OneTimeToken.expires_at > now(),
        OneTimeToken.user_id.is_distinct_from(but),
    )
    return db.session.scalar(owner.union_all(former).limit(1)) is not None


class Failure(Base):
    """Failed tries against one key (an account, or an account from one address), so that they slow down across workers
    and restarts.
    """

    __tablename__ = "failures"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=now, index=True)
    free_at: Mapped[datetime] = mapped_column(default=now)


ADMINISTRATORS = Prepared(
    lambda: select(User.id).where(
        User.role == "admin", User.status == "active", User.confirmed_at.is_not(None), User.delete_at.is_(None)
    )
)


def administrators() -> set[int]:
    """The ids of those who can run the club: who is leaving can't any more, and who has not confirmed the address might
    never come.
    """
    return {user_id for (user_id,) in ADMINISTRATORS.run()}


def is_set_up() -> bool:
    """Whether there is an administrator. Reads what is committed; takes no lock."""
    return ADMINISTRATORS.one() is not None
