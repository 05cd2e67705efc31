"""What is ordered happens once, as ordered, and only who knows the secret path can order."""

import http.client
import json
import os
import select
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from urllib.request import urlopen
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Page

from e2e.harness import App, connections, remote
from e2e.harness.connections import ORDERS, hang_up, hang_up_idle
from e2e.harness.control import Controlled
from e2e.harness.people import PeopleAtOnce, SignIn, give_session
from e2e.harness.remote import Control
from e2e.harness.server import Server

from .inner import run_pytest

EARLY = """
from playwright.sync_api import expect

ASK = "void fetch('/rows').then(() => { document.title = 'there' })"


def test_waiting(page):
    page.goto("/clean")
    page.evaluate(ASK)
    expect(page).to_have_title("there")


def test_too_early(page):
    page.goto("/clean")
    page.evaluate(ASK)
    assert page.title() == "there"
"""
CRASH = """
from e2e.harness import plugin


def test_crash(page, control, request, monkeypatch):
    monkeypatch.setattr(plugin, "LATE", 0)
    monkeypatch.setattr(request.config.option, "late_answers", 10)  # the server, which has started, is less late
    page.goto("/clean")
    control.slow(0, "/crash")  # no slower than it is, but to be waited for
    page.evaluate("void fetch('/crash')")
    control.wait_until_met()
"""


def test_a_test_that_goes_on_before_the_answer_is_found_out_by_late_ones(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, EARLY, "--late-answers=1").stdout
    assert "FAILED test_inner.py::test_too_early" in said
    assert "1 failed, 1 passed" in said


def test_an_answer_that_is_made_late_is_waited_for_so_much_longer(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, CRASH, "--late-answers=1.5").stdout
    assert "/crash answered 500 [/crash]" in said


def test_a_short_answer_can_be_as_slow_as_a_long_one(server: Server, control: Control) -> None:
    control.slow(0.4, "/late")
    began = time.monotonic()
    with urlopen(f"{server.url}/late") as answer:
        assert answer.read() == b"0"
    assert time.monotonic() - began >= 0.4


def test_a_spoilt_answer_waits_for_the_body_and_leaves_the_connection_open(server: Server, control: Control) -> None:
    control.answer(503, "/clean", method="POST")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/clean")
    connection.putheader("Content-Length", "2")
    connection.endheaders()
    kept = connection.sock
    assert select.select([kept], [], [], 0.2) == ([], [], []), "The answer came before the body"
    connection.send(b"{}")
    assert connection.getresponse().read() == b""
    connection.request("GET", "/clean")
    assert connection.getresponse().status == 200
    assert connection.sock is kept
    connection.close()


def test_hanging_up_passes_by_what_has_no_port_and_leaves_nothing_open() -> None:
    one, other = socket.socketpair()
    with one, other, socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as browser, listening.accept()[0] as served:
            browser.sendall(b"GET")
            served.recv(3)
            before = os.listdir("/proc/self/fd")
            assert hang_up(port)
            assert browser.recv(1) == b""
            assert os.listdir("/proc/self/fd") == before


def test_an_order_under_way_is_not_taken_for_what_waits_for_its_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address) as browser, listening.accept()[0] as served:
            browser.sendall(b"GET")
            served.recv(3)
            time.sleep(0.02)  # two steps of the kernel's clock: only the fresher one of two would be cut by mistake
            with socket.create_connection(address, source_address=ORDERS) as order, listening.accept()[0] as ordered:
                order.sendall(b"POST")
                ordered.recv(4)
                assert hang_up(address[1])
                assert select.select([browser, order], [], [], 10)[0] == [browser]


