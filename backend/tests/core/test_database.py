from __future__ import annotations

import gc
import io
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from clubroom import create_app
from clubroom.accounts.models import EmailTaken, User
from clubroom.accounts.signup import set_up_token
from clubroom.core import audit, connections, jobs, migrate
from clubroom.core.audit import AuditEvent
from clubroom.core.connections import begin_forgetful
from clubroom.core.database import Base, Prepared, db, flush
from clubroom.core.guard import Caller
from clubroom.people import directory
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, delete, event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from time_machine import TimeMachineFixture

from ..accounts.factors.steps import add_passkey, code_of
from ..factories import PASSWORD, database, make_access_request, make_user

THINGS = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name != 'alembic_version'"


def schema(path: Path) -> dict[str, object]:
    """What a database is made of, but for the order of things and how they were written."""
    with closing(sqlite3.connect(path)) as connection:
        things = set(connection.execute(THINGS))
        found: dict[str, object] = {"things": things}
        for table in [name for kind, name, _ in things if kind == "table"]:
            found[table] = {row[1:] for row in connection.execute(f"PRAGMA table_info({table})")}
            found[f"{table}: keys"] = {row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
            indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
            found[f"{table}: indexes"] = {
                (unique, partial, *(row[2] for row in connection.execute(f"PRAGMA index_info({name})")))
                for _, name, unique, _, partial in indexes
            }
        return found


@pytest.fixture
def path(settings: Settings) -> Path:
    return settings.database_file


@pytest.mark.on_disk
def test_the_migrations_make_what_the_models_say(app: Flask, path: Path, tmp_path: Path) -> None:
    modelled = tmp_path / "modelled.db"
    engine = create_engine(f"sqlite:///{modelled}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert schema(path) == schema(modelled)


@pytest.mark.on_disk
def test_a_database_that_is_up_to_date_is_left_alone(app: Flask, path: Path) -> None:
    before = path.read_bytes()
    with app.app_context():
        assert migrate.upgrade(db.engine) is False
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.before-*"))


@pytest.mark.parametrize(("named", "raised"), [("users_email_key", EmailTaken), ("users_role", IntegrityError)])
def test_what_is_not_unique_is_refused_by_the_name_given(named: str, raised: type[Exception], app: Flask) -> None:
    make_user("ada", email="ada@example.org")
    with app.app_context():
        db.session.add(User(username="other", email="ADA@example.org"))
        with pytest.raises(raised):
            flush(**{named: EmailTaken})
        assert db.session.scalars(select(User.username)).all() == ["ada"]


def test_a_prepared_statement_is_refused_like_any_other(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError, match=r"NOT NULL constraint failed: jobs\.kind"):
        jobs.enqueue(kind=cast(str, None))


def test_parts_of_a_request_share_what_was_begun_in_memory(app: Flask) -> None:
    with app.app_context():
        db.session.add(User(username="ada", email="ada@example.org"))
        db.session.flush()
        with db.engine.begin() as another:
            assert another.scalar(text("SELECT username FROM users")) == "ada"
        db.session.commit()
    with database() as session:
        assert session.scalars(select(User.username)).all() == ["ada"]


@pytest.mark.on_disk
def test_disposing_closes_what_is_kept_for_prepared_reads(app: Flask, path: Path) -> None:
    def held() -> int:
        return sum(one.resolve() == path.resolve() for one in Path("/proc/self/fd").iterdir())

    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        before = held()
        assert directory.one(0, Caller(0, "", "member")) is None
        assert held() > before
        db.engine.dispose()
        assert held() == before


def test_an_app_that_is_let_go_lets_its_database_go() -> None:
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    with app.app_context():
        assert directory.one(0, Caller(0, "", "member")) is None
        engine = weakref.ref(db.engine)
        db.session.remove()
    del app
    for _ in range(3):  # what is let go lets go of more
        gc.collect()
    assert engine() is None


@pytest.mark.on_disk
def test_a_database_of_a_newer_clubroom_is_refused(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
        with pytest.raises(migrate.NewerDatabase, match="newer version of Clubroom"):
            migrate.upgrade(db.engine)


@pytest.mark.on_disk
def test_a_copy_is_whole_while_people_write(app: Flask, path: Path) -> None:
    make_user("ada")
    copy = migrate.keep_copy(path, "0001")
    make_user("ben")
    assert copy.name == "clubroom.before-0001.db"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("ada",)]


@pytest.mark.on_disk
def test_an_answered_write_is_on_the_disk(app: Flask) -> None:
    with app.app_context():
        settings = {
            name: db.session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        }
        assert settings == {"journal_mode": "wal", "synchronous": 2}
        assert db.session.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.on_disk
def test_a_transaction_that_a_power_cut_may_take_back_leaves_the_next_one_durable(app: Flask) -> None:
    def begin_and_look(begin: Callable[[], None]) -> object:
        begin()
        level = db.session.execute(text("PRAGMA synchronous")).scalar()
        db.session.commit()
        return level

    with app.app_context():
        begins = (begin_forgetful, lambda: None, begin_forgetful)
        assert [begin_and_look(begin) for begin in begins] == [1, 2, 1]  # NORMAL, FULL


@pytest.mark.on_disk
@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("not the password of anybody", 401)])
def test_counting_a_try_does_not_wait_for_the_disk_but_its_answer_does(
    app: Flask, client: FlaskClient, password: str, status: int
) -> None:
    make_user("ada")
    waits = []
    with app.app_context():
        event.listen(db.engine, "commit", lambda connection: waits.append(connection.info["durable"]))
    answer = client.post("/api/login", json={"username": "ada", "password": password})
    assert (answer.status_code, waits) == (status, [False, True])


