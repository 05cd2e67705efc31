"""Servers to measure, as processes: Clubroom itself, and a bare WSGI application served in the same way."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from .client import Client, request

PASSWORD = "seven quiet herons by the lake"  # noqa: S105
TICK = os.sysconf("SC_CLK_TCK")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CLUBROOM_")}


def free_port() -> int:
    """A port below those the system gives to clients: among them, one that asks too early can meet itself."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """A server and all its processes, which are a group of their own."""

    def __init__(self, *command: str, environment: dict[str, str] | None = None) -> None:
        self.command = [sys.executable, "-m", *command]
        self.environment = ENVIRONMENT | (environment or {})
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and wait for its first answer; how long that took."""
        began = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603
            [*self.command, "--port", str(self.port)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not self.answers():
            if self.process.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit(f"It did not start: {' '.join(self.command)}")
            time.sleep(0.002)
        return time.perf_counter() - began

    def answers(self) -> bool:
        try:
            with Client(self.port) as client:
                return client.ask(request("/healthz")).status == 200
        except OSError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGTERM asks its first process, SIGKILL takes all of them at once."""
        if self.process:
            with suppress(ProcessLookupError):
                (os.killpg if how == signal.SIGKILL else os.kill)(self.process.pid, how)
            self.process.wait(40)
            self.process = None

    def processes(self) -> Iterator[Path]:
        assert self.process
        for one in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if _stat(one)[2] == str(self.process.pid):
                    yield one

    def memory(self) -> float:
        """PSS of all its processes in MB: what is shared counts once."""
        total = 0
        for one in self.processes():
            with suppress(OSError):
                lines = (one / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1000

    def cpu(self) -> float:
        """Seconds its processes have computed so far."""
        return sum(int(number) for one in self.processes() for number in _stat(one)[11:13]) / TICK

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _stat(process: Path) -> list[str]:
    """The fields of /proc/<pid>/stat after the name: state, parent, group …"""
    return (process / "stat").read_text().rpartition(")")[2].split()


class Clubroom(Server):
    """The real thing on a data folder of its own, with made-up people and one manager who can sign in."""

    def __init__(self, data: Path, people: int) -> None:
        super().__init__("clubroom", "run", environment={"CLUBROOM_DATA_DIR": str(data)})
        self.data = data
        self.people = people
        self.command_line("seed", "--users", str(people))
        self.user = int(
            self.command_line(
                *("users", "add", "bench", "--email", "bench@example.org", "--role", "manager", "--password-stdin"),
                stdin=PASSWORD,
            ).split()[-1]
        )

    def command_line(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "clubroom", *arguments],
            env=self.environment,
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        )
        return done.stdout

    def sign_in(self, source: str = "127.0.0.1") -> str:
        """Sign in from an address of this machine; the cookie."""
        with Client(self.port, source) as client:
            body = b'{"username": "bench", "password": "%s"}' % PASSWORD.encode()
            answer = client.ask(request("/api/login", method="POST", body=body, kind="application/json"))
            if answer.status != 200:
                raise SystemExit(f"Signing in was answered with {answer.status}: {answer.body.decode()}")
            return answer.header("set-cookie").split(";")[0]


@contextmanager
def bare(size: int) -> Iterator[Server]:
    """A WSGI application that answers `size` bytes and does nothing else."""
    with Server("bench.bare", str(size)) as server:
        yield server
