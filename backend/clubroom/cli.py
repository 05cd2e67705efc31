"""The `clubroom` command. Exit code 0, or 1 (2 where the call itself is wrong) and one clear line on stderr."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .core.levels import ROLES, Role
from .settings import CUT_SHORT, RESTORE_MARK, SettingError, Settings

if TYPE_CHECKING:
    from flask import Flask


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what can go wrong for a person at a terminal into one sentence."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:  # the reader (`head`) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (SettingError, OSError) as error:
            raise click.ClickException(sentence(error)) from None
        except Exception as error:
            import sqlite3

            from sqlalchemy.exc import DatabaseError

            if not isinstance(error, DatabaseError | sqlite3.Error):
                raise
            raise click.ClickException(f"The database can't be used: {getattr(error, 'orig', error)}.") from None

    return run


def sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'The file'}: {error.strerror or error}."
    return f"{error}."


def read_password() -> str:
    """A line of standard input. Raises ClickException where it is not UTF-8."""
    try:
        line = sys.stdin.readline().rstrip("\r\n")
        line.encode()  # in some locales what is no UTF-8 is read all the same
    except UnicodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None
    return line


def ready_folder(settings: Settings) -> None:
    """Make the data folder, and see that it can be written and that the database has one. Raises ClickException."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.data_dir / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise click.ClickException(
            f"The data folder {settings.data_dir} can't be written ({error.strerror}). "
            "Set CLUBROOM_DATA_DIR to one that can."
        ) from None
    if not settings.database_file.parent.is_dir():
        raise click.ClickException(
            f"There is no folder {settings.database_file.parent} for the database. "
            "Make it, or set CLUBROOM_DATABASE_URL to a file in one that is there."
        )


def open_app(settings: Settings | None = None, **config: Any) -> Flask:
    """The app on an up-to-date database. Raises ClickException."""
    from . import create_app
    from .core import migrate
    from .core.database import db

    settings = settings or Settings.load()
    ready_folder(settings)
    if (settings.data_dir / RESTORE_MARK).exists():
        raise click.ClickException(f"The data folder {settings.data_dir}: {CUT_SHORT}.")
    app = create_app({"SETTINGS": settings} | config)
    with app.app_context():
        try:
            migrate.upgrade(db.engine)
        except migrate.NewerDatabase as error:
            raise click.ClickException(str(error)) from None
    return app


class WrongCall(click.ClickException):
    exit_code = 2


class Commands(click.Group):
    """Says in one line what is wrong with a call, as with everything else; a call that says nothing gets the help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with in_one_line():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with in_one_line():
            return super().invoke(ctx)


@contextmanager
def in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError as said:
        click.echo(said.format_message())
        raise click.exceptions.Exit(0) from None
    except click.UsageError as error:
        help = f" Try '{error.ctx.command_path} --help'." if error.ctx else ""
        raise WrongCall(error.format_message() + help) from None


@click.group("clubroom", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """A members' area for a club, class or small team.

    Ends with 0; with 1, and one line that says why, where something is wrong; with 2 where the call is.
    """


def served(command: Callable[..., None]) -> Callable[..., None]:
    """The options of what starts a server."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 64), help="How many server processes."),
        click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on."),
        click.option("--host", help="The address to listen on."),
    ):
        command = option(command)
    return command


@cli.command()
@served
@plainly
def run(host: str | None, port: int | None, workers: int | None) -> None:
    """Start Clubroom. It makes and updates its database by itself."""
    gc.disable()  # nearly all that a start makes stays: looking for garbage in it costs a tenth of the start
    settings = Settings.load(host=host, port=port, workers=workers)
    settings.refuse_demo()
    check_place(settings)
    start(open_app(settings), settings)


@cli.command("demo")
@served
@plainly
def run_demo(host: str | None, port: int | None, workers: int | None) -> None:
    """Start a club of made-up people to look around in. It is made anew at each start, in ./data-demo."""
    from . import demo

    settings = demo.demo_settings(Settings.load(host=host, port=port, workers=workers))
    check_place(settings)
    with demo.claimed(settings.data_dir):
        app = open_app(settings, **demo.CONFIG)
        with app.app_context():
            demo.fill()
        click.echo("This is a demonstration: everybody may sign in as " + ", ".join(demo.names()) + ".")
        start(app, settings)


def check_place(settings: Settings) -> None:
    """See that the server can listen where it should. Raises ClickException."""
    from .core import server

    try:
        server.check_port(settings.host, settings.port)
    except server.PortTaken as error:
        raise click.ClickException(str(error)) from None
    except (OSError, UnicodeError):  # the second where no name of a machine looks like that
        raise click.ClickException(
            f"There is no address {settings.host} to listen on. Choose another with --host or CLUBROOM_HOST."
        ) from None


def start(app: Flask, settings: Settings) -> None:
    """Serve until told to stop."""
    from .core import server
    from .core.database import db

    with app.app_context():
        greet(settings)
        db.session.remove()
        db.engine.dispose()  # no connection may be shared with the processes to come
    server.serve(app, settings)


