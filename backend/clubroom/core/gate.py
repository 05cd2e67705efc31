"""Who computes now, and who waits: many threads to wait in, few that compute.

Python computes on one core a process; more threads at it only pass the lock around. So a request takes one of a few
permits, and gives it back while it waits for a body, a password hash or a slow reader. Stalled clients then hold
threads, which are cheap, but not the server: beyond a number of bodies that come, of long answers that go, of requests
that wait for a picture or for something to happen, or of those of one address, the answer is 503 at once. A long answer
is in flight until its last byte was taken.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.wsgi import ClosingIterator

from .errors import Busy
from .limits import network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 136  # a process
COMPUTING = 2  # of them at once
PER_ADDRESS = 32  # requests of one address (see `limits.network`) in flight in one process
# At once in one process: more than one address can hold, and together few enough that threads are left for the rest.
BODIES = 40  # read
ANSWERS = 40  # long ones, read by slow clients
PICTURES = 40  # looked at, or waiting for it
WAITS = 12  # for something to happen, as only administrators do
TYPE = 256  # characters of a body's media type, of which a boundary has at most 70
AT_ONCE = 131_072  # bytes of an answer that the server takes whole, so that no thread waits for their reader
PATIENCE = 10.0  # seconds to wait for a permit


class Permits:
    """So many at once; the queue is the standard library's only semaphore that is no Python itself."""

    def __init__(self, number: int) -> None:
        self.free: SimpleQueue[None] = SimpleQueue()
        for _ in range(number):
            self.release()

    def acquire(self, timeout: float | None = None) -> bool:
        try:
            self.free.get(timeout=timeout)
        except Empty:
            return False
        return True

    def release(self) -> None:
        self.free.put(None)


permits = Permits(COMPUTING)
bodies = threading.Semaphore(BODIES)
answers = threading.Semaphore(ANSWERS)
pictures = threading.Semaphore(PICTURES)
waits = threading.Semaphore(WAITS)
holding = threading.local()


@contextmanager
def aside() -> Iterator[None]:
    """Give the permit back while waiting for something else than this process's own Python."""
    if not getattr(holding, "permit", False):
        yield
        return
    permits.release()
    holding.permit = False
    try:
        yield
    finally:
        permits.acquire()
        holding.permit = True


@contextmanager
def one_of(places: threading.Semaphore) -> Iterator[None]:
    """Hold one of these places. Raises Busy where all are taken."""
    if not places.acquire(blocking=False):
        raise Busy(retry_after=1)
    try:
        yield
    finally:
        places.release()


class Body:
    """The request's body, read without holding a permit."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def read(self, size: int = -1) -> bytes:
        with aside(), one_of(bodies):
            # granian's body takes no negative size for "all"
            return self.body.read(size) if size >= 0 else self.body.read()  # type: ignore[no-any-return]

    def readline(self, size: int = -1) -> bytes:
        with aside(), one_of(bodies):
            return self.body.readline(size)  # type: ignore[no-any-return]

    def readlines(self, hint: int = -1) -> list[bytes]:
        with aside(), one_of(bodies):
            return self.body.readlines(hint)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)


class LongAnswer:
    """Blocks that wait for their reader. `gone` is called once, when the last was taken or nobody wants them."""

    def __init__(self, blocks: Iterator[bytes], gone: Callable[[], None]) -> None:
        self.blocks = blocks
        self.gone: Callable[[], None] | None = gone

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self.blocks)
        except BaseException:  # StopIteration among them: not every caller says when it is done
            self.close()
            raise

    def close(self) -> None:
        gone, self.gone = self.gone, None
        if gone:
            gone()

    __del__ = close


class Gate:
    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.in_flight: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        if cookies := environ.get("HTTP_COOKIE"):  # Werkzeug reads n spaces in n² steps, and nothing else computes
            environ["HTTP_COOKIE"] = " ".join(cookies.split())
        if len(environ.get("CONTENT_TYPE", "")) > TYPE:  # nor does it while a long boundary is looked for
            environ["CONTENT_TYPE"] = ""
        address = network(environ.get("REMOTE_ADDR", ""))
        with self.lock:
            self.in_flight[address] += 1
            crowded = self.in_flight[address] > PER_ADDRESS
        answer: Any = None
        try:
            if crowded or not permits.acquire(timeout=PATIENCE):
                return self.busy(start_response)
            holding.permit = True
            try:
                environ["wsgi.input"] = Body(environ["wsgi.input"])
                answer = self.app(environ, start_response)
            finally:
                holding.permit = False
                permits.release()
            if not isinstance(answer, (ClosingIterator, list)):  # a file: all else is computed already
                answer = self.give(answer, address, start_response)
            return answer
        finally:
            if not isinstance(answer, LongAnswer):
                self.leave(address)

    def leave(self, address: str) -> None:
        with self.lock:
            self.in_flight[address] -= 1
            if not self.in_flight[address]:
                del self.in_flight[address]

    def give(self, blocks: Any, address: str, start_response: StartResponse) -> list[bytes] | LongAnswer:
        """A short answer whole; a long one while not too many are on their way."""
        start: list[bytes] = []
        for block in blocks:
            start.append(block)
            if sum(map(len, start)) > AT_ONCE:
                break
        else:
            close(blocks)
            return start
        if not answers.acquire(blocking=False):
            close(blocks)
            return self.busy(start_response)
        return LongAnswer(chain(start, blocks), partial(self.given, blocks, address))

    def given(self, blocks: Any, address: str) -> None:
        close(blocks)
        answers.release()
        self.leave(address)

    @staticmethod
    def busy(start_response: StartResponse) -> list[bytes]:
        body = orjson.dumps({"error": Busy.sentence, "code": Busy.code})
        start_response(
            "503 Service Unavailable",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Retry-After", "1")],
        )
        return [body]


def close(blocks: Any) -> None:
    """Close what may be closed, as WSGI wants it."""
    if hasattr(blocks, "close"):
        blocks.close()
