"""The application under test as a process: started, asked, killed, started again on the same port.

A worker of pytest-xdist has a server of its own. The port is held by a socket that is bound and never
listens, so that no other process gets it between two starts. The server leads a process group: to kill it is
to cut its power.
"""

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .app import App
from .connections import ORDERS

# What a program needs to find its way; nothing of what the developer has set for the application itself.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
MEASURING = ("COVERAGE_FILE", "COVERAGE_RCFILE")  # where what was measured is put together
PATIENCE = 30.0  # seconds for an answer
START = 30.0
ERROR = re.compile(r"^[\w.]+(?:Error|Exception)\b.*", re.MULTILINE)


class NotReadyError(Exception):
    """There is no server to test against; the message says why."""


class Server:
    """A server for `app`, which takes `late` seconds more for what scripts ask; its log is the file `server.log` in
    `folder`."""

    def __init__(self, app: App, folder: Path, coverage: str = "", late: float = 0) -> None:
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port: int = self._held.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.token = secrets.token_urlsafe(24)
        self.log = folder / "server.log"
        self.app = app
        self._measured = bool(coverage)
        self.ready = False
        self.clock_moved = False
        """Its clock may show another time than the machine's."""
        self.when_killed: Callable[[], None] | None = None
        """Told of each `kill`, by which requests fail."""
        self.when_ready: Callable[[], None] | None = None
        """Told when it answers, and none fail any more."""
        self._process: subprocess.Popen[bytes] | None = None
        kept = KEPT + MEASURING if coverage else KEPT
        self._environment = {name: os.environ[name] for name in kept if name in os.environ} | {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUNBUFFERED": "1",
            **app.environment,
            "E2E_FACTORY": app.factory,
            "E2E_JOBS": app.jobs or "",
            "E2E_FORGET": app.forget or "",
            "E2E_PORT": str(self.port),
            "E2E_TOKEN": self.token,
            "E2E_THREADS": str(app.threads),
            "E2E_COVERAGE": coverage,
            "E2E_LATE": str(late),
        }

    def start(self) -> None:
        """Let it begin importing. It makes the application when `go` is called."""
        self.ready = False
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.serve"],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def go(self) -> None:
        """Tell it that the database is there."""
        assert self._process
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # it is gone already; wait_until_ready says why
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def wait_until_ready(self) -> None:
        """Return when it answers; raise, with the end of its log, when it will not."""
        until = time.monotonic() + START
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                log = self.lines_since(self._log_began)
                said = [f"GET {self.app.ready_path} {self._said}"] if self.running else []
                why = "".join(f": {reason}" for reason in said + ERROR.findall(log)[-1:])
                raise NotReadyError(f"The server did not start{why}\nThe end of its log:\n{log[-4000:]}")
            time.sleep(0.005)  # another process gets ready: there is nothing to wait on but its answer
        self.ready = True
        if self.when_ready:
            self.when_ready()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", self.app.ready_path)
            status = connection.getresponse().status
            self._said = f"answered {status}"
            return status < 500
        except OSError as error:
            self._said = f"failed: {error}"
            return False
        finally:
            connection.close()

    def order(self, what: str, **details: object) -> Any:
        """Have `Controlled` in the server's process do something, and answer what it says.

        Spoken by hand, as it is part of every test: `http.client` takes twice as long.
        """
        body = json.dumps(details).encode()
        asked = f"POST /{self.token}/{what} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE, ORDERS) as connection:
                connection.sendall(asked + body)
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
        except TimeoutError:
            raise TimeoutError(f"The server did not {what} within {PATIENCE:g} s.") from None
        except ConnectionError as error:
            raise ConnectionError(f"The server could not {what}, it is down: {error}") from None
        if not answer:
            raise ConnectionError(f"The server hung up before it could {what}.")
        head, _, said = answer.partition(b"\r\n\r\n")
        if head.split(b" ", 2)[1:2] != [b"200"]:
            raise RuntimeError(f"The server could not {what}: {json.loads(said)}")
        return json.loads(said)

    def kill(self) -> None:
        """End it as a power cut does, with whatever it is doing."""
        if self.when_killed:
            self.when_killed()
        try:
            self._take_coverage()
        finally:
            if self._process:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.communicate()
                self._process = None
                self._wait_until_deaf()

    def _wait_until_deaf(self) -> None:
        """Its workers die by themselves. Until they have, they would take connections that are for the next one."""
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            except ConnectionRefusedError:
                return
            except ConnectionError:  # it is dying
                continue

    def stop(self) -> None:
        """End it as an administrator does; one that will not is killed."""
        try:
            self._take_coverage()
            if self._process:
                self._process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
        finally:
            self.kill()

    def _take_coverage(self) -> None:
        """What ran is known to the process alone, and gone with it."""
        if self._measured and self.ready and self.running:
            with contextlib.suppress(OSError):  # it hangs, and knows nothing more
                self.order("write_coverage")

    def close(self) -> None:
        """Stop it, and let go of the port."""
        with self._held:
            self.stop()

    @property
    def at_once(self) -> str:
        """An address at which it answers at once, whatever the application is doing."""
        return f"{self.url}/{self.token}/in_flight"

    @property
    def meant_to_run(self) -> bool:
        """Nobody has killed it since it was started."""
        return self._process is not None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Start it again on the same port, after its end."""
        self.kill()
        self.start()
        self.go()
        self.wait_until_ready()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Killed for the length of a with block."""
        self.kill()
        yield
        self.restart()

    def lines_since(self, position: int) -> str:
        """What it logged from that size of the log on."""
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")
