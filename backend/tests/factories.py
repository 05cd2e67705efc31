"""Rows for tests: plain functions with defaults for everything a test does not speak of; shared with the journeys in
`e2e/`.

They write to the database of the app that `bind` was given last, each in a transaction of its own, and answer objects
that can be read afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from clubroom.accounts.factors import authenticator, recovery_codes
from clubroom.accounts.factors.models import Authenticator, Passkey, RecoveryCode
from clubroom.accounts.hashing import hash_password
from clubroom.accounts.models import User
from clubroom.accounts.names import folded
from clubroom.core import secret
from clubroom.core.clock import NEVER, now
from clubroom.core.database import db
from clubroom.core.ids import new_token
from clubroom.people.models import AccessRequest
from flask import Flask
from pyotp import TOTP, random_base32
from sqlalchemy.orm import Session

from .accounts.factors.device import Device, text

PASSWORD = "seven quiet herons at dawn"
bound: list[Flask] = []
numbers = count(1)


def bind(app: Flask) -> None:
    """Let the factories write to this app's database; numbers begin again."""
    global numbers
    bound[:] = [app]
    numbers = count(1)


@contextmanager
def database() -> Iterator[Session]:
    """A session on the app's database that commits; what it has read or made stays readable."""
    with bound[0].app_context():
        session = Session(db.engine, expire_on_commit=False)
        with session:
            yield session
            session.commit()


def make_user(
    username: str | None = None,
    *,
    email: str | None = None,
    name: str = "",
    password: str | None = PASSWORD,
    role: str = "member",
    status: str = "active",
    confirmed: bool = True,
    created_at: datetime | None = None,
    last_seen_at: datetime = NEVER,
) -> User:
    """A person: `user1`, `user2` … with an address of that name, confirmed, with PASSWORD."""
    username = username or f"user{next(numbers)}"
    with database() as session:
        user = User(
            username=username,
            email=email or f"{username}@example.org",
            name=name,
            password_hash=hash_password(password) if password is not None else None,
            role=role,
            status=status,
            confirmed_at=now() if confirmed else None,
            created_at=created_at or now(),
            last_seen_at=last_seen_at,
        )
        session.add(user)
    return user


def make_access_request(name: str = "Grace Hopper", email: str | None = None) -> AccessRequest:
    """A stranger's request, waiting for an answer."""
    email = email or f"stranger{next(numbers)}@example.org"
    with database() as session:
        request = AccessRequest(name=name, email=email, email_key=folded(email))
        session.add(request)
    return request


def make_people(count: int) -> None:
    """So many made-up people, with names, who have no password."""
    from clubroom.seeding import seed

    with bound[0].app_context():
        seed(count)


def make_authenticator(user: User, last_used: datetime) -> TOTP:
    """An authenticator app of this person, whose code of that moment is used up."""
    app = TOTP(random_base32())
    with bound[0].app_context():
        sealed = secret.seal(bound[0].config["SECRET_KEY"], app.secret, authenticator.purpose(user.id))
    with database() as session:
        session.add(Authenticator(user_id=user.id, sealed=sealed, last_step=app.timecode(last_used)))
    return app


def make_recovery_codes(user: User) -> list[str]:
    """Ten recovery codes of this person."""
    with bound[0].app_context():
        codes = recovery_codes.make()
    with database() as session:
        session.add_all(RecoveryCode(user_id=user.id, code_hash=code_hash) for code_hash in codes.values())
    return list(codes)


def make_passkey(user: User, name: str) -> Device:
    """A passkey of this person, and the device that holds it."""
    device = Device(id=secrets.token_bytes(16), handle=new_token())
    with database() as session:
        session.add(
            Passkey(
                user_id=user.id,
                name=name,
                credential_id=text(device.id),
                public_key=device.public_key,
                handle=device.handle,
                transports=["internal"],
            )
        )
    return device