def test_an_answer_on_its_way_to_another_connection_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ON_ITS_WAY", 10)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as server:
        address = listening.getsockname()
        with (
            socket.create_connection(address, 10) as dropped,
            listening.accept()[0] as served,
            socket.create_connection(address, 10) as other,
            listening.accept()[0] as answering,
        ):
            dropped.sendall(b"POST")
            served.recv(4)
            time.sleep(0.02)  # two steps of the kernel's clock: the fresher one of two would be cut by mistake
            other.sendall(b"GET")
            answering.recv(3)
            cut = server.submit(hang_up, address[1])
            time.sleep(0.02)  # an answer that is late is what is waited for
            answering.sendall(b"200")
            assert cut.result(10)
            assert (dropped.recv(3), other.recv(3)) == (b"", b"200")


def test_nobody_is_hung_up_on_where_the_browser_has_hung_up_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert hang_up(listening.getsockname()[1])


def test_who_waits_for_another_answer_is_not_idle() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address, 10) as browser, listening.accept()[0] as served:
            browser.sendall(b"GET")
            served.recv(3)
            served.sendall(b"200")
            browser.recv(3)
            time.sleep(0.02)  # two steps of the kernel's clock
            browser.sendall(b"GET")
            served.recv(3)
            hang_up_idle(address[1])
            served.sendall(b"404")
            assert browser.recv(3) == b"404"


def test_who_is_not_taken_yet_is_waited_for_and_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as server:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 10) as browser:
            cut = server.submit(hang_up_idle, port)
            with pytest.raises(TimeoutError):
                cut.result(0.2)
            with listening.accept()[0]:
                cut.result(10)
                assert browser.recv(1) == b""


def test_a_dropped_answer_is_a_connection_cut_when_the_work_is_done(server: Server, control: Control) -> None:
    control.drop("/rows", method="POST")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/rows")
    assert json.loads(connection.getresponse().read())["rows"] == 0
    connection.request("POST", "/rows")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.request("GET", "/rows")
    assert json.loads(connection.getresponse().read())["rows"] == 1
    connection.close()


def test_an_answer_has_its_status_until_it_is_under_way_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(_environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        start("200 OK", [])
        return [b""]

    controlled = Controlled(app, "token")
    undecided: list[bool] = []

    class Log:
        def write(self, _line: str) -> None:
            undecided.append(controlled.decide(patience=0, since=inf))

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Log())
        controlled({"PATH_INFO": "/clean", "REQUEST_METHOD": "GET"}, lambda *_: lambda _: None)
    assert undecided == [False]


def test_an_application_that_raises_has_decided_then() -> None:
    def app(_environ: WSGIEnvironment, _start: StartResponse) -> list[bytes]:
        raise ValueError

    controlled = Controlled(app, "token")
    before = time.perf_counter()
    with pytest.raises(ValueError, match=r"^$"):
        controlled({"PATH_INFO": "/clean", "REQUEST_METHOD": "GET"}, lambda *_: lambda _: None)
    assert controlled.decide(patience=0, since=before)


def test_a_page_that_hears_of_a_cut_before_the_server_goes_on_has_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    controlled = Controlled(lambda _environ, _start: [b""], "token")
    controlled.spoil({"path": "/rows", "method": None, "mark": "1", "drop": 5, "port": 0})
    with ThreadPoolExecutor(1) as test:
        early: list[Future[list[str]]] = []

        def cut(_port: int) -> bool:
            early.append(test.submit(controlled.unmet))
            wait(early, timeout=0.3)
            return True

        monkeypatch.setattr(connections, "hang_up", cut)
        environ = {"PATH_INFO": "/rows", "REQUEST_METHOD": "GET", "HTTP_COOKIE": "e2e-browser=1"}
        controlled(environ, lambda *_: lambda _: None)
        assert early[0].result(10) == []


def test_a_page_whose_answer_is_dropped_has_asked_once_though_it_keeps_connections(
    page: Page, control: Control
) -> None:
    page.goto("/clean")
    page.evaluate("Promise.all([1, 2, 3].map(() => fetch('/rows').then((answer) => answer.text())))")
    control.drop("/rows", method="POST")
    assert page.evaluate("fetch('/rows', { method: 'POST' }).catch((error) => error.name)") == "TypeError"
    assert page.evaluate("fetch('/rows').then((answer) => answer.json())")["rows"] == 1


