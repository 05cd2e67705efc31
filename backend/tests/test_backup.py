"""The whole club in one file, made while people write; and back, checked before anything is changed."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import Result
from clubroom import backup, create_app, restoring
from clubroom.core import storage
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.core.jobs import Job
from clubroom.core.mail import Mail
from clubroom.core.storage import Disk
from clubroom.files.models import StoredFile
from clubroom.settings import DEMO_MARK, Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from time_machine import TimeMachineFixture

from . import factories
from .accounts.factors.steps import enter_code, told
from .factories import PASSWORD
from .files.steps import content, uploaded
from .steps import Command, app_in, complains, events, make_as_of


def run(folder: Path, *arguments: str | Path, typed: str = "") -> None:
    """The command in a process of its own, which leaves no connection open."""
    subprocess.run([sys.executable, "-m", "clubroom", *arguments], input=typed, text=True, check=True,
                   capture_output=True, env=os.environ | {"CLUBROOM_DATA_DIR": str(folder)})  # fmt: skip


def one_to_hurt(app: Flask, folder: Path) -> Path:
    """Where the bytes of `hurt.txt` are, one of two files that have just been uploaded."""
    client = app.test_client()
    sign_in(client)
    uploaded(client, ("hurt.txt", b"1"))
    uploaded(client, ("well.txt", b"3"))
    (hurt,) = (path for path in folder.rglob("files/*/*") if path.is_file() and path.read_bytes() == b"1")
    return hurt


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a club in `data`, and its backup from before somebody came."""
    place = tmp_path_factory.mktemp("club")
    folder = place / "data"
    ada = ("ada", "--email", "ada@example.org", "--role", "admin", "--password-stdin")
    run(folder, "users", "add", *ada, typed=PASSWORD)
    app = app_in(folder)
    client = app.test_client()
    sign_in(client)
    uploaded(client, ("minutes.txt", b"All were there."))
    run(folder, "backup", place / "club.zip")
    factories.make_user("later")
    with app.app_context():
        db.engine.dispose()
    return place


@pytest.fixture
def folder(club: Path, tmp_path: Path) -> Path:
    return shutil.copytree(club / "data", tmp_path / "data")


@pytest.fixture
def app(folder: Path) -> Flask:
    return app_in(folder)


@pytest.fixture
def saved(club: Path, tmp_path: Path) -> Path:
    """The backup, and where other ones go."""
    return Path(shutil.copy(club / "club.zip", tmp_path))


@pytest.fixture
def other(clubroom: Command, tmp_path: Path) -> Command:
    """The command on another data folder."""

    def run(*arguments: str, **variables: str) -> Result:
        return clubroom(*arguments, **{"data_dir": str(tmp_path / "other"), **variables})

    return run


def sign_in(client: FlaskClient, name: str = "ada") -> Any:
    return client.post("/api/login", json={"username": name, "password": PASSWORD})


def contents(client: FlaskClient) -> dict[str, bytes]:
    """The files that whoever is signed in sees."""
    return {one["name"]: content(client, one).data for one in client.get("/api/uploads").get_json()}


