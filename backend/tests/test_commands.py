"""The `clubroom` command: what it prints, and one clear line with a non-zero exit where something is wrong."""

from __future__ import annotations

import io
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from click.testing import Result
from clubroom import scrub, seeding
from clubroom.accounts.factors.authenticator import purpose
from clubroom.accounts.leaving.departing import former_member
from clubroom.accounts.leaving.models import DataExport
from clubroom.accounts.models import User
from clubroom.cli import cli, greet
from clubroom.core import mail
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.core.mail import Mail
from clubroom.core.secret import seal
from clubroom.files.models import StoredFile
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select, update

from . import factories
from .factories import PASSWORD
from .steps import (
    Command,
    app_in,
    browser,
    complains,
    events,
    files_no_larger_than,
    mails_to,
    token_of,
    write_while_judging,
)


@pytest.fixture
def app(folder: Path) -> Flask:
    """The app on what the commands have written."""
    return app_in(folder)


def add(clubroom: Command, name: str = "ada", *more: str, typed: str | None = None) -> Result:
    return clubroom("users", "add", name, "--email", f"{name}@example.org", *more, typed=typed)


def test_a_person_added_with_a_password_signs_in_at_once(clubroom: Command, client: FlaskClient) -> None:
    result = add(clubroom, "ada", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (0, "1\n")
    answer = client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    assert (answer.json or {})["user"]["role"] == "admin"
    assert events() == ["account_created", "signed_in"]


def test_a_person_added_without_a_password_gets_a_link_that_works_once(clubroom: Command, client: FlaskClient) -> None:
    number, _, link = add(clubroom).stdout.splitlines()
    assert number == "1"
    assert link.startswith("  http://localhost:8000/welcome#token=")
    body = {"token": link.partition("=")[2], "password": PASSWORD}
    assert client.post("/api/users/confirm", json=body).status_code == 200
    assert client.post("/api/users/confirm", json=body).status_code == 400
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200


def test_people_are_listed(clubroom: Command) -> None:
    add(clubroom, "ada", "--role", "manager")
    add(clubroom, "ben")
    assert clubroom("users", "list").stdout == (
        "1\tada\tada@example.org\tmanager\tactive\n2\tben\tben@example.org\tmember\tactive\n"
    )


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (("ada", "--email", "new@example.org"), None, "Username already exists."),
        (("Ada", "--email", "new@example.org"), None, "Username already exists."),
        (("ben", "--email", "ADA@example.org"), None, "Email already exists."),
        (("ben", "--email", "nowhere"), None, "This is not an e-mail address."),
        (
            ("b n", "--email", "ben@example.org"),
            None,
            "Up to 32 letters, digits, dots, dashes and underscores; a letter or digit first and last.",
        ),
        (
            ("ben", "--email", "ben@example.org", "--password-stdin"),
            "short\n",
            "The password was refused. At least 15 characters. A short sentence is easy to keep in mind.",
        ),
        (
            ("ben", "--email", "ben@example.org", "--password-stdin"),
            "",
            "The password was refused. At least 15 characters. A short sentence is easy to keep in mind.",
        ),
    ],
)
def test_a_person_who_can_not_be_added_is_refused_in_one_line(
    clubroom: Command, arguments: tuple[str, ...], typed: str | None, sentence: str
) -> None:
    add(clubroom)
    assert complains(clubroom("users", "add", *arguments, typed=typed), sentence)
    assert clubroom("users", "list").stdout.count("\n") == 1


