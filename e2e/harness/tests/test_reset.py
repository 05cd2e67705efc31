"""Nothing of one test reaches the next: not a row, not a late one, not what the server remembers."""

import contextlib
import os
import re
import signal
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from e2e.harness import App, running, server
from e2e.harness.devices import Clipboard
from e2e.harness.plugin import started
from e2e.harness.remote import Control
from e2e.harness.running import Running
from e2e.harness.server import NotReadyError, Server
from e2e.harness.watch import Watch

from .inner import run_pytest

NOTHING = {"rows": 0, "remembered": 1}
ROWS = "fetch('/rows').then((answer) => answer.json())"
FIRST_FAILS = """
from dataclasses import replace

import pytest

from e2e.harness.server import NotReadyError


@pytest.fixture(scope="session")
def app_under_test(app_under_test):
    begun = []

    def also_reset():
        if not begun:
            begun.append(True)
            raise NotReadyError("planted")

    return replace(app_under_test, also_reset=also_reset)


def test_one(page):
    pass


@pytest.mark.chromium_only("a session with its tools")
def test_another(page):
    page.context.new_cdp_session(page)
"""

UNWATCHED = """
from urllib.request import urlopen

import pytest


def test_crashing(server):
    urlopen(f"{server.url}/die").close()
    with pytest.raises(OSError):
        while True:
            urlopen(f"{server.url}/clean").close()


def test_after_it(page):
    page.goto("/clean")


@pytest.fixture(scope="module")
def wide(browser):
    with browser.new_context() as context:
        yield context


def test_wide(page, wide):
    pass
"""
DYING = """
import os
import signal
from pathlib import Path


def test_dying(server):
    Path("port").write_text(str(server.port))
    os.kill(os.getpid(), signal.SIGKILL)
"""
CLOSING = """
from pathlib import Path

from e2e.harness.plugin import started


class Running:
    def __init__(self, name):
        self.name = name

    def close(self):
        Path(self.name).touch()
        raise RuntimeError("planted")


def test_two(pytestconfig):
    pytestconfig.stash[started] |= {name: Running(name) for name in ("one", "other")}
"""


@pytest.fixture
def between_tests(page: Page, request: pytest.FixtureRequest, app_under_test: App) -> Running:
    page.goto("/clean")
    found = request.config.stash[started][app_under_test]
    found.reset()  # waits for the server to be done with that answer, which the page may have before
    return found


@pytest.mark.fails_because("This test began without a browser or a server")
@pytest.mark.parametrize("late", ["page", "server"])
def test_a_page_that_a_test_asks_for_in_its_midst_would_not_be_as_new(
    request: pytest.FixtureRequest, late: str
) -> None:
    request.getfixturevalue(late)


@pytest.mark.fails_because("This test began without a browser or a server")
def test_nor_would_it_be_watched_where_only_the_server_is_as_new(
    request: pytest.FixtureRequest, server: Server
) -> None:
    request.getfixturevalue("page")


@pytest.mark.parametrize("test", ["one", "another"])
def test_a_browser_window_that_a_test_leaves_open_is_closed(browser: Browser, test: str) -> None:
    assert browser.contexts == []
    browser.new_context()


def test_a_row_of_the_test_before_is_gone(page: Page, between_tests: Running) -> None:
    page.evaluate("fetch('/rows', { method: 'POST' })")
    assert page.evaluate(ROWS) == {"rows": 1, "remembered": 1}
    between_tests.reset()
    assert page.evaluate(ROWS) == NOTHING


def test_a_row_still_being_written_is_waited_for(page: Page, between_tests: Running, control: Control) -> None:
    control.slow(0, "/rows", method="POST")  # no slower than it is, but to be waited for
    page.evaluate("void fetch('/rows', { method: 'POST' })")
    control.wait_until_met()
    between_tests.reset()
    assert page.evaluate(ROWS) == NOTHING


def test_what_was_ordered_is_undone(page: Page, between_tests: Running, control: Control) -> None:
    control.clock_freeze(datetime(2030, 1, 1, tzinfo=UTC))
    control.answer(503, "/clean")
    control.stall("/rows")
    page.evaluate("void fetch('/rows')")
    while not control.in_flight():
        pass
    between_tests.reset()
    assert control.in_flight() == []
    now = [control.clock_forward() for _ in range(2)]
    assert datetime.now(UTC) - timedelta(minutes=1) < now[0] < now[1]
    answer = page.reload()
    assert answer
    assert answer.status == 200