def tree(folder: Path) -> dict[str, bytes]:
    """All that is in a data folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def restored(folder: Path) -> dict[str, Any]:
    """All that was restored into a data folder, but for the note that it was."""
    with closing(sqlite3.connect(folder / "clubroom.db")) as database:
        rows = [line for line in database.iterdump() if "'restored'" not in line]
    return {"rows": rows} | {name: held for name, held in tree(folder).items() if not name.startswith("clubroom.db")}


def rebuilt(saved: Path, change: Any) -> None:
    """Write the backup anew, with other entries."""
    with ZipFile(saved) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with ZipFile(saved, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def test_a_club_is_restored_with_people_files_and_factors(
    app: Flask, clubroom: Command, other: Command, saved: Path, tmp_path: Path
) -> None:
    app_of_grace = factories.make_authenticator(factories.make_user("grace"), now() - timedelta(hours=1))
    result = clubroom("backup", str(saved))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Saved the club and 1 file in {saved} (")

    result = other("restore", str(saved))

    assert (result.exit_code, result.stderr) == (0, "")
    assert re.match(r"Restored the club of \d+ [A-Z]\w+ \d{4} at \d\d:\d\d UTC with 1 file\.\n", result.stdout)
    assert "Everybody has to sign in again." in result.stdout
    restored = app_in(tmp_path / "other")
    assert events()[-1] == "restored"
    client = restored.test_client()
    assert sign_in(client).status_code == 200
    assert contents(client) == {"minutes.txt": b"All were there."}
    client = restored.test_client()
    sign_in(client, "grace")
    assert told(enter_code(client, app_of_grace.at(now()))) == (200, None)  # it was sealed with the club's key


def test_a_secret_key_that_is_kept_elsewhere_is_in_no_backup(clubroom: Command, saved: Path, folder: Path) -> None:
    key = (folder / "secret-key").read_text()
    assert clubroom("backup", str(saved), secret_key=key).exit_code == 0
    with ZipFile(saved) as archive:
        assert not [name for name in archive.namelist() if key.encode() in archive.read(name)]
    assert clubroom("restore", str(saved)).exit_code == 0
    assert (folder / "secret-key").read_text() == key


def test_what_must_not_come_back_stays_behind(
    app: Flask, clubroom: Command, other: Command, saved: Path, tmp_path: Path
) -> None:
    client = app.test_client()
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie
    client.post("/api/me/export")
    with factories.database() as session:
        session.add(Mail(id="m", recipient="a@b.org", subject="s", text="t", html="h", state="waiting"))
        session.add(Job(kind="mail", arguments={"mail_id": "m"}, due_at=now(), attempts=0))
    clubroom("backup", str(saved))
    assert other("restore", str(saved)).exit_code == 0
    client = app_in(tmp_path / "other").test_client()
    client.set_cookie("session", cookie.value)
    assert client.get("/api/me").status_code == 401
    with factories.database() as session:
        for table, where in (("mails", "state = 'waiting'"), ("jobs", "kind = 'mail'"), ("data_exports", "true")):
            assert session.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar() == 0, table


@pytest.fixture(params=backup.STOPS)
def stop(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal to stop, which is heard also where it is ignored, as under `nohup`."""
    heard = signal.default_int_handler if request.param == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(request.param, heard)
    yield request.param
    signal.signal(request.param, before)