@pytest.mark.on_disk
@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_wrong_code_waits_for_no_disk_whether_a_mail_was_sent_or_not(
    app: Flask, client: FlaskClient, name: str
) -> None:
    make_user("ada")
    client.post("/api/password/forgot", json={"email": f"{name}@example.org"})
    jobs.run_all(app)
    waits = []
    with app.app_context():
        event.listen(db.engine, "commit", lambda connection: waits.append(connection.info["durable"]))
    wrong = {"email": f"{name}@example.org", "code": "AAAA-AAAA", "password": "eleven loud geese at noon"}
    answer = client.post("/api/password/reset", json=wrong)
    assert (answer.status_code, waits) == (400, [False, False])


@pytest.mark.on_disk
def test_a_transaction_already_running_stays_durable(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        begin_forgetful()
        assert db.session.execute(text("PRAGMA synchronous")).scalar() == 2


CHANGES = {"UPDATE": update(AuditEvent).values(event="nothing"), "DELETE": delete(AuditEvent)}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("made_by", ["models", pytest.param("migrations", marks=pytest.mark.on_disk)])
def test_an_audit_event_is_never_changed(app: Flask, change: str, made_by: str) -> None:
    with app.app_context():
        audit.record("signed_in", actor=make_user("ada"))
        db.session.commit()
        with pytest.raises(IntegrityError, match="never changed"):
            db.session.execute(CHANGES[change])


class TestADatabaseThatCanNotBeWritten:
    @pytest.fixture(autouse=True)
    def read_only(self, app: Flask, as_member: FlaskClient) -> None:
        with app.app_context():
            db.session.execute(text("PRAGMA query_only = ON"))

    def test_is_still_read(self, as_member: FlaskClient, clock: TimeMachineFixture) -> None:
        clock.shift(timedelta(minutes=5))
        answers = [as_member.get(path).status_code for path in ("/api/me", "/api/users", "/", "/readyz")]
        assert answers == [200, 200, 200, 200]

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PATCH", "/api/me", {"name": "New"}),
            ("POST", "/api/login", {"username": "member", "password": PASSWORD}),
            ("POST", "/api/logout", {}),
            ("POST", "/api/users", {"username": "ada", "email": "ada@example.org"}),
            ("DELETE", "/api/sessions", {}),
            ("GET", "/form", {}),
        ],
    )
    def test_answers_503_to_who_would_change_something(
        self, app: Flask, as_member: FlaskClient, method: str, path: str, body: dict[str, str]
    ) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        if path == "/form":
            as_member = app.test_client()
        answer = as_member.open(path, method=method, json=body)
        assert (answer.status_code, (answer.json or {}).get("code")) == (503, "busy")
        assert answer.headers["Retry-After"] == "5"