def greet(settings: Settings) -> None:
    """Say where to go and, while there is no administrator, how to become it."""
    from .accounts.signup import set_up_token
    from .core.mail import link

    token = set_up_token()
    if settings.weak_key:
        click.echo(f"{settings.weak_key}.", err=True)
    click.echo(f"{settings.name} is at {settings.base_url} (stop it with Ctrl-C)")
    if token:
        click.echo("\nThere is no administrator yet. Open this link to become it; it works once:\n")
        click.echo(f"  {link('/setup', token)}\n")


@cli.command()
@plainly
def worker() -> None:
    """Do the jobs (mail, sweeping) as `run` does, beside it."""
    from .core.server import work_until_told

    work_until_told(open_app())


@cli.command("settings")
@plainly
def show_settings() -> None:
    """List every setting with its default and meaning."""
    for variable, default, meaning in Settings.describe():
        click.echo(f"{variable}={default}\n    {meaning}")


@cli.group()
def users() -> None:
    """Add and list people, change a role or a password."""


@users.command("add")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@plainly
def add_user(name: str, email: str, role: Role, password_stdin: bool) -> None:
    """Add a person, confirmed at once. Prints the id and, without a password, a link to choose one."""
    from .accounts import commands

    password = read_password() if password_stdin else None
    with open_app().app_context():
        commands.add(name, email, role, password)


@users.command("list")
@plainly
def list_users() -> None:
    """List people: id, username, e-mail, role, status."""
    from .accounts import commands

    with open_app().app_context():
        commands.show_all()


@users.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@plainly
def change_role(name: str, role: Role) -> None:
    """Change what a person may do; ends their sessions."""
    from .accounts import commands

    with open_app().app_context():
        commands.change_role(name, role)


@users.command("password")
@click.argument("name")
@plainly
def change_password(name: str) -> None:
    """Set a person's password, ending their sessions and API tokens. It is typed, or comes from standard input."""
    from .accounts import commands

    if sys.stdin.isatty():
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = read_password()
    with open_app().app_context():
        commands.change_password(name, password)


@cli.command()
@click.option("--users", "people", type=click.IntRange(0, 5_000_000), default=200, show_default=True)
@click.option("--files", type=click.IntRange(0, 100_000), default=0, show_default=True)
@plainly
def seed(people: int, files: int) -> None:
    """Add made-up people and files, to try things with. They can't sign in."""
    from . import seeding

    app = open_app()
    with app.app_context():
        made = seeding.seed(people, files)
    click.echo(f"Made {made.people} people and {made.files} files.")


def counted(files: int) -> str:
    return f"{files} file{'s' * (files != 1)}"


@cli.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@plainly
def make_backup(file: Path) -> None:
    """Save the whole club as one ZIP, while people go on using it. Files that can't be read are named, and the rest is
    saved.
    """
    from . import backup

    made = backup.make(Settings.load(), file.absolute())
    for problem in made.problems:
        click.echo(f"Not saved as it should be: {problem}.", err=True)
    click.echo(f"Saved the club and {counted(made.files)} in {file} ({made.size / 1_000_000:.1f} MB).")
    click.echo("Whoever has it can read all of the club: keep it where nobody else gets at it.")


@cli.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@plainly
def restore_backup(file: Path) -> None:
    """Put the club of a backup in the place of the one there is, which is kept aside. Clubroom must have stopped, and
    everybody signs in again.
    """
    from . import restoring
    from .core import audit
    from .core.clock import iso
    from .core.database import db

    settings = Settings.load()
    ready_folder(settings)
    restored = restoring.restore(settings, file.absolute())
    with open_app(settings).app_context():
        audit.record("restored", made_at=iso(restored.made_at))
        db.session.commit()
    click.echo(f"Restored the club of {restored.made_at:%-d %B %Y at %H:%M} UTC with {counted(restored.files)}.")
    click.echo("Everybody has to sign in again.")
    if restored.aside:
        click.echo(
            "\n  ".join(["What was there before is kept; delete it once everything works:", *map(str, restored.aside)])
        )


@cli.command()
@click.option("--scrub", is_flag=True, help="Also read every file, and see that it is what was uploaded.")
@plainly
def doctor(scrub: bool) -> None:
    """Check settings, database, storage and mail, and say what to do. Ends with 1 where something is wrong."""
    from . import examination
    from .scrub import scrub as scrubbed

    settings = Settings.load()
    problems = 0
    for name, problem in chain(examination.examine(settings), scrubbed(settings) if scrub else ()):
        problems += problem is not None
        click.echo(f"{'ok  ' if problem is None else 'FAIL'}  {name}{'' if problem is None else ': ' + problem}")
    if problems:
        raise click.ClickException(f"{problems} of these need attention.")


def main() -> None:
    os.umask(0o077)  # the database holds links that let people in: no other account of this machine reads it
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that this terminal can't show ends nothing
    cli(prog_name="clubroom")
