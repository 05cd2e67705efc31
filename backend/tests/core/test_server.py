from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from json import dumps, loads
from pathlib import Path

import pytest
from click.testing import CliRunner
from clubroom.cli import cli
from clubroom.core import gate, server

from ..factories import PASSWORD

JSON = {"Content-Type": "application/json"}
FORGOTTEN = ("forgotten", '{"email": "nobody@example.org"}', "2020-01-01 00:00:00.000000")


def answers(port: int, host: str = "127.0.0.1") -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.fixture(scope="module")
def started_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it: making the database and the page's files is nearly half of one."""
    folder = tmp_path_factory.mktemp("data")
    made = CliRunner().invoke(cli, ["users", "list"], env={"CLUBROOM_DATA_DIR": str(folder)}, catch_exceptions=False)
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def running(
    tmp_path: Path, started_before: Path, port: int, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running server, and its port; a parameter is a statement that changes it first."""
    shutil.copytree(started_before, tmp_path, dirs_exist_ok=True)
    process = start(tmp_path, port, getattr(request, "param", "pass"), subprocess.DEVNULL)
    while not answers(port):
        assert process.poll() is None
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    yield process, port
    process.kill()
    process.wait()


def start(folder: Path, port: int, change: str, output: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {"CLUBROOM_DATA_DIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    program = f"from clubroom import cli; from clubroom.core import server; {change}; cli.main()"
    command = [sys.executable, "-c", program, "run", "--port", str(port), "--workers", "1"]
    # With a group of its own, as a terminal and systemd have one.
    return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True)


def children(process: int) -> list[int]:
    """The processes that this one started, the oldest first."""
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def soon(happens: Callable[[], object]) -> bool:
    patience = threading.Event()
    return any(happens() or patience.wait(0.2) for _ in range(60))


def does_jobs(folder: Path) -> bool:
    """Whether a job that is put there now is done."""
    with closing(sqlite3.connect(folder / "clubroom.db", timeout=10)) as database, database:
        database.execute("INSERT INTO jobs (kind, arguments, due_at, attempts) VALUES (?, ?, ?, 0)", FORGOTTEN)
    with closing(sqlite3.connect(folder / "clubroom.db", timeout=10)) as database:
        return soon(lambda: not database.execute("SELECT id FROM jobs").fetchall())


def test_a_host_may_be_a_name(tmp_path: Path, started_before: Path, port: int) -> None:
    shutil.copytree(started_before, tmp_path, dirs_exist_ok=True)
    named = "import os; os.environ['CLUBROOM_HOST'] = 'localhost'"
    with start(tmp_path, port, named, subprocess.DEVNULL) as process:
        assert soon(lambda: process.poll() is not None or answers(port, "localhost"))
        assert process.poll() is None
        process.terminate()


def test_nothing_is_left_on_the_port_of_a_server_that_was_killed(running: tuple[subprocess.Popen[bytes], int]) -> None:
    process, port = running
    process.kill()
    process.wait()
    assert soon(lambda: not answers(port))


def test_another_does_the_jobs_when_who_does_them_dies(
    running: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    keeper = children(running[0].pid)[0]
    assert soon(lambda: children(keeper))
    (worker,) = children(keeper)
    os.kill(worker, signal.SIGKILL)
    assert soon(lambda: children(keeper) not in ([], [worker]))
    assert does_jobs(tmp_path)


def test_a_terminal_that_goes_away_ends_none_of_the_processes(
    running: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    process, port = running
    keeper = children(process.pid)[0]
    assert soon(lambda: children(keeper))
    os.killpg(process.pid, signal.SIGHUP)
    assert does_jobs(tmp_path)
    assert soon(lambda: answers(port))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_where_all_processes_are_told_to_stop_they_do(
    running: tuple[subprocess.Popen[bytes], int], how: signal.Signals
) -> None:
    process, _ = running
    os.killpg(process.pid, how)
    assert process.wait(15) == 0


def test_a_signal_may_come_at_any_moment() -> None:
    program = (
        "import os, signal; from clubroom.core import server; stop = server.stop_asked()\n"
        "with stop._cond: os.kill(os.getpid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGTERM)\n"
        "assert stop.wait(30)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, check=False).returncode == 0


def test_one_that_still_starts_ends_at_once_when_told(tmp_path: Path, port: int) -> None:
    # What granian does between loading the app and listening to signals has no end here: only the signal ends it.
    between = (
        "import threading; from granian.server import mp; "
        "mp._wsgi_call_wrap = lambda *_: (print('now', flush=True), threading.Event().wait())"
    )
    with start(tmp_path, port, between, subprocess.PIPE) as process:
        assert process.stdout
        assert b"now\n" in iter(process.stdout.readline, b"")
        process.terminate()
        assert process.wait(15) == 0


def test_whoever_waits_for_a_mail_does_not_hold_up_the_end(
    running: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    process, port = running
    command = ["users", "add", "ada", "--email", "ada@example.org", "--role", "admin", "--password-stdin"]
    added = CliRunner().invoke(cli, command, env={"CLUBROOM_DATA_DIR": str(tmp_path)}, input=PASSWORD)
    assert added.exit_code == 0, added.output
    with (
        closing(HTTPConnection("127.0.0.1", port, timeout=40)) as client,
        closing(sqlite3.connect(tmp_path / "clubroom.db", timeout=10)) as database,
    ):
        client.request("POST", "/api/login", dumps({"username": "ada", "password": PASSWORD}), JSON)
        answer = client.getresponse()
        answer.read()
        headers = JSON | {"Cookie": answer.headers["Set-Cookie"]}
        client.request("POST", "/api/tokens", dumps({"name": "script", "scope": "admin"}), headers)
        script = {"Authorization": f"Bearer {loads(client.getresponse().read())['token']}"}
        client.request("GET", "/api/outbox?to=nobody@example.org&wait=30", headers=script)
        assert soon(lambda: database.execute("SELECT id FROM api_tokens WHERE last_used_at IS NOT NULL").fetchall())
        began = time.monotonic()
        process.terminate()
        assert client.getresponse().read() == b"[]"
        assert process.wait(40) == 0
        assert time.monotonic() - began < 15


@pytest.fixture
def files_allowed() -> Iterator[int]:
    """How many files this process may have open at most; what it has of that now is as before when the test ends."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_connections_get_the_room_that_the_system_grants(files_allowed: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, files_allowed))
    assert server.room_for_connections() == server.CONNECTIONS
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == server.CONNECTIONS + server.OTHER_FILES


def test_a_system_that_grants_no_more_leaves_room_for_what_it_has(
    files_allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    for allowed, room in ((256, gate.THREADS), (1024, 1024 - server.OTHER_FILES)):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, files_allowed))
        with monkeypatch.context() as patched:
            patched.setattr(resource, "setrlimit", refuse)
            assert server.room_for_connections() == room


def test_many_who_say_nothing_keep_nobody_out(running: tuple[subprocess.Popen[bytes], int]) -> None:
    with ExitStack() as silent:
        for _ in range(600):
            silent.enter_context(socket.create_connection(("127.0.0.1", running[1]), 5))
        assert answers(running[1])


def test_a_head_as_long_as_no_browser_sends_is_refused(running: tuple[subprocess.Popen[bytes], int]) -> None:
    answer = b""
    with socket.create_connection(("127.0.0.1", running[1]), 20) as caller, suppress(ConnectionError):
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: a=" + b" " * 4 * server.HEAD + b"\r\n\r\n")
        answer = caller.recv(65_536)
    assert answer[:13] in (b"HTTP/1.1 431 ", b"")  # the second where it was cut off before all was sent


@pytest.mark.parametrize("running", ["server.SILENCE = 1"], indirect=True)
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX:", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_says_nothing_is_hung_up_on(running: tuple[subprocess.Popen[bytes], int], said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running[1]), 20) as silent:
        silent.sendall(said)
        while silent.recv(65_536):
            pass
