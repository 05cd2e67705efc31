"""Second factors: the tables, and the questions asked of them everywhere.

An authenticator's key has to be read again, so it is sealed with the club's secret key. Recovery codes are kept as
hashes, of passkeys only the public half.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from ...core.clock import NEVER, now
from ...core.database import Base, Prepared, db
from ...core.ids import new_id
from ...core.levels import ROLES


class Authenticator(Base):
    """A person's authenticator app, confirmed by a code."""

    __tablename__ = "authenticators"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str] = mapped_column(String(128))
    # The half minute of the last code that was taken: that code and older ones are worth nothing.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class RecoveryCode(Base):
    """One of ten codes that stand in for a lost device; used by deleting it."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(200), primary_key=True)


class Passkey(Base):
    """A passkey: its public key, and how often it says it has signed."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # What the device calls the account by: random, and that of the person's first passkey.
    handle: Mapped[str] = mapped_column(String(64))
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class RolePolicy(Base):
    """Whether people of a role must have a second factor; a role without a row need not."""

    __tablename__ = "role_policies"

    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    second_factor: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)


ANY = Prepared(
    lambda: (
        select(Authenticator.user_id)
        .where(Authenticator.user_id == bindparam("user_id"))
        .union_all(select(Passkey.user_id).where(Passkey.user_id == bindparam("user_id")))
        .limit(1)
    )
)


def has_totp(user_id: int) -> bool:
    return db.session.get(Authenticator, user_id) is not None


def passkeys_of(user_id: int) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)
    return list(db.session.scalars(query))


def recovery_codes_left(user_id: int) -> int:
    return db.session.scalar(select(func.count()).where(RecoveryCode.user_id == user_id)) or 0


def has_any(user_id: int) -> bool:
    """Whether a password alone does not open this account: it has an authenticator or a passkey."""
    return bool(ANY.run(user_id=user_id))


def is_protected(user_id: int) -> bool:
    """The same as `has_any`. Reads what is committed; takes no lock: of who asks, a long body may be still to come."""
    return bool(ANY.rows(user_id=user_id))


def methods(user_id: int) -> list[str]:
    """What may follow a right password; empty where nothing needs to."""
    if not has_any(user_id):
        return []
    keys = len(passkeys_of(user_id)) > 0
    app = has_totp(user_id)
    codes = recovery_codes_left(user_id) > 0
    having = {"totp": app, "recovery_code": codes, "passkey": keys}
    return [name for name, there in having.items() if there]


def remove_factors(user_id: int, since: datetime = NEVER) -> None:
    """Remove a person's factors that were set up since then, and all recovery codes, in the running transaction."""
    for one in (Authenticator, Passkey):
        db.session.execute(delete(one).where(one.user_id == user_id, one.created_at >= since))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
