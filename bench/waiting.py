"""What everybody waits for: the start, the memory at rest, and an answer while others make trouble."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from statistics import median, quantiles

from .client import Client, head, request
from .server import Clubroom, Server, bare
from .signing import visitors
from .table import row, title, turns

STALLED = 40
SIGNING_IN = 16


def start(club: Clubroom, rounds: int) -> None:
    """The club is not running before, nor after."""
    title("Starting and resting")

    def fresh(server: Server) -> float:
        took = server.start()
        server.stop(signal.SIGKILL)
        return took

    ours, theirs = turns(rounds, lambda: fresh(club), lambda: fresh(Server("bench.bare", "1")))
    row("start to first answer, database existing", ours, "s", theirs, "bare WSGI on granian")


def memory(club: Clubroom, when: str) -> None:
    with bare(1) as limit:
        time.sleep(1)
        row(f"memory of all processes, {when}", club.memory(), "MB (PSS)", limit.memory(), "bare WSGI on granian")


def others(club: Clubroom, cookie: str, seconds: float) -> None:
    """How long GET one user takes one client, asking fifty times a second, while others keep the server busy."""
    title("One client's wait, meanwhile", ("median", "99 %", ""))
    troubles: dict[str, AbstractContextManager[object]] = {
        "nothing else": ExitStack(),
        f"{STALLED} clients stalled in the middle of a body": stalled(club, cookie),
        f"{SIGNING_IN} clients signing in without a pause": signing_in(club),
    }
    for name, trouble in troubles.items():
        with trouble:
            time.sleep(0.5)
            times = _waits(club, cookie, seconds)
        print(f"  {name:<48} {median(times):>9.2f} {quantiles(times, n=100)[98]:>9.2f}           ms", flush=True)


def _waits(club: Clubroom, cookie: str, seconds: float) -> list[float]:
    sent = request(f"/api/users/{club.user}", cookie)
    with Client(club.port) as client:
        times = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            times.append(client.time(sent))
            time.sleep(0.02)
    return times


@contextmanager
def stalled(club: Clubroom, cookie: str) -> Iterator[None]:
    """Clients of as many addresses that announce a body, send half of it, and say no more."""
    with ExitStack() as stack:
        for number in range(STALLED):
            client = stack.enter_context(Client(club.port, f"127.9.0.{number + 1}"))
            kind, path = [
                ("application/json", "/api/login"),
                ("multipart/form-data; boundary=b", "/api/upload"),
            ][number % 2]
            client.socket.sendall(head(path, cookie, "POST", 1000, kind) + b"-" * 500)
        yield


@contextmanager
def signing_in(club: Clubroom) -> Iterator[None]:
    over, sign_in = threading.Event(), visitors(club)

    def repeat() -> None:
        while not over.is_set():
            sign_in(0)

    threads = [threading.Thread(target=repeat) for _ in range(SIGNING_IN)]
    for one in threads:
        one.start()
    yield
    over.set()
    for one in threads:
        one.join()
