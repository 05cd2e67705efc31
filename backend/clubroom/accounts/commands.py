"""What the `clubroom users` commands do.

They speak to the person at the terminal, who owns the machine and may do everything.
"""

from __future__ import annotations

import click
from sqlalchemy import select

from ..core import audit, mail
from ..core.clock import now
from ..core.current import current_settings
from ..core.database import db
from ..core.errors import Refusal
from ..core.levels import Role
from . import resetting, standing
from .hashing import hash_password
from .models import FORMER, User, find_login, make_token
from .names import check_email, check_username
from .passwords import check_chosen, is_short, shortest_for
from .proofs import ACCEPT_WITHIN
from .schemas import NewUser
from .signup import taken

LISTED = 500  # people at a time


def add(name: str, email: str, role: Role, password: str | None) -> None:
    """Add a confirmed account; prints its id and, without a password, a link to choose one."""
    try:
        wanted = NewUser(username=check_username(name), email=check_email(email))
        if password is not None:
            check_chosen(password, wanted.username, wanted.email)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except Refusal as refusal:
        raise click.ClickException(f"The password was refused. {refusal.text}") from None
    if clash := taken(wanted):
        raise click.ClickException(f"{clash.text}.")
    db.session.rollback()
    hashed = hash_password(password) if password is not None else None
    user = User(username=wanted.username, email=wanted.email, role=role, password_hash=hashed, confirmed_at=now())
    db.session.add(user)
    db.session.flush()
    audit.record("account_created", subject=user, role=role)
    token = make_token("confirm", user, ACCEPT_WITHIN) if password is None else None
    db.session.commit()
    click.echo(user.id)
    if token:
        click.echo(
            f"Let {user.username} open this link to choose a password; it works once:\n  {mail.link('/welcome', token)}"
        )


def show_all() -> None:
    """List everybody, some at a time: whoever reads it slowly, in a pager, keeps nobody from writing meanwhile."""
    if not db.session.scalar(select(User.id).limit(1)):
        folder = current_settings().data_dir
        click.echo(f"There is nobody in {folder} yet. Another club is in another CLUBROOM_DATA_DIR.", err=True)
    last = 0
    while some := db.session.scalars(select(User).where(User.id > last).order_by(User.id).limit(LISTED)).all():
        last = some[-1].id
        lines = [f"{user.id}\t{user.username}\t{user.email}\t{user.role}\t{user.status}" for user in some]
        db.session.rollback()
        click.echo("\n".join(lines))


def change_role(name: str, role: Role) -> None:
    """Change a role and end the person's sessions: they were opened with other rights."""
    user = _known(name)
    try:
        standing.change_role(user, role, None)
    except Refusal as refusal:
        raise click.ClickException(refusal.text) from None
    db.session.commit()
    click.echo(f"{user.username} is {role} now.")


def change_password(name: str, password: str) -> None:
    """Set a password and turn out whoever is in the account: it may be asked for because somebody else is."""
    user = _known(name)
    names, shortest = (user.username, user.email, user.name), shortest_for(user.id)
    db.session.rollback()  # nothing is held while judging and hashing
    try:
        check_chosen(password, *names, shortest=shortest)
    except Refusal as refusal:
        raise click.ClickException(f"The password was refused. {refusal.text}") from None
    hashed = hash_password(password)
    user = _known(name)
    resetting.replace(user, hashed, "password_changed", short=is_short(password), by_owner=False)
    if user.confirmed_at:  # nobody was in it before, and the link that confirms it is still needed
        resetting.take_ways_back(user)
    db.session.commit()
    click.echo(f"{user.username} has a new password; every session and API token has ended.")


def _known(name: str) -> User:
    # No database knows what is no text; and the account of who left, which has no address, is nobody's.
    user = find_login(name) if name and name.isprintable() else None
    if user is None or user.username_key == FORMER:
        raise click.ClickException(f"There is nobody called {name}.")
    return user
