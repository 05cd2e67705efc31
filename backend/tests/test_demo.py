"""Demo mode: a club to look around in, that touches nothing but its own folder."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from clubroom import demo
from clubroom.cli import cli, open_app
from clubroom.settings import DEMO_MARK, Settings
from flask import Flask
from flask.testing import FlaskClient
from time_machine import TimeMachineFixture

from . import factories
from .steps import browser, free_port


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app as `clubroom demo` serves it."""
    monkeypatch.chdir(tmp_path)
    return make()


def make() -> Flask:
    settings = demo.demo_settings(
        Settings.load({"CLUBROOM_MAIL_URL": "smtp://mail.example", "CLUBROOM_DATA_DIR": "real"})
    )
    with demo.claimed(settings.data_dir):
        app = open_app(settings, **demo.CONFIG, TESTING=True)
        with app.app_context():
            demo.fill()
    factories.bind(app)
    return app


def boot(client: FlaskClient) -> Any:
    page = client.get("/sign-in").text
    return json.loads(page.split('id="boot">')[1].split("</script>")[0])


def sign_in(app: Flask, sample: dict[str, str]) -> FlaskClient:
    client = browser(app)
    credentials = {"username": sample["username"], "password": sample["password"]}
    assert client.post("/api/login", json=credentials).status_code == 200
    return client


def test_the_page_offers_somebody_of_every_level_who_can_sign_in(made: Flask) -> None:
    samples = boot(made.test_client())["demo"]
    assert [one["role"] for one in samples] == ["admin", "manager", "member"]
    for one in samples:
        me: Any = sign_in(made, one).get("/api/me").json
        assert (me["username"], me["role"]) == (one["username"], one["role"])


def test_there_are_people_files_requests_and_mail_to_look_at(made: Flask) -> None:
    admin = sign_in(made, demo.CONFIG["DEMO"][0])
    assert admin.get("/api/users?count=true&limit=1").headers["X-Total-Count"] == str(demo.PEOPLE)
    assert len(admin.get("/api/access-requests").get_json()) == len(demo.STRANGERS)
    member = sign_in(made, demo.CONFIG["DEMO"][2])
    files = member.get("/api/uploads?limit=100").get_json()
    assert len(files) >= demo.FILES // 3
    assert all(member.get(one["url"], buffered=True).status_code == 200 for one in files)


def test_everybody_signed_in_reads_the_outbox_and_nobody_else(made: Flask, clock: TimeMachineFixture) -> None:
    member = sign_in(made, demo.CONFIG["DEMO"][2])
    clock.shift(timedelta(minutes=11))  # nor is anybody asked who they are: all may be anyone
    assert "outbox.read" in member.get("/api/me").get_json()["permissions"]
    (mail,) = [one for one in member.get("/api/outbox").get_json() if one["to"].startswith("theo@")]
    assert (mail["state"], len(mail["links"])) == ("kept", 1)
    assert member.get("/api/audit").status_code == 403
    assert made.test_client().get("/api/outbox").status_code == 401


def test_elsewhere_there_is_no_demo(as_member: FlaskClient) -> None:
    assert boot(as_member)["demo"] == []
    assert as_member.get("/api/outbox").status_code == 403
    assert "outbox.read" not in as_member.get("/api/me").get_json()["permissions"]


def test_it_is_made_anew_at_each_start_and_only_in_its_own_folder(made: Flask, tmp_path: Path) -> None:
    factories.make_user("visitor")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "clubroom.db").write_text("the club's")
    again = make()
    admin = sign_in(again, demo.CONFIG["DEMO"][0])
    assert admin.get("/api/users?q=visitor").json == []
    assert (tmp_path / "real" / "clubroom.db").read_text() == "the club's"
    assert again.config["SETTINGS"].mail_url == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data-demo", "real"]


def test_a_folder_no_demo_has_made_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data-demo"
    folder.mkdir()
    (folder / "precious").touch()
    with pytest.raises(click.ClickException, match="left alone"), demo.claimed(folder):
        pass
    assert [path.name for path in folder.iterdir()] == ["precious"]


def test_a_folder_that_can_not_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data-demo"
    with pytest.raises(click.ClickException, match=r"can't be made \(Not a directory\)"), demo.claimed(folder):
        pass


def test_a_demo_that_runs_is_left_alone_by_another_on_another_port(tmp_path: Path, port: int) -> None:
    command = [sys.executable, "-m", "clubroom", "demo", "--workers", "1", "--port"]
    running = subprocess.Popen([*command, str(port)], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout
        assert any(" is at http" in line for line in running.stdout)
        with free_port() as another:
            more = [*command, str(another)]
            second = subprocess.run(more, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert second.returncode == 1
        assert second.stderr == (
            f"Error: A demo is running in {tmp_path / 'data-demo'} already. "
            "Stop it, or start this one in another folder.\n"
        )
        assert (tmp_path / "data-demo" / "clubroom.db").exists()
    finally:
        running.terminate()
        running.communicate(timeout=60)
    with demo.claimed(tmp_path / "data-demo"):
        assert [path.name for path in (tmp_path / "data-demo").iterdir()] == [DEMO_MARK]


def test_the_command_says_who_one_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Flask] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("clubroom.core.server.serve", lambda app, settings: served.append(app))
    monkeypatch.setattr("clubroom.core.server.check_port", lambda host, port: None)
    result = CliRunner().invoke(cli, ["demo", "--port", "8123"], env={"CLUBROOM_DATA_DIR": str(tmp_path / "real")})
    assert (result.exit_code, len(served)) == (0, 1), result.output
    assert "ada (admin), milo (manager), rosa (member)" in result.output
    assert "http://localhost:8123" in result.output
    assert "no administrator" not in result.output


def test_its_folder_is_no_club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / DEMO_MARK).touch()
    monkeypatch.setenv("CLUBROOM_DATA_DIR", str(tmp_path))
    answer = CliRunner().invoke(cli, ["run"])
    assert (answer.exit_code, "is a demo's" in answer.output) == (1, True)


def test_it_shares_no_secret_with_the_club() -> None:
    club = Settings.load({}, secret_key="the club's", cors_origins=("https://club.example",))
    made = demo.demo_settings(club)
    assert (made.secret_key, made.cors_origins) == ("", ())