def test_a_page_asks_once_though_the_server_is_not_done_with_what_it_has_answered(page: Page, control: Control) -> None:
    page.goto("/clean")
    page.evaluate("fetch('/late').then((answer) => answer.text())")
    control.drop("/rows", method="POST")
    assert page.evaluate("fetch('/rows', { method: 'POST' }).catch((error) => error.name)") == "TypeError"
    assert page.evaluate("fetch('/rows').then((answer) => answer.json())")["rows"] == 1


@pytest.mark.fails_because("The answer to POST /rows was not dropped, being one of several: GET /unfit (")
def test_an_answer_that_another_without_end_keeps_from_being_dropped(
    page: Page, server: Server, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto("/clean")
    server.order("settle", patience=10)  # else that one, which the page has already, may be the first of them
    monkeypatch.setattr(remote, "DROP_PATIENCE", 0.1)
    control.drop("/rows", method="POST")
    control.stall("/unfit")
    page.evaluate("void fetch('/unfit')")
    while not control.in_flight():
        pass
    assert page.evaluate("fetch('/rows', { method: 'POST' }).then((answer) => answer.status)") == 200


def test_an_answer_of_late_is_told_from_one_before(server: Server) -> None:
    before = time.perf_counter()
    urlopen(f"{server.url}/clean").close()
    moments = (before, time.perf_counter())
    assert [server.order("decide", patience=0, since=moment) for moment in moments] == [True, False]


def test_what_is_to_be_spoilt_is_waited_for(page: Page, control: Control) -> None:
    page.goto("/clean")
    control.stall("/rows")
    page.evaluate("void setTimeout(() => fetch('/rows'), 100)")
    control.wait_until_met()
    assert [line.split(" (")[0] for line in control.in_flight()] == ["GET /rows"]


def test_what_is_to_be_dropped_is_met_when_it_is_cut(server: Server, control: Control) -> None:
    control.drop("/rows", method="POST")
    with ThreadPoolExecutor(1) as browser:
        asked = browser.submit(urlopen, f"{server.url}/rows", b"{}")
        control.wait_until_met()
        with urlopen(f"{server.url}/rows") as answer:
            assert json.load(answer)["rows"] == 1
        with pytest.raises(http.client.RemoteDisconnected):
            asked.result(10)


def test_what_the_page_has_all_of_is_in_flight_no_more(page: Page, control: Control) -> None:
    page.goto("/clean")
    page.evaluate("fetch('/late').then((answer) => answer.text())")
    assert control.in_flight() == []


@pytest.mark.fails_because("Nobody asked for /rows, whose answer was to be spoilt")
def test_what_is_to_be_spoilt_is_not_waited_for_without_end(
    page: Page, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto("/clean")
    monkeypatch.setattr(remote, "MEETING_PATIENCE", 0.1)
    control.stall("/rows")
    control.wait_until_met()


def test_a_frozen_clock_stands_also_when_it_is_moved(control: Control) -> None:
    control.clock_freeze(datetime(2030, 1, 1, tzinfo=UTC))
    assert [control.clock_forward(hours=hours) for hours in (1, 0)] == [datetime(2030, 1, 1, 1, tzinfo=UTC)] * 2


def test_a_clock_that_is_set_leaves_the_process_in_its_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    controlled = Controlled(lambda _environ, _start: [], "token")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        shown = [controlled.clock(f"2030-01-0{day}T00:00:00+00:00", frozen=True) for day in (1, 2)]
        controlled.clock(None)
    time.tzset()
    assert shown == ["2030-01-01T01:00:00+01:00", "2030-01-02T01:00:00+01:00"]


def test_without_the_secret_path_an_order_is_a_request_to_the_application(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    statuses = []
    for secret in (server.token, "guessed"):
        connection.request("POST", f"/{secret}/in_flight", "{}")
        answer = connection.getresponse()
        statuses.append(answer.status)
        answer.read()
    connection.close()
    assert statuses == [200, 404]


@pytest.mark.fails_because("The server could not clock: ValueError: Invalid isoformat string: 'never'")
def test_an_order_that_fails_says_why(server: Server) -> None:
    server.order("clock", at="never")


def test_an_order_that_has_no_end_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patch:
        patch.setattr("e2e.harness.server.PATIENCE", 0.1)
        patch.setattr(server, "port", silent.getsockname()[1])
        with pytest.raises(TimeoutError, match=r"The server did not run_jobs within 0\.1 s"):
            server.order("run_jobs")


@pytest.mark.fails_because("The server could not forward, it is down:")
def test_an_order_to_a_server_that_is_down_says_so(server: Server, control: Control) -> None:
    server.kill()
    control.clock_forward(days=1)


def test_the_answers_to_strangers_are_told_apart(people_at_once: PeopleAtOnce, control: Control) -> None:
    one, other = people_at_once(None, None)
    control.answer(404, "/rows", one)
    answered = [page.goto("/rows") for page in (other, one)]
    assert [answer and answer.status for answer in answered] == [200, 404]


def test_a_page_is_known_though_its_cookies_change_and_the_application_sees_only_those(
    page: Page, control: Control
) -> None:
    control.answer(404, "/rows", page)
    page.goto("/clean")
    page.evaluate("document.cookie = 'session=another'")
    assert page.evaluate("fetch('/cookies').then((answer) => answer.text())") == "session=another"
    assert page.evaluate("fetch('/rows').then((answer) => answer.status)") == 404


@pytest.mark.parametrize("path", ["**/clean", "/clean?page=2"])
def test_what_is_no_path_is_refused(control: Control, path: str) -> None:
    with pytest.raises(ValueError, match="is no beginning of a path"):
        control.stall(path)


@pytest.mark.fails_because("520 is not a valid HTTPStatus")
def test_a_number_that_is_no_status_is_refused(control: Control) -> None:
    control.answer(520)


@pytest.mark.fails_because("2030-01-01 00:00:00 has no time zone")
def test_a_time_without_a_zone_is_refused(control: Control) -> None:
    control.clock_freeze(datetime(2030, 1, 1))  # noqa: DTZ001 (the planted fault)


@pytest.mark.fails_because("The App of app_under_test has no jobs.")
def test_an_application_without_jobs_is_told(control: Control) -> None:
    control.run_jobs()


@pytest.mark.fails_because("The App of app_under_test has no sign_in.")
def test_an_application_without_sessions_is_told(sign_in: SignIn) -> None:
    sign_in("Ada")


@pytest.mark.fails_because("The App's sign_in made no session for 'Ada'")
def test_an_application_that_makes_no_session_is_told(page: Page, server: Server, app_under_test: App) -> None:
    give_session(replace(app_under_test, sign_in=lambda who: {}), server, "Ada", page.context)


def test_a_session_that_scripts_keep_is_in_their_storage_until_they_empty_it(
    page: Page, server: Server, app_under_test: App
) -> None:
    app = replace(app_under_test, sign_in=lambda who: {"token": f"{who}'s"}, in_local_storage=True)
    page.goto("/clean")
    page.evaluate("localStorage.draft = 'Milk'")
    give_session(app, server, "Ada", page.context)
    page.reload()
    assert page.evaluate("({ ...localStorage })") == {"draft": "Milk", "token": "Ada's"}
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.evaluate("localStorage.length") == 0


def test_a_cookie_is_the_servers_alone_unless_it_is_said_to_be_for_scripts(
    page: Page, server: Server, app_under_test: App
) -> None:
    cookies = {"session": "Ada's", "csrf": {"value": "x", "httpOnly": False}}
    give_session(replace(app_under_test, sign_in=lambda who: cookies), server, "Ada", page.context)
    page.goto("/clean")
    assert page.evaluate("document.cookie") == "csrf=x"
    assert sorted(page.evaluate("fetch('/cookies').then((answer) => answer.text())").split("; ")) == [
        "csrf=x", "session=Ada's",
    ]  # fmt: skip
