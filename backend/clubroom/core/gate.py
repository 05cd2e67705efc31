"""Who computes now, and who waits: many threads to wait in, few that compute.

Python computes on one core a process; more threads at it only pass the lock around. So a request takes one of a few
permits, and gives it back while it waits for a body, a password hash or a slow reader. Stalled clients then hold
threads, which are cheap, but not the server. Beyond a number of waiting requests, or of requests of one address, the
answer is 503 at once.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .errors import Busy
from .limits import network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 48  # a process
COMPUTING = 2  # of them at once
PER_ADDRESS = 32  # requests of one address (see `limits.network`) in flight in one process
BODIES = 32  # read at once in one process: whoever stalls, some threads are left for requests without a body
PATIENCE = 10.0  # seconds to wait for a permit

permits = threading.Semaphore(COMPUTING)
bodies = threading.Semaphore(BODIES)
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
def coming() -> Iterator[None]:
    """Wait for a piece of a body. Raises Busy where too many wait for theirs already."""
    if not bodies.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        bodies.release()


class Body:
    """The request's body, read without holding a permit."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def read(self, size: int = -1) -> bytes:
        with aside(), coming():
            # granian's body takes no negative size for "all"
            return self.body.read(size) if size >= 0 else self.body.read()  # type: ignore[no-any-return]

    def readline(self, size: int = -1) -> bytes:
        with aside(), coming():
            return self.body.readline(size)  # type: ignore[no-any-return]

    def readlines(self, hint: int = -1) -> list[bytes]:
        with aside(), coming():
            return self.body.readlines(hint)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)


class Gate:
    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.in_flight: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        address = network(environ.get("REMOTE_ADDR", ""))
        with self.lock:
            self.in_flight[address] += 1
            crowded = self.in_flight[address] > PER_ADDRESS
        try:
            if crowded or not permits.acquire(timeout=PATIENCE):
                return self.busy(start_response)
            holding.permit = True
            try:
                environ["wsgi.input"] = Body(environ["wsgi.input"])
                return self.app(environ, start_response)
            finally:
                holding.permit = False
                permits.release()
        finally:
            with self.lock:
                self.in_flight[address] -= 1
                if not self.in_flight[address]:
                    del self.in_flight[address]

    @staticmethod
    def busy(start_response: StartResponse) -> list[bytes]:
        body = b'{"error":"The server is busy. Please try again in a moment.","code":"busy"}'
        start_response(
            "503 Service Unavailable",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Retry-After", "1")],
        )
        return [body]
