from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from clubroom.accounts.models import Session, User
from clubroom.core import frontend
from flask import Flask
from flask.testing import FlaskClient

from ..factories import database, make_user
from ..steps import browser, sign_in

BOOT = re.compile(r'<script type="application/json" id="boot">(.*?)</script>', re.DOTALL)


def page(client: FlaskClient, path: str = "/") -> str:
    return client.get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/", "/people/7", "/sign-in?next=/files", "/nowhere", "/apish", "/static/x.js", "/x.txt"]
)
def test_every_other_address_answers_the_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "<title>Clubroom</title>" in answer.get_data(as_text=True)
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_sent_to_the_page(client: FlaskClient, method: str) -> None:
    answer = client.open("/people", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_no_placeholder_is_left(client: FlaskClient) -> None:
    assert "{{" not in page(client)


def test_a_stranger_is_told_only_what_everybody_knows(client: FlaskClient) -> None:
    assert json.loads(BOOT.findall(page(client))[0]) == {
        "club": "Clubroom", "registration": "open", "max_upload": 2_000_000_000, "set_up": False,
        "mail_kept": True,
        "demo": [], "user": None,
    }  # fmt: skip


def test_the_page_knows_whether_there_is_an_administrator(client: FlaskClient) -> None:
    for role, confirmed, status, there_is in (
        ("member", True, "active", False),
        ("admin", False, "active", False),
        ("admin", True, "disabled", False),
        ("admin", True, "active", True),
    ):
        make_user(role=role, confirmed=confirmed, status=status)
        assert json.loads(BOOT.findall(page(client))[0])["set_up"] is there_is


def test_who_is_signed_in_travels_with_the_page(client: FlaskClient) -> None:
    sign_in(client, make_user("ada"))
    assert json.loads(BOOT.findall(page(client))[0])["user"] == client.get("/api/me").json


@pytest.mark.parametrize(
    "name", ["</script><script>alert(1)</script>", "<!-- <script>", "]]> {{club}} {{boot}}", '"\\']
)
def test_no_name_breaks_out_of_the_page(app: Flask, name: str) -> None:
    ada = make_user("ada", name=name)
    text = page(browser(app, ada))
    assert text.count("</script>") == 2
    assert json.loads(BOOT.findall(text)[0])["user"]["name"] == name


@pytest.mark.settings(name='Rock & "Roll" <club>')
def test_the_clubs_name_is_text(client: FlaskClient) -> None:
    assert "<title>Rock &amp; &quot;Roll&quot; &lt;club&gt;</title>" in page(client)


@pytest.mark.parametrize(
    ("cookie", "appearance"), [("dark", "dark"), ("light", "light"), ("", "system"), ('"><script>', "system")]
)
def test_the_page_looks_as_the_cookie_says(client: FlaskClient, cookie: str, appearance: str) -> None:
    client.set_cookie("appearance", cookie)
    text = page(client)
    assert f'<html lang="en" data-appearance="{appearance}">' in text
    assert (
        re.findall('name="theme-color" .*media="(.*)"', text)
        == {
            "light": ["all", "not all"],
            "dark": ["not all", "all"],
            "system": ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"],
        }[appearance]
    )


def test_the_style_for_members_is_asked_for_at_once_where_one_is_signed_in(client: FlaskClient) -> None:
    assert "/styles/members.css" not in page(client)
    assert "/styles/members.css" in page(sign_in(client, make_user()))


@pytest.mark.parametrize(
    ("role", "path", "needed", "not_needed"),
    [
        (None, "/", "accounts/sign-in.js", "people/page.js"),
        (None, "/people", "accounts/sign-in.js", "people/page.js"),
        (None, "/sign-up", "accounts/sign-up.js", "components/frame.js"),
        (None, "/reset/", "accounts/reset.js", "components/frame.js"),
        (None, "/nowhere", "main.js", "components/frame.js"),
        ("member", "/", "people/page.js", "files/page.js"),
        ("member", "/people/some-id/", "people/page.js", "people/standing.js"),  # which comes when it is wanted
        ("member", "/files", "files/page.js", "people/page.js"),
        ("member", "/reset", "accounts/reset.js", "people/page.js"),
        ("member", "/sign-up", "components/frame.js", "accounts/sign-up.js"),
        ("admin", "/admin/policies", "admin/policies.js", "people/page.js"),
    ],
)
def test_every_module_of_the_first_page_is_asked_for_at_once(
    app: Flask, role: str | None, path: str, needed: str, not_needed: str
) -> None:
    client = browser(app, make_user(role=role) if role else None)
    text = client.get(path).get_data(as_text=True)
    preloaded = re.findall(r'<link rel="modulepreload" href="(/s/[0-9a-f]{12}/)([^"]+)">', text)
    names = [name for _, name in preloaded]
    assert {"main.js", needed} <= set(names)
    assert ("components/frame.js" in names) is (role is not None)
    assert not_needed not in names
    assert len(names) == len(set(names))
    for base, name in preloaded:
        with client.get(base + name) as answer:
            assert answer.status_code == 200, name
            source = answer.get_data(as_text=True)
        folder = name.rpartition("/")[0]
        for imported in re.findall(r'^(?:import|export)\b[^"\']*?["\'](\.[^"\']+)', source, re.MULTILINE):
            assert normal(f"{folder}/{imported}") in names, (name, imported)


def test_the_server_knows_the_page_of_every_route() -> None:
    _, known = frontend.pages()
    routes = (frontend.SOURCE / "routes.js").read_text()
    assert len(known) == routes.count("access:") - 1 > 10  # all but the one for signing in, which main.js brings
    assert all((frontend.SOURCE / module).is_file() for _, _, module in known)


def normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def test_no_test_and_no_source_of_types_is_served() -> None:
    served = [path.name for path in frontend.served_files()]
    assert not [name for name in served if name.endswith((".test.js", ".d.ts", ".md"))]
    assert "index.html" not in served


@pytest.mark.parametrize("path", ["/s/000000000000/main.js", "/s/", "/s/{static}/../../settings.py", "/s/main.js"])
def test_an_old_address_of_a_file_is_404(app: Flask, client: FlaskClient, path: str) -> None:
    static = app.extensions["shell"]["static"].removeprefix("/s/")
    assert client.get(path.replace("{static}", static)).status_code == 404


def test_who_is_deleted_while_the_page_is_made_gets_that_of_a_stranger(app: Flask) -> None:
    ada = make_user("ada")
    client = browser(app, ada)

    def delete_her() -> None:
        with database() as session:
            session.delete(session.get_one(User, ada.id))

    app.before_request_funcs[None].append(delete_her)
    assert json.loads(BOOT.findall(page(client))[0])["user"] is None


def test_a_visit_to_the_page_makes_no_session(client: FlaskClient) -> None:
    answer = client.get("/")
    assert "Set-Cookie" not in answer.headers
    with database() as session:
        assert session.query(Session).count() == 0


def test_the_copy_of_the_page_leaves_an_older_one_to_the_server_that_starts(tmp_path: Path) -> None:
    older, beginning = tmp_path / "0123456789ab", tmp_path / "0123456789ab.7"
    left = tmp_path / "0123456789ab.6"
    for folder in (older, beginning, left):
        folder.mkdir()
    os.utime(left, (0, 0))
    frontend.prepare(tmp_path)
    assert older.is_dir()  # the server that is running gives it out, whatever command was called beside it
    frontend.forget_older(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {frontend.tree_hash(), beginning.name}  # another process may be at that one


def test_the_copy_of_the_page_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[Path] = set()
    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(Path(f"/proc/self/fd/{handle}").readlink()))
    frontend.prepare(tmp_path)
    working = tmp_path / f"{frontend.tree_hash()}.{os.getpid()}"
    kept = [path.relative_to(tmp_path / frontend.tree_hash()) for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) > 100
    assert {working / path for path in kept} <= synced


def test_of_two_processes_that_copy_the_page_one_wins_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = frontend.content
    ready = tmp_path / frontend.tree_hash()

    def meanwhile(path: Path) -> bytes:
        ready.mkdir(exist_ok=True)
        (ready / "main.js").write_text("the other's")
        return content(path)

    monkeypatch.setattr(frontend, "content", meanwhile)
    frontend.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == [ready]
    assert [path.read_text() for path in ready.iterdir()] == ["the other's"]


def test_modules_come_without_notes_and_with_all_code_in_its_place() -> None:
    for path in (one for one in frontend.served_files() if one.suffix == ".js"):
        text, served = path.read_text(), frontend.content(path).decode()
        assert "/**" not in served
        assert len(served) == len(text)
        assert all(now in (before, " ") for before, now in zip(text, served, strict=True))
        for left_out in frontend.NOTE.finditer(text):
            line = served[: left_out.start()].rpartition("\n")[2]
            assert served.count("`", 0, left_out.start()) % 2 == line.count('"') % 2 == 0, f"in a string: {left_out[0]}"


def test_what_the_sign_in_form_waits_for_stays_small() -> None:
    waited_for = [
        frontend.SOURCE / name for name in ("styles/index.css", *frontend.first_modules("/sign-in", signed_in=False))
    ]
    assert sum(len(gzip.compress(frontend.content(path), 9)) for path in waited_for) < 25_000