def test_a_request_without_end_fails_the_next_test(
    page: Page, between_tests: Running, control: Control, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.allow("/endless failed")
    monkeypatch.setattr(running, "PATIENCE", 0.1)
    page.evaluate("void fetch('/endless').catch(() => {})")
    while not control.in_flight():
        pass
    with pytest.raises(NotReadyError, match=r"its rows would leak into this test: GET /endless"):
        between_tests.reset()


def test_a_transaction_without_end_fails_the_next_test_and_no_other(
    page: Page, between_tests: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.evaluate("fetch('/hold').then(() => undefined)")
    with monkeypatch.context() as hasty:
        hasty.setattr(running, "PATIENCE", 0.1)
        with pytest.raises(NotReadyError, match=r"planted\.db is locked: .* a transaction that nobody ends"):
            between_tests.reset()
    between_tests.make_ready()
    between_tests.reset()
    assert page.evaluate(ROWS) == NOTHING


def test_a_server_that_died_is_started_for_the_next_test(page: Page, between_tests: Running) -> None:
    between_tests.server.kill()
    between_tests.make_ready()
    between_tests.reset()
    assert page.evaluate(ROWS) == NOTHING


def test_nobody_hears_on_the_port_of_a_server_that_was_killed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    kill = os.killpg

    def kill_slowly(group: int, how: int) -> None:
        kill(group, signal.SIGSTOP)
        os.kill(group, how)
        threading.Timer(0.3, kill, (group, how)).start()  # its worker dies later

    monkeypatch.setattr(os, "killpg", kill_slowly)
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("e2e.harness.tests.planted:no_such_name", "AttributeError: .*no_such_name.*"),
        ("notes.create_app", "ValueError: notes.create_app should be package.module:name"),
    ],
)
def test_a_server_that_does_not_start_says_why(app_under_test: App, tmp_path: Path, factory: str, why: str) -> None:
    broken = Running(replace(app_under_test, factory=factory), tmp_path)
    with pytest.raises(NotReadyError, match=rf"did not start: {why}\nThe end of its log:\n"):
        broken.make_ready()
    broken.close()


def test_a_server_that_never_gets_ready_says_why_and_is_waited_for_once(
    app_under_test: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Running(app_under_test, tmp_path)
    broken.make_ready()
    broken.server.app = replace(app_under_test, ready_path="/crash")
    broken.server.ready = False
    monkeypatch.setattr(server, "START", 0)
    said = r"did not start: GET /crash answered 500: RuntimeError: planted\nThe end of its log:\n"
    with pytest.raises(NotReadyError, match=said) as first:
        broken.make_ready()
    with pytest.raises(NotReadyError) as second:
        broken.make_ready()
    assert second.value is first.value
    broken.close()


def test_an_application_built_elsewhere_is_told(app_under_test: App, tmp_path: Path) -> None:
    elsewhere = App(app_under_test.factory, database=str(tmp_path / "other.db"), build=app_under_test.build)
    astray = Running(elsewhere, tmp_path)
    with pytest.raises(NotReadyError, match=r"build\(\) made no table in .*other\.db: .* Made in another one\?"):
        astray.make_ready()
    astray.close()


def test_an_address_of_no_known_database_is_told(app_under_test: App, tmp_path: Path) -> None:
    elsewhere = Running(replace(app_under_test, database=f"sqlite:///{tmp_path}/other.db"), tmp_path)
    with pytest.raises(NotReadyError, match=r"path of an SQLite file or a postgresql:// address, and no sqlite://"):
        elsewhere.make_ready()
    elsewhere.close()


def test_a_test_that_got_no_application_leaves_the_next_one_alone(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, FIRST_FAILS)
    assert re.search(r"^1 passed, .*1 error in ", run.stdout, re.MULTILINE), run.stdout


def test_an_application_that_cannot_be_closed_leaves_no_other_open(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, CLOSING)
    assert "RuntimeError: planted" in run.stdout
    assert {"one", "other"} < {path.name for path in tmp_path.iterdir()}


def test_what_cannot_be_written_at_the_end_leaves_no_server_behind(app_under_test: App, tmp_path: Path) -> None:
    (tmp_path / "coveragerc").write_text(f"[run]\ndata_file = {tmp_path}/gone/found\n")
    cut_off = Running(app_under_test, tmp_path, str(tmp_path / "coveragerc"))
    cut_off.make_ready()
    (tmp_path / "gone").rmdir()
    with pytest.raises(RuntimeError, match="could not write_coverage"):
        cut_off.close()
    assert not cut_off.server.running


def test_a_server_that_ends_by_itself_and_a_context_of_several_tests_are_told(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, UNWATCHED).stdout
    assert "_ test_crashing _" in said
    assert "\nNothing in the test has ended the server: The server could not decide, it is down: " in said
    assert "pytest.UsageError: A browser context is open before this test began: its pages would not be watched" in said
    assert "1 failed, 1 passed, 1 error" in re.sub(r", \d+ warnings?", "", said)


@pytest.mark.chromium_only("reading the clipboard without being asked")
def test_what_was_copied_before_is_not_in_the_clipboard_of_a_test(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/clean")
    Clipboard(page).text = "Milk"
    assert request.getfixturevalue("clipboard").text == ""


def test_a_server_dies_with_its_tests(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, DYING).returncode == -signal.SIGKILL
    port = int((tmp_path / "port").read_text())
    with contextlib.suppress(ConnectionRefusedError):
        while True:
            with contextlib.suppress(ConnectionResetError):  # it is dying
                socket.create_connection(("127.0.0.1", port)).close()
