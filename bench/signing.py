"""Signing in, as often as it goes, against the hash alone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from clubroom.accounts.hashing import make_hasher

from .server import PASSWORD, Clubroom
from .table import row, title, turns

CLIENTS = 8


def sign_ins(club: Clubroom, rounds: int, seconds: float) -> None:
    title(f"Signing in, {CLIENTS} clients")
    hasher = make_hasher()
    stored = hasher.hash(PASSWORD)
    ours, theirs = turns(
        rounds,
        partial(rate, CLIENTS, visitors(club), seconds),
        partial(rate, os.cpu_count() or 1, lambda number: hasher.verify(stored, PASSWORD), seconds),
    )
    row("POST /api/login", ours, "a second", theirs, "argon2 alone, a thread a core")


def visitors(club: Clubroom) -> Callable[[int], object]:
    """Something that signs in each time from another address, as many people do; one address is held up."""
    counter = iter(range(1 << 24))
    lock = threading.Lock()

    def sign_in(_: int) -> str:
        with lock:
            number = next(counter)
        return club.sign_in(f"127.{1 + number // 64000}.{number // 250 % 256}.{1 + number % 250}")

    return sign_in


def rate(clients: int, work: Callable[[int], object], seconds: float) -> float:
    """How often a second so many threads do `work`."""
    began = time.perf_counter()

    def repeat(number: int) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            work(number)
            done += 1
        return done

    with ThreadPoolExecutor(clients) as pool:
        done = sum(pool.map(repeat, range(clients)))
    return done / (time.perf_counter() - began)
