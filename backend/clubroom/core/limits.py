"""How often one address may knock at a door that costs something: signing in, signing up, asking for mail.

Counted in this process and forgotten at a restart; what must hold across workers (failures per account) is counted in
the database. One moment is kept for each who knocks (the "generic cell rate algorithm"), and none for longer than it
matters. Flask-Limiter was tried, whose hooks run on every request whether limited or not; so was the `limits` library
beneath it, whose memory looks through all addresses after each knock: with 20,000 of them that is more work than the
password hash.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from flask import Flask, current_app, request

from .errors import TooManyRequests
from .guard import View

SECONDS = {"minute": 60, "hour": 3600}


def origin() -> str:
    """The address that asks, as `network` sees it."""
    return network(request.remote_addr or "")


def network(text: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64, which one subscriber has whole."""
    if ":" not in text:
        return text
    try:
        return str(IPv6Address(int(IPv6Address(text)) >> 64 << 64))
    except ValueError:
        return text


class Rate(NamedTuple):
    """So many calls at once, and as many again spread over each period."""

    calls: int
    seconds: int

    @classmethod
    def read(cls, text: str) -> Rate:
        """`60/minute`, `20/hour`."""
        calls, _, period = text.partition("/")
        return cls(int(calls), SECONDS[period])


class Limiter:
    """Counts calls under a key against a rate."""

    def __init__(self) -> None:
        # When each key will have paid off its calls, each of which costs seconds / calls.
        self.paid_off: dict[tuple[Rate, *tuple[str, ...]], float] = {}
        self.room = 1024
        self.lock = threading.Lock()

    def hit(self, rate: Rate, *key: str) -> float:
        """Count a call; 0, or, where it was one too many and is not counted, the seconds to wait."""
        cost, present = rate.seconds / rate.calls, time.time()
        with self.lock:
            paid_off = max(self.paid_off.get((rate, *key), present), present)
            if paid_off > present + rate.seconds + cost:  # nobody owes that much: the clock was set back
                paid_off = present
            wait = paid_off + cost - rate.seconds - present
            if wait > cost / 1000:  # sums of fractions are not exact
                return wait
            self.paid_off[rate, *key] = paid_off + cost
            if len(self.paid_off) > self.room:
                self.paid_off = {one: moment for one, moment in self.paid_off.items() if moment > present}
                self.room = max(1024, 2 * len(self.paid_off))
        return 0

    def forget(self) -> None:
        self.paid_off = {}


def limited(rate: str, method: str = "POST") -> Callable[[View], View]:
    """Let one address call a view by `method` at most so often (`60/minute`); then 429 with the seconds to wait.

    HEAD counts as GET: it does all that a GET does.
    """
    parsed = Rate.read(rate)

    def wrap(view: View) -> View:
        @wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            if ("GET" if request.method == "HEAD" else request.method) == method:
                knock(parsed, view.__name__, origin())
            return view(*args, **kwargs)

        return call  # type: ignore[return-value]

    return wrap


def knock(rate: Rate, *key: str) -> None:
    """Count one call under `key`. Raises TooManyRequests."""
    limiter: Limiter = current_app.extensions["limiter"]
    if wait := limiter.hit(rate, *key):
        raise TooManyRequests(retry_after=math.ceil(wait))


def init_app(app: Flask) -> None:
    app.extensions["limiter"] = Limiter()