@pytest.mark.parametrize("name", ["club #1", "who?", "100%25", "zu Hause"])
def test_the_data_folder_may_have_any_name(clubroom: Command, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    assert clubroom("users", "add", "ada", "--email", "ada@example.org", data_dir=str(folder)).exit_code == 0
    assert (folder / "clubroom.db").is_file()
    assert clubroom("doctor", data_dir=str(folder)).stdout.splitlines()[2] == "ok    database"
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_new_role_ends_the_sessions(clubroom: Command, app: Flask) -> None:
    ada = factories.make_user("ada") if add(clubroom, "root", "--role", "admin") else None
    client = browser(app, ada)
    assert clubroom("users", "role", "ada", "manager").stdout == "ada is manager now.\n"
    assert client.get("/api/protected").status_code == 401
    assert (browser(app, ada).get("/api/me").json or {})["role"] == "manager"


def test_the_last_administrator_stays(clubroom: Command) -> None:
    add(clubroom, "ada", "--role", "admin")
    refused = clubroom("users", "role", "ada", "member")
    assert complains(refused, "ada is the last administrator. Make another one first.")
    add(clubroom, "ben", "--role", "admin")
    assert clubroom("users", "role", "ada", "member").exit_code == 0


@pytest.mark.parametrize("state", [{"status": "disabled"}, {"delete_at": now()}, {"confirmed_at": None}])
def test_who_can_not_run_the_club_is_not_the_last_administrator(
    clubroom: Command, app: Flask, state: dict[str, Any]
) -> None:
    add(clubroom, "ada", "--role", "admin")
    factories.make_user("gone", role="admin")
    with factories.database() as session:
        session.execute(update(User).where(User.username == "gone").values(state))
    assert complains(
        clubroom("users", "role", "ada", "member"), "ada is the last administrator. Make another one first."
    )
    assert clubroom("users", "role", "gone", "member").exit_code == 0


def test_a_new_password_replaces_the_old_and_turns_out_whoever_is_in_the_account(clubroom: Command, app: Flask) -> None:
    add(clubroom, "ada", "--password-stdin", typed=PASSWORD)
    client = app.test_client()
    client.post("/api/login", json={"username": "ada", "password": PASSWORD})
    script = token_of(client, "read")
    assert clubroom("users", "password", "ada", typed="nine loud crows at dusk\n").exit_code == 0
    assert "was changed just now. Every" in mails_to("ada@example.org")[-1].text
    assert client.get("/api/protected").status_code == 401
    assert client.get("/api/protected", headers=script).status_code == 401
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 401
    assert client.post("/api/login", json={"username": "ada", "password": "nine loud crows at dusk"}).status_code == 200


def test_nobody_waits_while_a_new_password_is_judged(
    clubroom: Command, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(clubroom, "ada")
    judged = write_while_judging(monkeypatch, app.config["SETTINGS"])
    assert clubroom("users", "password", "ada", typed="nine loud crows at dusk\n").exit_code == 0
    assert judged == ["nine loud crows at dusk"]


class Terminal(io.BytesIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_a_new_password_is_asked_for_twice_and_not_shown(clubroom: Command, client: FlaskClient) -> None:
    add(clubroom)
    typed = f"{PASSWORD}\n{PASSWORD} no\n{PASSWORD}\n{PASSWORD}\n"
    result = clubroom("users", "password", "ada", typed=Terminal(typed.encode()))
    assert result.exit_code == 0
    assert "The two entered values do not match." in result.output
    assert PASSWORD not in result.output
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200


def test_a_weak_password_is_refused_in_one_line_and_changes_nothing(clubroom: Command, client: FlaskClient) -> None:
    add(clubroom, "ada", "--password-stdin", typed=PASSWORD)
    sentence = "The password was refused. At least 15 characters. A short sentence is easy to keep in mind."
    assert complains(clubroom("users", "password", "ada", typed="short\n"), sentence)
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200


def test_while_there_is_no_administrator_the_start_shows_the_way_to_become_it(
    app: Flask, clubroom: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add(clubroom)

    def greeted() -> list[str]:
        with app.app_context():
            greet(app.config["SETTINGS"])
        return capsys.readouterr().out.splitlines()

    where, *way = greeted()
    assert where == "Clubroom is at http://localhost:8000 (stop it with Ctrl-C)"
    (link,) = [line.strip() for line in way if "http" in line]
    assert link.startswith("http://localhost:8000/setup#token=")
    body = {"username": "root", "email": "root@example.org", "password": PASSWORD, "token": link.partition("=")[2]}
    assert app.test_client().post("/api/setup", json=body).status_code == 201
    assert greeted() == [where]


def test_a_short_secret_key_is_named_at_the_start(
    app: Flask, clubroom: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add(clubroom)
    with app.app_context():
        greet(Settings.load({"CLUBROOM_SECRET_KEY": "hunter2"}))
    said = capsys.readouterr()
    assert said.err.startswith("CLUBROOM_SECRET_KEY is short")
    assert "hunter2" not in said.out + said.err


@pytest.mark.parametrize(
    ("name", "shown"), [("nobody", "nobody"), ("former member", "former member"), ("", ""), ("\udcff", "\\udcff")]
)
@pytest.mark.parametrize("action", ["role", "password"])
def test_nobody_is_changed_by_a_wrong_name(clubroom: Command, app: Flask, action: str, name: str, shown: str) -> None:
    add(clubroom)
    with app.app_context():
        former_member()  # has no address, which is no name either
        db.session.commit()
    role = ["admin"] if action == "role" else []
    refused = clubroom("users", action, name, *role, typed=PASSWORD)
    assert complains(refused, f"There is nobody called {shown}.")


def test_seeding_makes_people_who_can_not_sign_in(clubroom: Command) -> None:
    assert clubroom("seed", "--users", "30").stdout == "Made 30 people and 0 files.\n"
    assert clubroom("seed", "--users", "5").exit_code == 0
    listed = clubroom("users", "list").stdout.splitlines()
    assert len({line.split("\t")[1] for line in listed}) == 35


def test_seeding_lets_others_write_meanwhile(app: Flask, clubroom: Command) -> None:
    add(clubroom)
    commits: list[object] = []
    with app.app_context():
        event.listen(db.engine, "commit", commits.append)
        assert seeding.seed(2 * seeding.BATCH + 1).people == 2 * seeding.BATCH + 1
    assert len(commits) >= 3


def test_a_list_of_nobody_says_where_it_looked(clubroom: Command, folder: Path) -> None:
    result = clubroom("users", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(f"There is nobody in {folder} yet.")


def test_every_setting_is_shown_with_its_default(clubroom: Command) -> None:
    shown = clubroom("settings").stdout
    assert all(f"{name}={default}\n    {meaning}\n" in shown for name, default, meaning in Settings.describe())


class TestTheDoctor:
    def test_finds_nothing_wrong_with_a_club_that_runs(self, clubroom: Command) -> None:
        add(clubroom)
        result = clubroom("doctor")
        assert result.exit_code == 0
        assert "FAIL" not in result.stdout

    def test_says_what_is_not_there_yet(self, clubroom: Command) -> None:
        result = clubroom("doctor")
        assert result.exit_code == 1
        assert "is not there yet; `clubroom run` makes it" in result.stdout

    def test_goes_on_where_something_can_not_even_be_looked_at(self, clubroom: Command, tmp_path: Path) -> None:
        add(clubroom)
        result = clubroom("doctor", database_url=f"sqlite:///{tmp_path}/{'n' * 300}")
        assert "FAIL  database: can't be reached (File name too long); change the owner" in result.stdout
        assert result.stdout.endswith("ok    address\n")

    def test_finds_a_disk_that_is_away(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        shutil.rmtree(folder / "files")
        (folder / "files").symlink_to("/nowhere/club")
        result = clubroom("doctor")
        assert result.exit_code == 1
        assert "what belongs to it can't be used (files); change the owner" in result.stdout

    def test_finds_that_the_files_are_gone(self, clubroom: Command, folder: Path) -> None:
        clubroom("seed", "--users", "1", "--files", "2")
        assert "ok    files\n" in clubroom("doctor").stdout
        shutil.rmtree(folder / "files")
        for _ in ("before", "after"):
            assert "FAIL  files: none of the club's 2 is there; mount their disk" in clubroom("doctor").stdout
            clubroom("users", "list")  # which makes the folder anew, empty

    def test_finds_a_proxy_before_an_address_that_nobody_behind_it_has(self, clubroom: Command) -> None:
        proxied = {"trusted_proxies": "127.0.0.1"}
        assert "FAIL  address: people come through a proxy, but" in clubroom("doctor", **proxied).stdout
        assert "ok    address\n" in clubroom("doctor", base_url="http://club.example", **proxied).stdout

    @pytest.mark.parametrize("name", ["cache", "files", "secret-key", "clubroom.db"])
    def test_finds_what_is_no_folder_or_no_file(self, clubroom: Command, folder: Path, name: str) -> None:
        add(clubroom)
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
            path.touch()
        else:
            path.unlink()
            path.mkdir()
        said = clubroom("doctor").stdout
        assert f"what belongs to it can't be used ({name}); change the owner, or move away" in said
        assert "is not there yet" not in said

    def test_leaves_alone_what_is_not_ours(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        (folder / "lost+found").symlink_to("/nowhere")  # not even root can use it
        assert clubroom("doctor").exit_code == 0

    @pytest.mark.parametrize("tables", ["", "CREATE TABLE pigeons (ring TEXT)"])
    def test_finds_a_database_without_our_tables(self, clubroom: Command, folder: Path, tables: str) -> None:
        folder.mkdir()
        with closing(sqlite3.connect(folder / "clubroom.db")) as connection:
            connection.executescript(tables)
        assert "FAIL  database: has nothing of Clubroom in it; `clubroom run` fills it" in clubroom("doctor").stdout

    def test_finds_a_damaged_database(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        path = folder / "clubroom.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 8192 + path.read_bytes()[16384:])
        result = clubroom("doctor")
        assert result.exit_code == 1
        assert "restore a backup" in result.stdout

    def test_finds_a_database_that_is_none(self, clubroom: Command, folder: Path) -> None:
        folder.mkdir()
        (folder / "clubroom.db").write_bytes(b"not a database" * 1000)
        assert "FAIL  database: can't be read (file is not a database); restore a backup" in clubroom("doctor").stdout

    def test_finds_a_database_of_a_newer_clubroom(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        with closing(sqlite3.connect(folder / "clubroom.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert "was made by a newer version of Clubroom" in clubroom("doctor").stdout
        assert complains(
            clubroom("users", "list"),
            "The database was made by a newer version of Clubroom. Install that version, or restore a backup.",
        )

    def test_finds_a_database_of_no_version(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        with closing(sqlite3.connect(folder / "clubroom.db")) as connection, connection:
            connection.execute("DELETE FROM alembic_version")
        assert "FAIL  database: does not say which version made it; restore a backup" in clubroom("doctor").stdout

    def test_finds_a_secret_key_that_is_another_one(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        sealed = seal((folder / "secret-key").read_text(), "KEY", purpose(1))
        with closing(sqlite3.connect(folder / "clubroom.db")) as connection, connection:
            connection.execute(
                "INSERT INTO authenticators (user_id, sealed, last_step, created_at) VALUES (1, ?, 0, '2026-01-01')",
                [sealed],
            )
        assert clubroom("doctor").exit_code == 0
        assert "FAIL  secret key: is not the one" in clubroom("doctor", secret_key="another" * 5).stdout
        (folder / "secret-key").unlink()
        assert "FAIL  secret key: is not the one" in clubroom("doctor").stdout

    def test_finds_a_secret_key_that_is_none(self, clubroom: Command, folder: Path) -> None:
        add(clubroom)
        (folder / "secret-key").write_text("")
        sentence = f"{folder / 'secret-key'} holds no secret key any more. Put the old one back;"
        assert f"FAIL  secret key: {sentence}" in clubroom("doctor").stdout
        assert sentence in clubroom("users", "list").stderr

    def test_finds_a_secret_key_that_is_short(self, clubroom: Command) -> None:
        assert "FAIL  secret key: CLUBROOM_SECRET_KEY is short" in clubroom("doctor", secret_key="hunter2").stdout
        add(clubroom)
        assert "FAIL  secret key: CLUBROOM_SECRET_KEY is short" in clubroom("doctor", secret_key="hunter2").stdout

    def test_tries_the_mail_server(self, clubroom: Command, port: int) -> None:
        add(clubroom)
        server = Controller(Sink(), hostname="127.0.0.1", port=port)
        server.start()
        try:
            there = {"mail_url": f"smtp://127.0.0.1:{server.port}", "base_url": "https://club.example"}
            assert "ok    mail\n" in clubroom("doctor", **there).stdout
        finally:
            server.stop()

    def test_tells_how_many_mails_wait_for_the_mail_server_since_when_and_why(
        self, clubroom: Command, folder: Path, port: int
    ) -> None:
        add(clubroom)
        app = app_in(folder)
        with app.app_context():
            for n in range(3):
                mail.queue("taken", "ada@example.org")
                db.session.flush()
                moment = datetime(2026, 1, 2, 3, 4 + n, tzinfo=UTC)
                values = {"state": "waiting", "held_up": n < 2, "created_at": moment, "reason": f"No try of {n}."}
                db.session.execute(update(Mail).where(Mail.state == "kept").values(**values))
            db.session.commit()
        server = Controller(Sink(), hostname="127.0.0.1", port=port)
        server.start()
        try:
            said = clubroom("doctor", mail_url=f"smtp://127.0.0.1:{port}", base_url="https://club.example").stdout
        finally:
            server.stop()
        assert "FAIL  mail: 2 mails wait for it since 2026-01-02 03:04 UTC. No try of 0.\n" in said

    def test_says_of_a_mail_server_that_answers_oddly_that_it_does_not_take_us(self, clubroom: Command) -> None:
        add(clubroom)
        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as odd:

            def answer() -> None:
                with listening.accept()[0] as client, client.makefile("rwb") as line:
                    for words in (b"220 odd", b"250-odd\r\n250 AUTH LOGIN", b"334 abc"):
                        line.write(words + b"\r\n")
                        line.flush()
                        line.readline()

            odd.submit(answer)
            there = f"smtp://me:secret@127.0.0.1:{listening.getsockname()[1]}"
            result = clubroom("doctor", mail_url=there, base_url="https://club.example")
        assert "FAIL  mail: the server does not take us (Incorrect padding)" in result.stdout
        assert "ok    address" in result.stdout

    def test_finds_a_mail_server_that_is_away(self, clubroom: Command) -> None:
        add(clubroom)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
            result = clubroom("doctor", mail_url=f"smtp://127.0.0.1:{taken.getsockname()[1]}")
        assert result.exit_code == 1
        assert "FAIL  mail: the server does not take us" in result.stdout


class TestScrubbing:
    @pytest.fixture
    def kept(self, clubroom: Command, folder: Path) -> Path:
        """What is on the disk of one file, well as it is."""
        clubroom("seed", "--users", "1", "--files", "2")
        result = clubroom("doctor", "--scrub")
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "ok    files (2 read)")
        return min(path for path in folder.glob("files/*/*") if len(path.name) == 32)

    @pytest.mark.parametrize(
        ("damage", "what"),
        [
            (
                lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
                "is not what was",
            ),
            (lambda path: path.write_bytes(b""), "is not what was uploaded; upload it again, or restore a backup"),
            (lambda path: path.unlink(), "is missing; upload it again, or restore a backup"),
            (lambda path: (path.unlink(), path.mkdir()), "can't be read (Is a directory); change its owner, or upload"),
        ],
    )
    def test_finds_what_is_not_what_was_uploaded(
        self, clubroom: Command, kept: Path, damage: Callable[[Path], object], what: str
    ) -> None:
        damage(kept)
        assert "FAIL" not in clubroom("doctor").stdout
        result = clubroom("doctor", "--scrub")
        assert result.exit_code == 1
        assert f"({kept.name}): {what}" in result.stdout.splitlines()[-1]
        assert result.stdout.count("FAIL") == 1

    def test_makes_nothing_where_the_disk_of_the_files_is_away(
        self, clubroom: Command, kept: Path, folder: Path
    ) -> None:
        shutil.rmtree(folder / "files")
        assert clubroom("doctor", "--scrub").stdout.count("is missing; upload it again") == 2
        assert not (folder / "files").exists()

    def test_finds_what_belongs_to_nobody(self, clubroom: Command, kept: Path) -> None:
        kept.with_name("f" * 32).touch()
        result = clubroom("doctor", "--scrub")
        assert result.stdout.splitlines()[-1] == (
            f"FAIL  {kept.with_name('f' * 32)}: belongs to nobody; `clubroom run` removes it when it is a day old"
        )

    def test_has_no_quarrel_with_what_comes_and_goes_meanwhile(
        self, clubroom: Command, app: Flask, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        coming = kept.with_name("e" * 32)
        coming.touch()
        look = scrub._look

        def meanwhile(path: Path, sha256: str) -> str | None:
            if kept.exists():
                with app.app_context():
                    db.session.execute(delete(StoredFile).where(StoredFile.key == kept.name))
                    db.session.add(DataExport(user_id=db.session.scalar(select(User.id)), key=coming.name, size=0))
                    db.session.commit()
                kept.unlink()
            return look(path, sha256)

        monkeypatch.setattr(scrub, "_look", meanwhile)
        assert clubroom("doctor", "--scrub").exit_code == 0

    def test_leaves_alone_what_is_not_ours_and_downloads_of_ones_own_data(
        self, clubroom: Command, app: Flask, kept: Path
    ) -> None:
        (kept.parents[1] / "lost+found").mkdir()
        kept.with_name("e" * 32).touch()
        with app.app_context():
            db.session.add(DataExport(user_id=db.session.scalar(select(User.id)), key="e" * 32, size=0))
            db.session.commit()
        assert clubroom("doctor", "--scrub").exit_code == 0

    def test_says_so_where_there_is_nothing_to_compare_with(self, clubroom: Command, folder: Path) -> None:
        said = clubroom("doctor", "--scrub").stdout
        assert "FAIL  files: can't be compared with what the database knows (unable to open" in said
        assert not folder.exists()


@pytest.mark.parametrize("command", [("run",), ("users", "list"), ("doctor",), ("seed",), ("worker",)])
def test_a_setting_that_makes_no_sense_stops_every_command(clubroom: Command, command: tuple[str, ...]) -> None:
    result = clubroom(*command, registration="maybe")
    assert complains(result, "CLUBROOM_REGISTRATION must be one of open, private, closed, not 'maybe'.")


@pytest.mark.parametrize("command", [("run", "--port", "{port}"), ("users", "list"), ("seed",)])
def test_a_data_folder_that_is_a_file_is_said_plainly(
    clubroom: Command, folder: Path, command: tuple[str, ...]
) -> None:
    folder.write_text("a file")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = clubroom(*(part.format(port=port) for part in command))
    sentence = f"The data folder {folder} can't be written (File exists). Set CLUBROOM_DATA_DIR to one that can."
    assert complains(result, sentence)


def test_a_file_of_the_data_folder_that_can_not_be_read_is_said_plainly(clubroom: Command, folder: Path) -> None:
    (folder / "secret-key").mkdir(parents=True)
    assert complains(clubroom("users", "list"), f"{folder / 'secret-key'}: Is a directory.")


def test_a_call_that_says_nothing_gets_the_help(clubroom: Command) -> None:
    for call, names in (((), cli.commands), (("users",), ("add", "list"))):
        result = clubroom(*call)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("Usage: clubroom ")
        assert all(name in result.stdout for name in names)


def test_a_port_that_is_taken_is_said_plainly(clubroom: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = clubroom("run", "--port", str(port))
    assert complains(
        result,
        f"Port {port} on 127.0.0.1 can't be used (Address already in use). Choose another with --port or "
        "CLUBROOM_PORT.",
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 64])
def test_an_address_that_is_not_this_machines_is_said_plainly(clubroom: Command, port: int, host: str) -> None:
    result = clubroom("run", "--host", host, "--port", str(port))
    assert complains(result, f"There is no address {host} to listen on. Choose another with --host or CLUBROOM_HOST.")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            "run --port http",
            "Invalid value for '--port': 'http' is not a valid integer range. Try 'clubroom run --help'.",
        ),
        ("users add", "Missing argument 'NAME'. Try 'clubroom users add --help'."),
        ("--colour", "No such option '--colour'. Try 'clubroom --help'."),
        ("walk", "No such command 'walk'. Try 'clubroom --help'."),
    ],
)
def test_a_wrong_call_is_said_in_one_line(clubroom: Command, call: str, sentence: str) -> None:
    result = clubroom(*call.split())
    assert complains(result, sentence)
    assert result.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_a_database_that_is_none_is_said_plainly(clubroom: Command, folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "clubroom.db").write_bytes(content)
    result = clubroom("users", "list")
    assert (
        result.exit_code == 0
        if not content
        else complains(result, "The database can't be used: file is not a database.")
    )


def test_an_update_whose_copy_does_not_fit_is_said_plainly(clubroom: Command, folder: Path) -> None:
    add(clubroom)
    with closing(sqlite3.connect(folder / "clubroom.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0007'")
    with files_no_larger_than(40_000):
        result = clubroom("users", "list")
    assert complains(result, "The database can't be used: disk I/O error.")
    assert [one.name for one in folder.glob("*before*")] == []


def test_a_database_where_no_folder_is_is_said_plainly(clubroom: Command, tmp_path: Path) -> None:
    away = f"sqlite:///{tmp_path}/nowhere/club.db"
    for command in (("users", "list"), ("run",)):
        assert complains(
            clubroom(*command, database_url=away),
            f"There is no folder {tmp_path}/nowhere for the database. "
            "Make it, or set CLUBROOM_DATABASE_URL to a file in one that is there.",
        )
    said = clubroom("doctor", database_url=away).stdout
    assert f"FAIL  database: there is no folder {tmp_path}/nowhere; make it" in said


def test_the_module_is_the_same_command(folder: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"CLUBROOM_DATA_DIR": str(folder), "PYTHONPATH": "backend"}
        command = [sys.executable, "-m", "clubroom", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    added = run("users", "add", "ada", "--email", "ada@example.org")
    assert (added.returncode, added.stdout.splitlines()[0], added.stderr) == (0, "1", "")
    again = run("users", "add", "ada", "--email", "ada@example.org")
    assert (again.returncode, again.stdout, again.stderr) == (1, "", "Error: Username already exists.\n")


def test_a_name_that_the_terminal_cannot_show_ends_nothing(clubroom: Command, folder: Path) -> None:
    add(clubroom, "łukasz")
    environment = os.environ | {
        "CLUBROOM_DATA_DIR": str(folder),
        "PYTHONPATH": "backend",
        "PYTHONIOENCODING": "latin-1",
    }
    command = [sys.executable, "-m", "clubroom", "users", "list"]
    run = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    assert b"\\u0142ukasz" in run.stdout


def test_nobody_else_on_the_machine_reads_the_database(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    environ = os.environ | {"CLUBROOM_DATA_DIR": str(folder)}
    subprocess.run([sys.executable, "-m", "clubroom", "users", "list"], env=environ, check=True)
    assert (folder / "clubroom.db").stat().st_mode & 0o077 == 0


def test_a_reader_that_has_seen_enough_is_no_error(clubroom: Command, folder: Path) -> None:
    assert clubroom("seed", "--users", "3000").exit_code == 0
    environ = os.environ | {"CLUBROOM_DATA_DIR": str(folder)}
    command = f"{sys.executable} -m clubroom users list | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_a_reader_that_takes_its_time_keeps_nobody_from_writing(clubroom: Command, folder: Path) -> None:
    assert clubroom("seed", "--users", "3000").exit_code == 0  # more than a pipe holds
    environ = os.environ | {"CLUBROOM_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "clubroom", "users", "list"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as listing:
        assert listing.stdout
        listing.stdout.readline()
        with closing(sqlite3.connect(folder / "clubroom.db", timeout=5)) as connection:
            connection.execute("BEGIN IMMEDIATE")
        assert listing.poll() is None
        assert len(listing.stdout.readlines()) == 2999


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_password_that_is_not_utf8_is_refused_in_one_line(clubroom: Command, folder: Path, errors: str) -> None:
    assert add(clubroom).exit_code == 0
    environ = os.environ | {
        "CLUBROOM_DATA_DIR": str(folder),
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": f"utf-8:{errors}",
    }
    command = [sys.executable, "-m", "clubroom", "users", "password", "ada"]
    done = subprocess.run(command, env=environ, input=b"\xff\xfe a long password\n", capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"Error: The password on standard input is not UTF-8.\n")
