"""Demo mode: a club of forty made-up people to look around in, made anew at each start in a folder of its own.

Everybody may sign in as one of three, by a button; everybody signed in reads the outbox, where all mail stays. Nothing
of the club that may live beside it is touched: folder, database and mail server are the demo's own.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from . import seeding
from .accounts.hashing import hash_password
from .accounts.models import User
from .accounts.signup import invite
from .core.clock import now
from .core.database import db
from .people.models import ask
from .settings import DEMO_MARK, Settings, url_of

FOLDER = "data-demo"
PASSWORD = "a quiet look around"  # noqa: S105  # on the sign-in page for everybody
SAMPLES = {"admin": ("ada", "Ada Lindgren"), "manager": ("milo", "Milo Okafor"), "member": ("rosa", "Rosa Novak")}
INVITED = ("theo", "Theo Marino")
PEOPLE, FILES = 40, 30
STRANGERS = ("Juna Park", "Emeka Diallo")
CONFIG: dict[str, Any] = {
    "DEMO": [{"username": name, "role": role, "password": PASSWORD} for role, (name, _) in SAMPLES.items()],
    "EVERYBODY_MAY": ("outbox.read",),
}


def names() -> list[str]:
    return [f"{name} ({role})" for role, (name, _) in SAMPLES.items()]


def demo_settings(settings: Settings) -> Settings:
    """The same settings, with a folder, a database, a secret key, an outbox and a name of the demo's own: the name is
    in every title, every mail and every authenticator app. No other site may act for its visitors.
    """
    folder = Path(FOLDER).absolute()
    return replace(
        settings,
        name=f"{settings.name} demo",
        data_dir=folder,
        database_url=url_of(folder / "clubroom.db"),
        mail_url="",
        secret_key="",
        cors_origins=(),
    )


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Have the demo's folder, emptied, until the end of the block and of the processes that began in it.

    Raises ClickException where it can't be made or holds what no demo has made, and while another demo runs in it.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"{folder} can't be made ({error.strerror}). Start the demo in a folder of your own."
        ) from None
    mark = folder / DEMO_MARK
    if any(folder.iterdir()) and not mark.exists():
        raise click.ClickException(f"{folder} is not a demo's: it is left alone. Move it away, or start elsewhere.")
    with mark.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"A demo is running in {folder} already. Stop it, or start this one in another folder."
            ) from None
        for one in folder.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            elif one != mark:
                one.unlink()
        yield


def fill() -> None:
    """Make people, files, strangers who ask for access, and an invitation in the outbox; commit."""
    hashed = hash_password(PASSWORD)
    for role, (username, name) in SAMPLES.items():
        db.session.add(_person(username, name, role=role, password_hash=hashed, confirmed_at=now()))
    invited = _person(*INVITED)
    db.session.add(invited)
    db.session.flush()
    invite(invited, by=SAMPLES["admin"][0])
    for stranger in STRANGERS:
        ask(stranger, f"{stranger.split()[0].lower()}@example.net")
    db.session.commit()
    seeding.seed(PEOPLE - len(SAMPLES) - 1, FILES)


def _person(username: str, name: str, **more: Any) -> User:
    return User(username=username, name=name, email=f"{username}@example.org", **more)
