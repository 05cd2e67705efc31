"""The server's side of the tests' control over it: a WSGI application around the one under test, in test code
only.

The tests speak to it under a secret path. It moves the clock, spoils the next answer to one browser, knows
which requests are in flight, runs jobs. The application cannot tell that it is there.
"""

import importlib
import json
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import connections

if TYPE_CHECKING:
    import time_machine

Fault = dict[str, Any]
MARK = "e2e-browser"
"""The cookie by which one browser's requests are told from others'. The application's own may change with each
answer."""
HOW_LATE = {"empty": 1, "image": 3}
"""So many times as late as is ordered come what scripts ask for, and pictures: after what a test does to them
meanwhile. The page as it loads is not late."""
MARKED = re.compile(rf"(?:^|; ){MARK}=(\d+)")


def named(path: str) -> Any:
    """What "package.module:name" stands for."""
    module, colon, name = path.partition(":")
    if not colon:
        raise ValueError(f"{path} should be package.module:name")
    return getattr(importlib.import_module(module), name)


class Controlled:
    """The application under test, and beside it, at `/<token>/<order>`, the public methods of this class."""

    def __init__(self, app: WSGIApplication, token: str, jobs: str = "", forget: str = "", late: float = 0) -> None:
        self._app = app
        self._prefix = f"/{token}/"
        self._jobs, self._forget, self._late = jobs, forget, late
        self._changed = threading.Condition()
        self._flying: dict[int, tuple[str, float]] = {}
        self._statuses: dict[int, str] = {}
        self._told: set[int] = set()
        self._stalled: set[int] = set()
        self._decided = 0.0
        self._numbers = count()
        self._faults: list[Fault] = []
        self._held: list[threading.Event] = []
        self._clock: tuple[time_machine.travel, time_machine.Traveller] | None = None
        self._frozen = False

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        trace = threading.gettrace()
        if trace and not sys.gettrace():  # the server's threads are not Python's: coverage has not seen them start
            sys.settrace(trace)
        path = environ["PATH_INFO"]
        if path.startswith(self._prefix):
            size = int(environ.get("CONTENT_LENGTH") or 0)
            orders = json.loads(environ["wsgi.input"].read(size) or "{}")
            try:
                status, answer = "200 OK", getattr(self, path.removeprefix(self._prefix))(**orders)
            except Exception as error:  # the application's own jobs, for one
                traceback.print_exc()
                status, answer = "500 Internal Server Error", f"{type(error).__name__}: {error}"
            start(status, [("Content-Type", "application/json")])
            return [json.dumps(answer).encode()]
        return self._answer(environ, start)

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        number = next(self._numbers)
        mark = _unmarked(environ)
        with self._changed:
            self._flying[number] = (f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", time.perf_counter())
            fault = next((one for one in self._faults if _meant(one, environ, mark)), None)
            if fault and not fault.get("drop"):  # one of these may be met twice, and is when it is cut
                fault["met"] = True
                self._changed.notify_all()
                self._faults.remove(fault)

        length = inf

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal length
            length = next((int(value) for name, value in headers if name.lower() == "content-length"), inf)
            self._statuses[number], self._decided = status.split()[0], time.perf_counter()
            return start(status, headers, *more)

        if late := self._late * HOW_LATE.get(environ.get("HTTP_SEC_FETCH_DEST", ""), 0):
            time.sleep(late)  # being late is what was ordered
        try:
            body = self._spoilt(number, fault, environ, started) if fault else self._app(environ, started)
        except BaseException:
            self._decided = time.perf_counter()  # the server answers 500 then
            self._landed(number)
            raise
        if isinstance(body, list):
            self._landed(number)
            return body
        return _Closing(body, length, lambda: self._whole(number), lambda: self._landed(number))

    def _spoilt(self, number: int, fault: Fault, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if status := fault.get("status"):
            # An answer to a body still on its way ends the connection, and a browser may then ask again by itself.
            environ["wsgi.input"].read()
            start(f"{status} {HTTPStatus(status).phrase}", list(fault["headers"].items()))
            return [fault["body"].encode()]
        body = self._app(environ, start)
        if fault.get("stall"):
            self._stalled.add(number)
            fault["held"].wait()
            self._stalled.discard(number)
        if patience := fault.get("drop"):
            with self._changed:  # the one request without an answer is then this one
                alone = self._changed.wait_for(lambda: len(self._flying) == 1, patience)
                fault["beside"] = self._unended(but={number})
                # With the lock: the page may hear of it before this thread goes on, and its test ask what was met.
                cut = alone and connections.hang_up(fault["port"])
                fault["met"] = True
                self._changed.notify_all()
                if cut:
                    self._faults.remove(fault)
        if seconds := fault.get("seconds"):
            return _slowly(body, seconds)
        return body

    def _whole(self, number: int) -> None:
        """The browser has all of the answer, maybe before the server is done with it."""
        with self._changed:
            self._told.add(number)

    def _landed(self, number: int) -> None:
        """Log it, too: before the next test begins, as the server's own log may not."""
        what, since = self._flying[number]
        took = 1000 * (time.perf_counter() - since)
        sys.stdout.write(f"{what} {self._statuses.get(number, 'without an answer')} in {took:.0f} ms\n")
        with self._changed:
            del self._flying[number]
            self._statuses.pop(number, None)
            self._told.discard(number)
            self._changed.notify_all()

    def in_flight(self) -> list[str]:
        """What the application is answering right now, with its age. What a page may have all of is not: the page is
        ahead of the server then."""
        with self._changed:
            return self._unended(but=self._told)

    def _unended(self, but: Collection[int] = ()) -> list[str]:
        """What the server is not done with."""
        now = time.perf_counter()
        with self._changed:
            flying = [
                (number in self._stalled, *flight) for number, flight in self._flying.items() if number not in but
            ]
        return [f"{what} ({now - since:.1f} s{', held back' if stalled else ''})" for stalled, what, since in flying]

    def decide(self, patience: float, since: float) -> bool:
        """Wait until each request has its status; answers whether one had none at that moment of the machine's clock
        (`perf_counter`). One whose answer is held back, or goes on for ever, has it."""

        def decided() -> bool:
            return self._flying.keys() <= self._statuses.keys()

        with self._changed:
            late = not decided() or self._decided > since
            self._changed.wait_for(decided, patience)
        return late

    def settle(self, patience: float) -> list[str]:
        """Undo all that was ordered, then wait until the application has nothing left to answer."""
        self.release()
        self.clock(None)
        with self._changed:
            self._faults.clear()
            self._changed.wait_for(lambda: not self._flying, patience)
        if self._forget:
            named(self._forget)(self._app)
        return self._unended()

    def spoil(self, fault: Fault) -> None:
        """The next answer to a request that `fault` describes is to be another one."""
        with self._changed:
            if patience := fault.get("drop"):
                self._changed.wait_for(lambda: not self._told, patience)  # the page may be ahead of the server
                if not self._flying:
                    connections.hang_up_idle(fault["port"])
            fault["held"] = threading.Event()
            self._held.append(fault["held"])
            self._faults.append(fault)

    def wait_until_met(self, patience: float) -> list[str]:
        """Wait until all that is to be spoilt has been asked for; answers what was not."""
        with self._changed:
            self._changed.wait_for(lambda: all(one.get("met") for one in self._faults), patience)
        return self.unmet()

    def unmet(self) -> list[str]:
        """Which answers were to be spoilt, and are not: nobody has asked for them, or it could not be done."""
        found = []
        with self._changed:
            for one in self._faults:
                what = " ".join(filter(None, [one["method"], one["path"]]))
                if beside := one.get("beside"):
                    found.append(f"The answer to {what} was not dropped, being one of several: {', '.join(beside)}")
                elif not one.get("met"):
                    who = "This page never" if one["mark"] else "Nobody"
                    found.append(f"{who} asked for {what}, whose answer was to be spoilt")
        return found

    def release(self) -> None:
        """Let go of the answers held back."""
        while self._held:
            self._held.pop().set()

    def clock(self, at: str | None, frozen: bool = False) -> str:
        """Set the process's clock, or give it back to the machine. Answers what it shows."""
        self._frozen = frozen
        if not at:
            if self._clock:
                self._clock[0].stop()
            self._clock = None
        elif self._clock:  # no request in between sees the machine's
            self._clock[1].move_to(at, tick=not frozen)
        else:
            import time_machine  # it imports pytest, which is half of the harness's part in a server's start

            travel = time_machine.travel(at, tick=not frozen)  # as text: else the process would be in UTC then
            self._clock = travel, travel.start()
        return datetime.now().astimezone().isoformat()

    def moved(self) -> str | None:
        """What a clock shows that is not the machine's."""
        return datetime.now().astimezone().isoformat() if self._clock else None

    def forward(self, seconds: float) -> str:
        """Move the clock on from what it shows; one that stands goes on standing."""
        now = datetime.now().astimezone()
        return self.clock((now + timedelta(seconds=seconds)).isoformat(), self._frozen)

    def run_jobs(self) -> None:
        """Run what waits in the background to its end."""
        named(self._jobs)(self._app)

    def write_coverage(self) -> None:
        """Write down which lines ran in this process, when it is measured at all."""
        from coverage import Coverage

        if measured := Coverage.current():
            measured.save()


def _close(body: Iterable[bytes]) -> None:
    """As the server would, where the body has anything to close."""
    getattr(body, "close", lambda: None)()


class _Closing:
    """A body that says before the last of its `length` bytes is on its way, and when the server is done with it."""

    def __init__(
        self, body: Iterable[bytes], length: float, whole: Callable[[], None], done: Callable[[], None]
    ) -> None:
        self._body = body
        self._length = length
        self._whole = whole
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        left = self._length
        for piece in self._body:
            left -= len(piece)
            if left <= 0:
                self._whole()
            yield piece
        self._whole()  # its length was not said

    def close(self) -> None:
        try:
            _close(self._body)
        finally:
            self._done()


def _slowly(body: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    """The same body over so many seconds, in twenty pieces where it has so many bytes."""
    whole = b"".join(body)
    _close(body)
    starts = range(0, len(whole) or 1, max(1, -(-len(whole) // 20)))
    for start in starts:
        time.sleep(seconds / len(starts))  # being slow is what was ordered
        yield whole[start : start + starts.step]


def _unmarked(environ: WSGIEnvironment) -> str:
    """Take the mark off a request, and answer it."""
    cookies = environ.get("HTTP_COOKIE", "")
    if found := MARKED.search(cookies):
        environ["HTTP_COOKIE"] = MARKED.sub("", cookies).removeprefix("; ")
        return found[1]
    return ""


def _meant(fault: Fault, environ: WSGIEnvironment, mark: str) -> bool:
    return (
        environ["PATH_INFO"].encode("latin-1").decode(errors="replace").startswith(fault["path"])
        and fault.get("method") in (None, environ["REQUEST_METHOD"])
        and fault["mark"] in ("", mark)
    )
