"""How often one address may knock at a door that costs something: signing in, signing up, asking for mail.

The `limits` library (what Flask-Limiter stands on) without the extension, whose hooks run on every request whether
limited or not. Counted in this process and forgotten at a restart; what must hold across workers (failures per
account) is counted in the database.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache, wraps
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, request

from .errors import TooManyRequests

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import MovingWindowRateLimiter

View = TypeVar("View", bound=Callable[..., Any])


def origin() -> str:
    """The address that asks, as `network` sees it."""
    return network(request.remote_addr or "")


def network(text: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64, which one subscriber has whole."""
    if ":" not in text:
        return text
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(IPv6Address(int(address) >> 64 << 64))
    return text


def limited(rate: str, method: str = "POST") -> Callable[[View], View]:
    """Let one address call a view by `method` at most so often (`60/minute`); then 429 with the seconds to wait."""

    def wrap(view: View) -> View:
        @wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            if request.method == method:
                knock(rate, view.__name__, origin())
            return view(*args, **kwargs)

        return call  # type: ignore[return-value]

    return wrap


def knock(rate: str, *key: str) -> None:
    """Count one call under `key`. Raises TooManyRequests."""
    item, limiter = _parsed(rate), _limiter()
    if not limiter.hit(item, *key):
        wait = math.ceil(limiter.get_window_stats(item, *key).reset_time - time.time())
        raise TooManyRequests(retry_after=wait)


@cache
def _parsed(rate: str) -> RateLimitItem:
    from limits import parse

    return parse(rate)


def _limiter() -> MovingWindowRateLimiter:
    """The app's limiter, made at its first use: importing the library takes time that the start does not have."""
    found: MovingWindowRateLimiter | None = current_app.extensions.get("limits")
    if found is None:
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        found = current_app.extensions.setdefault("limits", MovingWindowRateLimiter(MemoryStorage()))
    return found