class TestABackup:
    def test_waits_for_nobody_who_writes(self, clubroom: Command, saved: Path, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "clubroom.db", timeout=0)) as writing:
            writing.execute("BEGIN IMMEDIATE")
            writing.execute("UPDATE users SET username = 'later'")
            assert clubroom("backup", str(saved)).exit_code == 0
            writing.commit()

    def test_keeps_nobody_from_writing_and_is_of_one_moment(
        self, app: Flask, clubroom: Command, other: Command, saved: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        client = app.test_client()
        sign_in(client)
        uploaded(client, ("photo.txt", b"A heron."))
        opened = Disk.open

        def opening(disk: Disk, key: str) -> Any:
            monkeypatch.setattr(Disk, "open", opened)
            with factories.database() as session:
                (rest,) = session.scalars(select(StoredFile).where(StoredFile.key != key))
                session.delete(rest)
            disk.delete(rest.key)
            uploaded(client, ("late.txt", b"Late."))
            return opened(disk, key)

        monkeypatch.setattr(Disk, "open", opening)
        result = clubroom("backup", str(saved))
        assert (result.exit_code, result.stderr) == (0, "")
        assert "and 1 file" in result.stdout  # one is gone for good since, one came later
        other("restore", str(saved))
        client = app_in(tmp_path / "other").test_client()
        sign_in(client)
        assert list(contents(client).items()) in ([("minutes.txt", b"All were there.")], [("photo.txt", b"A heron.")])

    @pytest.mark.parametrize("damage", [os.unlink, lambda path: path.write_bytes(b"2")])
    def test_says_which_files_are_not_as_they_should_be_and_saves_the_rest(
        self, app: Flask, clubroom: Command, saved: Path, folder: Path, damage: Any
    ) -> None:
        hurt = one_to_hurt(app, folder)
        damage(hurt)
        result = clubroom("backup", str(saved))
        assert result.exit_code == 0
        what = "is missing" if damage is os.unlink else "is not what was uploaded"
        assert result.stderr == f"Not saved as it should be: hurt.txt ({hurt.name}) {what}.\n"

    @pytest.mark.parametrize("how", ["", " to its end"])
    def test_says_which_files_cannot_be_read_and_saves_the_rest(
        self, app: Flask, clubroom: Command, saved: Path, folder: Path, how: str
    ) -> None:
        hurt = one_to_hurt(app, folder)
        hurt.unlink()
        if how:
            hurt.symlink_to("/proc/self/mem")  # which is opened, and whose beginning nobody reads
        else:
            hurt.mkdir()
        result = clubroom("backup", str(saved))
        assert result.exit_code == 0
        assert result.stderr == f"Not saved as it should be: hurt.txt ({hurt.name}) can't be read{how}.\n"
        with ZipFile(saved) as archive:
            assert archive.testzip() is None
            assert b"3" in [archive.read(name) for name in archive.namelist()]

    def test_told_to_stop_leaves_no_copy_of_the_club(self, folder: Path, saved: Path, stop: signal.Signals) -> None:
        first = next(path for path in folder.rglob("files/*/*") if path.is_file())
        first.unlink()
        os.mkfifo(first)  # whoever opens it waits
        command = [sys.executable, "-m", "clubroom", "backup", str(saved)]
        with subprocess.Popen(command, env=os.environ | {"CLUBROOM_DATA_DIR": str(folder)}) as stopped:
            while not list(saved.parent.glob(".clubroom-backup-*/backup.zip")):
                assert stopped.poll() is None
            stopped.send_signal(stop)
            assert stopped.wait(10) == 128 + stop
        assert sorted(one.name for one in saved.parent.iterdir()) == ["club.zip", "data"]

    def test_removes_what_one_left_that_a_power_cut_ended(self, clubroom: Command, saved: Path) -> None:
        for age in (0, 2):
            left = saved.parent / f".clubroom-backup-{age}"
            left.mkdir()
            (left / "clubroom.db").touch()
            os.utime(left, times=(time.time() - age * 86_400,) * 2)
        assert clubroom("backup", str(saved)).exit_code == 0
        assert sorted(one.name for one in saved.parent.iterdir()) == [".clubroom-backup-0", "club.zip", "data"]

    def test_holds_nothing_that_was_deleted(self, app: Flask, clubroom: Command, saved: Path) -> None:
        factories.make_user("zzyzx.the.forgotten")
        with factories.database() as session:
            session.execute(text("DELETE FROM users WHERE username LIKE 'zzyzx%'"))
        clubroom("backup", str(saved))
        with ZipFile(saved) as archive:
            assert b"zzyzx" not in archive.read("clubroom.db")

    def test_is_made_also_where_the_clock_has_no_battery(
        self, clubroom: Command, saved: Path, time_machine: TimeMachineFixture
    ) -> None:
        time_machine.move_to("1970-01-02T00:00:00Z")
        assert clubroom("backup", str(saved)).exit_code == 0
        with ZipFile(saved) as made:
            assert {one.date_time[:3] for one in made.infolist()} == {(1980, 1, 2)}

    def test_is_for_its_owner_alone(self, clubroom: Command, saved: Path, folder: Path) -> None:
        saved.unlink()
        run(folder, "backup", saved)
        assert saved.stat().st_mode & 0o777 == 0o600

    def test_leaves_the_last_one_where_it_can_not_be_made(self, clubroom: Command, saved: Path, folder: Path) -> None:
        clubroom("backup", str(saved))
        before = saved.read_bytes()
        path = folder / "clubroom.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 8192 + path.read_bytes()[16384:])
        result = clubroom("backup", str(saved))
        assert complains(result, f"{saved}: database disk image is malformed.")
        assert saved.read_bytes() == before
        assert sorted(one.name for one in saved.parent.iterdir()) == ["club.zip", "data"]

    def test_needs_a_club_and_a_place(self, clubroom: Command, other: Command, saved: Path, tmp_path: Path) -> None:
        place = tmp_path / "nowhere"
        assert complains(clubroom("backup", str(place / "club.zip")), f"There is no folder {place}.")
        sentence = f"There is no club in {tmp_path}/other. Another one is in another CLUBROOM_DATA_DIR."
        assert complains(other("backup", str(saved)), sentence)
        assert not (tmp_path / "other").exists()


def newer(entries: dict[str, bytes]) -> None:
    """The database of a version to come, in an else sound backup."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(entries["clubroom.db"])
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
        sound(entries, "clubroom.db", database.serialize())


def sound(entries: dict[str, bytes], name: str, content: bytes) -> None:
    """Put something in, as a backup would say of it."""
    manifest = json.loads(entries["manifest.json"])
    manifest["entries"][name] = {"size": len(content), "sha256": sha256(content).hexdigest()}
    entries |= {name: content, "manifest.json": json.dumps(manifest).encode()}


def dated(entries: dict[str, bytes], made_at: str) -> bytes:
    return json.dumps(json.loads(entries["manifest.json"]) | {"made_at": made_at}).encode()


DAMAGED = "{saved} is damaged or no backup of Clubroom. Nothing was changed."
UNSOUND: dict[str, tuple[Any, str]] = {
    "a database changed since": (
        lambda entries: entries.update({"clubroom.db": entries["clubroom.db"][:-1] + b"!"}),
        DAMAGED,
    ),
    "no database": (lambda entries: entries.pop("clubroom.db"), DAMAGED),
    "no manifest": (lambda entries: entries.pop("manifest.json"), DAMAGED),
    "another manifest": (lambda entries: entries.update({"manifest.json": b"[1]"}), DAMAGED),
    "a manifest of no day": (lambda entries: entries.update({"manifest.json": dated(entries, "once")}), DAMAGED),
    "something more": (lambda entries: entries.update({"files/more": b"1"}), DAMAGED),
    "a way out": (lambda entries: sound(entries, "../escaped", b"1"), DAMAGED),
    "a database that is none": (
        lambda entries: sound(entries, "clubroom.db", b"no database" * 1000),
        "{saved}: file is not a database.",
    ),
    "a database that is broken": (
        lambda entries: sound(entries, "clubroom.db", entries["clubroom.db"][:8192] + b"\xff" * 90_000),
        "{saved}: database disk image is malformed.",
    ),
    "a newer version": (newer, "{saved} was made by a newer version of Clubroom. Install that version."),
}


class TestRestoring:
    def test_told_to_stop_leaves_no_copy_of_the_club(
        self, clubroom: Command, saved: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
    ) -> None:
        copied = backup.copy  # the only moment in which something is unpacked

        def told_to_stop(*files: Any) -> Any:
            done = copied(*files)
            os.kill(os.getpid(), stop)
            return done

        before = sorted(folder.rglob("*"))
        monkeypatch.setattr(restoring, "copy", told_to_stop)
        assert clubroom("restore", str(saved)).exit_code == 128 + stop
        assert sorted(folder.rglob("*")) == before

    @pytest.mark.parametrize("stop", [signal.SIGINT, *backup.STOPS], indirect=True)
    def test_told_to_stop_while_things_are_moved_comes_to_the_end(
        self, clubroom: Command, saved: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
    ) -> None:
        sync = storage.sync_folder

        def told_to_stop(folder: Path) -> None:
            os.kill(os.getpid(), stop)
            sync(folder)

        monkeypatch.setattr(restoring, "sync_folder", told_to_stop)
        result = clubroom("restore", str(saved))
        assert (result.exit_code, "Everybody has to sign in again." in result.stdout) == (0, True)
        assert "later" not in clubroom("users", "list").stdout

    def test_keeps_aside_what_was_there(self, clubroom: Command, saved: Path, folder: Path) -> None:
        result = clubroom("restore", str(saved))
        assert result.exit_code == 0
        assert "later" not in clubroom("users", "list").stdout
        said, *aside = result.stdout.splitlines()[2:]
        assert said == "What was there before is kept; delete it once everything works:"
        aside = [line.strip() for line in aside]
        assert len(aside) == 3
        with closing(sqlite3.connect(aside[0])) as database:
            assert database.execute("SELECT count(*) FROM users WHERE username = 'later'").fetchone() == (1,)
        assert Path(aside[1]).read_bytes() == (folder / "secret-key").read_bytes()
        assert [one.read_bytes() for one in Path(aside[2]).rglob("*") if one.is_file()] == [b"All were there."]

    @pytest.mark.parametrize("what", UNSOUND)
    def test_changes_nothing_where_the_backup_is_not_sound(
        self, clubroom: Command, saved: Path, folder: Path, what: str
    ) -> None:
        change, sentence = UNSOUND[what]
        rebuilt(saved, change)
        before = tree(folder)
        assert complains(clubroom("restore", str(saved)), sentence.format(saved=saved))
        after = tree(folder)
        assert after.keys() == before.keys()
        assert {name for name in after if after[name] != before[name]} <= {"clubroom.db"}  # its log is written back
        assert "later" in clubroom("users", "list").stdout
        assert not (folder.parent / "escaped").exists()

    @pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
    def test_a_backup_that_is_cut_short_is_none(self, clubroom: Command, saved: Path, share: float) -> None:
        saved.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * share)])
        assert complains(clubroom("restore", str(saved)), DAMAGED.format(saved=saved))

    def test_a_byte_that_has_changed_is_noticed_or_changes_nothing(
        self, other: Command, saved: Path, tmp_path: Path
    ) -> None:
        whole, folder = saved.read_bytes(), tmp_path / "other"
        other("restore", str(saved))
        sound = restored(folder)
        with ZipFile(saved) as archive:
            bounds = [*(one.header_offset for one in archive.infolist()), archive.start_dir, len(whole)]
        for at in [begin + (end - begin) * n // 8 for begin, end in pairwise(bounds) for n in range(8)]:
            shutil.rmtree(folder)
            saved.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            result = other("restore", str(saved))
            unharmed = result.exit_code == 0 and restored(folder) == sound  # by a time that nobody reads, for one
            assert unharmed or complains(result, DAMAGED.format(saved=saved)), at

    def test_waits_until_clubroom_has_stopped(self, clubroom: Command, saved: Path, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "clubroom.db")) as running:
            running.execute("SELECT 1 FROM users").fetchone()
            before = tree(folder)
            assert complains(clubroom("restore", str(saved)), "Clubroom is running. Stop it first, and restore then.")
            assert tree(folder) == before
        assert clubroom("restore", str(saved)).exit_code == 0

    def test_sees_a_club_that_was_started_meanwhile(
        self, clubroom: Command, saved: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        check = restoring._check_database
        with closing(sqlite3.connect(folder / "clubroom.db")) as started:

            def starting(*about: Path) -> None:
                started.execute("PRAGMA journal_mode = WAL")  # as every connection of ours says
                started.execute("SELECT 1 FROM users").fetchone()
                check(*about)

            monkeypatch.setattr(restoring, "_check_database", starting)
            result = clubroom("restore", str(saved))
        assert complains(result, "Clubroom is running. Stop it first, and restore then.")
        assert "later" in clubroom("users", "list").stdout

    def test_is_done_by_one_at_a_time(self, clubroom: Command, saved: Path, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert complains(clubroom("restore", str(saved)), f"Another restore into {folder} is running.")
        os.close(handle)

    def test_takes_the_place_of_a_club_that_is_damaged(self, clubroom: Command, saved: Path, folder: Path) -> None:
        path, log = folder / "clubroom.db", folder / "clubroom.db-wal"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE users SET username = 'somebody.else'")
            connection.commit()
            changes = log.read_bytes()
        path.write_bytes(b"not a database" * 1000)
        log.write_bytes(changes)
        assert clubroom("restore", str(saved)).exit_code == 0
        assert clubroom("users", "list").stdout.startswith("1\tada\t")
        assert clubroom("doctor").exit_code == 0

    @pytest.mark.parametrize("step", range(6))
    def test_that_was_cut_short_begins_no_new_club_and_is_done_again(
        self, clubroom: Command, saved: Path, folder: Path, step: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rename, left = Path.rename, iter(range(step))

        def renaming(path: Path, target: Path) -> Path:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return rename(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", renaming)
            clubroom("restore", str(saved))
        sentence = f"The data folder {folder}: a restore was cut short; run `clubroom restore` again."
        assert complains(clubroom("users", "list"), sentence)
        assert "a restore was cut short" in clubroom("doctor").stdout
        assert clubroom("restore", str(saved)).exit_code == 0
        client = app_in(folder).test_client()
        sign_in(client)
        assert contents(client) == {"minutes.txt": b"All were there."}
        assert clubroom("doctor").exit_code == 0

    def test_brings_a_backup_of_an_older_version_up_to_date(
        self, clubroom: Command, saved: Path, folder: Path, tmp_path: Path
    ) -> None:
        before = create_app({"SETTINGS": Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path / "before")})})
        make_as_of(before, "0001")
        run(tmp_path / "before", "backup", saved)
        assert clubroom("restore", str(saved)).exit_code == 0
        assert clubroom("doctor").exit_code == 0
        assert clubroom("users", "list").stdout == ""

    def test_lets_nobody_make_a_club_of_a_demo(self, clubroom: Command, saved: Path, folder: Path) -> None:
        (folder / DEMO_MARK).touch()
        sentence = f"{folder} is a demo's. Set CLUBROOM_DATA_DIR to another folder."
        assert complains(clubroom("restore", str(saved)), sentence)
        assert complains(clubroom("backup", str(saved)), sentence)