@pytest.mark.on_disk
@pytest.mark.parametrize("path", ["/api/login/passkey/options", "/api/totp"])
def test_a_session_that_can_not_be_kept_is_not_waited_for_once_more(
    app: Flask, client: FlaskClient, as_member: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    tries = []

    def refuse(connection: Connection) -> None:
        tries.append(connection)
        raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(connections, "WRITING", SimpleNamespace(run_on=refuse))
    answer = (as_member if path == "/api/totp" else client).post(path)
    assert (answer.status_code, len(tries)) == (503, 1)


@pytest.mark.on_disk
class TestADatabaseThatSomebodyElseWrites:
    """A command of a newer version that migrates, for one."""

    @pytest.fixture(autouse=True)
    def patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Longer than the others write. In force before the app has a connection."""
        monkeypatch.setattr(connections, "PATIENCE", 40_000)
        monkeypatch.setattr(connections, "PATIENCE_USUAL", Prepared(connections.PATIENCE_USUAL.statement))

    @pytest.fixture
    def others(self, app: Flask, as_member: FlaskClient, settings: Settings) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(settings.database_file, isolation_level=None, check_same_thread=False)) as others:
            others.execute("BEGIN IMMEDIATE")
            yield others

    def test_is_read_at_once_also_by_who_was_not_here_lately(
        self, as_member: FlaskClient, others: sqlite3.Connection, clock: TimeMachineFixture
    ) -> None:
        clock.shift(timedelta(minutes=5))
        answered = threading.Event()
        gave_up: list[bool] = []

        def write() -> None:
            gave_up.append(not answered.wait(20))  # before the reader would
            others.execute("ROLLBACK")

        writing = threading.Thread(target=write)
        writing.start()
        status = as_member.get("/api/me").status_code
        answered.set()
        writing.join()
        assert (status, gave_up) == (200, [False])


@pytest.mark.on_disk
def test_a_damaged_file_is_not_ready_though_what_was_read_before_is_remembered(
    app: Flask, as_member: FlaskClient, settings: Settings
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert as_member.get("/readyz").status_code == 200
    file = settings.database_file
    file.write_bytes(bytes(file.stat().st_size))
    file.with_name(f"{file.name}-wal").write_bytes(b"")
    answer = as_member.get("/readyz")
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "busy")


@pytest.mark.on_disk
@pytest.mark.parametrize("path", ["/api/me", "/api/users", "/readyz", "/", "/api/login"])
def test_a_database_that_is_gone_is_503(app: Flask, as_member: FlaskClient, settings: Settings, path: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(settings.data_dir)
    body = {"username": "a", "password": "b"}
    answer = as_member.post(path, json=body) if path == "/api/login" else as_member.get(path)
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "busy")
    assert app.test_client().get("/healthz").status_code == 200


def test_an_app_without_settings_has_a_folder_of_its_own_that_goes_with_it() -> None:
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    folder = app.config["SETTINGS"].data_dir
    assert folder.is_dir()
    with app.app_context():
        db.engine.dispose()
    app.extensions["own_folder"]()
    assert not folder.exists()


def test_an_app_without_settings_on_a_database_in_a_file_has_the_folder_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUBROOM_DATA_DIR", str(tmp_path / "set"))
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/club.db"})
    assert app.config["SETTINGS"].data_dir == tmp_path / "set"
    assert app.config["SECRET_KEY"] == (tmp_path / "set" / "secret-key").read_text()


def test_apps_in_memory_share_nothing(app: Flask) -> None:
    make_user("ada")
    other = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    with other.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM users")) == 0
    with other.app_context():
        db.engine.dispose()
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM users")) == 1


@pytest.mark.on_disk
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/me", {"name": "Ada"}),
        ("PATCH", "/api/users/{member}", {"name": "Bo"}),
        ("POST", "/api/users", {"username": "new", "email": "new@example.org"}),
        ("POST", "/api/tokens", {"name": "Script", "scope": "read"}),
        ("PATCH", "/api/passkeys/{passkey}", {"name": "Key"}),
        ("POST", "/api/me/export", {}),
        ("POST", "/api/access-requests/{asked}/approve", {}),
        ("POST", "/api/access-requests/{asked}/decline", {}),
        ("PATCH", "/api/uploads/{file}", {"name": "notes.txt"}),
        ("POST", "/api/uploads/{file}/restore", {}),
    ],
)
def test_what_was_done_is_answered_whoever_writes_then(
    app: Flask, as_admin: FlaskClient, member: User, settings: Settings, method: str, path: str, body: dict[str, str]
) -> None:
    add_passkey(as_admin)
    (passkey,) = as_admin.get("/api/passkeys").json or []
    file = as_admin.post("/api/upload", data={"file": (io.BytesIO(b"x"), "x.txt")}).json or {}
    asked = make_access_request("Grace")
    path = path.format(member=member.id, passkey=passkey["id"], file=file["id"], asked=asked.id)
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as others:

        def write(_: object) -> None:
            if not others.in_transaction:
                others.execute("BEGIN IMMEDIATE")

        event.listen(Session, "after_commit", write)
        answer = as_admin.open(path, method=method, json=body)
        event.remove(Session, "after_commit", write)
    assert 200 <= answer.status_code < 300


@pytest.mark.on_disk
def test_that_there_is_an_administrator_is_answered_whoever_writes_then(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    with app.app_context():
        token = set_up_token()
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as others:

        def write(_: object) -> None:
            if not others.in_transaction:
                others.execute("BEGIN IMMEDIATE")

        event.listen(Session, "after_commit", write)
        wanted = {"username": "ada", "email": "ada@example.org", "password": PASSWORD, "token": token}
        answer = client.post("/api/setup", json=wanted)
        event.remove(Session, "after_commit", write)
        assert others.in_transaction
    assert answer.status_code == 201
    assert client.get("/api/me").status_code == 200


@pytest.mark.on_disk
@pytest.mark.parametrize(
    ("method", "path", "body", "stays"),
    [
        ("POST", "/api/password", {"current": PASSWORD, "new": "eleven loud geese at noon"}, True),
        ("POST", "/api/identity", {"password": PASSWORD}, True),
        ("POST", "/api/totp/confirm", {"code": "{code}"}, True),
        ("DELETE", "/api/sessions/{session}", {}, False),
        ("DELETE", "/api/me", {"files": "keep"}, False),
        ("POST", "/api/logout", {}, False),
    ],
)
def test_what_was_done_with_ones_session_is_answered_whoever_writes_then(
    app: Flask, as_member: FlaskClient, settings: Settings, method: str, path: str, body: dict[str, str], stays: bool
) -> None:
    key = (as_member.post("/api/totp").json or {})["secret"]
    (row,) = as_member.get("/api/sessions").json or []
    body = {name: text.format(code=code_of(key)) for name, text in body.items()}
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as others:

        def write_once_it_is_done(_: object) -> None:
            if not others.in_transaction and others.execute("SELECT count(*) FROM audit_events").fetchone() > (0,):
                others.execute("BEGIN IMMEDIATE")

        event.listen(Session, "after_commit", write_once_it_is_done)
        answer = as_member.open(path.format(session=row["id"]), method=method, json=body)
        event.remove(Session, "after_commit", write_once_it_is_done)
        assert others.in_transaction
    assert 200 <= answer.status_code < 300
    assert len((answer.json or {}).get("codes", [])) == (10 if path == "/api/totp/confirm" else 0)
    assert as_member.get("/api/me").status_code == (200 if stays else 401)
