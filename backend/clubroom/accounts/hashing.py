"""Argon2id in a bounded pool.

A hash takes 19 MiB and about 20 ms, so only about as many are computed at once as there are cores, and beyond a few
waiting the answer is 503: sign-ins can exhaust neither memory nor the server.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from ..core.errors import Busy
from ..core.gate import aside

LONGEST = 256  # characters of a password
PATIENCE = 8.0  # seconds to wait for a hash
CROWDED = "Too many people are signing in just now. Please try again in a moment."
HEAP = 64 << 20  # bytes: glibc gives a thread's memory out of blocks of this size, at multiples of it
T = TypeVar("T")


class Pool:
    """So many hashes at once, and a bounded number waiting for a place.

    In threads of their own: the memory of one hash serves the next, and other requests go before them.
    """

    def __init__(self, hasher: PasswordHasher, places: int) -> None:
        self.hasher = hasher
        self.threads = ThreadPoolExecutor(places, "password", _settle)
        self.waiting = threading.BoundedSemaphore(places * 24)
        # What an unknown account's password is compared with, so that it takes as long as a known one's.
        self.nobody = self.compute(hasher.hash, "nobody has this password")

    def compute(self, work: Callable[..., T], *arguments: str) -> T:
        """Do `work` when there is a place. Raises Busy."""
        if not self.waiting.acquire(blocking=False):
            raise Busy(CROWDED, retry_after=2)
        try:
            with aside():
                result = self.threads.submit(work, *arguments)
                try:
                    return result.result(PATIENCE)
                except TimeoutError:
                    result.cancel()
                    raise Busy(CROWDED, retry_after=2) from None
        finally:
            self.waiting.release()


def _settle() -> None:
    """Make this thread one that hashes. Only Linux gives a thread a niceness and memory of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # it computes when no other wants to
        _use_huge_pages()


def _use_huge_pages() -> None:
    """Lay this thread's memory out in pages of 2 MiB, where the kernel may: a hash walks all over its 19 MiB, and takes
    a twentieth less when that is ten pages. With another C library than glibc it changes nothing.
    """
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    somewhere = libc.malloc(1 << 16)  # too much to be taken out of what other threads gave back
    libc.madvise(somewhere // HEAP * HEAP, HEAP, mmap.MADV_HUGEPAGE)  # refused where there are none: then not
    libc.free(somewhere)


def normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def pool() -> Pool:
    """The app's pool, made at its first use; cheap to compute in tests, which no setting of a club can ask for.

    Each process has its own: where hashing was done before the server forked its workers (the demo's people), those
    inherit a pool without threads, in which nothing would ever be computed.
    """
    pools: dict[int, Pool] = current_app.extensions.setdefault("passwords", {})
    found = pools.get(os.getpid())
    if found is None:
        cheap = current_app.config.get("CHEAP_PASSWORDS", current_app.testing)
        hasher = PasswordHasher(time_cost=1 if cheap else 2, memory_cost=64 if cheap else 19456, parallelism=1)
        workers = current_app.config["SETTINGS"].workers
        cores = os.cpu_count() or 1
        # One more than a process's share: connections fall unevenly, and no core is to idle while somebody waits.
        places = min(cores, cores // workers + 1)
        found = pools.setdefault(os.getpid(), Pool(hasher, places))
    return found


def hash_password(password: str) -> str:
    return pool().compute(pool().hasher.hash, normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether this is the password; takes the same time whether there is one to compare with or not."""
    password = normal(password)
    if len(password) > LONGEST:
        password = ""
    try:
        pool().compute(pool().hasher.verify, stored or pool().nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Whether this hash was made with other parameters than today's."""
    return pool().hasher.check_needs_rehash(stored)
