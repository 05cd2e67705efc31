"""Argon2id in a bounded pool.

A hash takes 19 MiB and about 20 ms, so only about as many are computed at once as there are cores. Beyond a number of
those who wait, and after some seconds, the answer is 503: sign-ins can exhaust neither memory nor the server.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from ..core.current import current_settings
from ..core.errors import Busy
from ..core.gate import aside

LONGEST = 256  # characters of a password
PATIENCE = 8.0  # seconds to wait for a hash
LINGER = 0.1  # seconds to wait for the next one before memory is given back
CROWDED = "Too many people are signing in just now. Please try again in a moment."
HEAP = 64 << 20  # bytes of a block of glibc's, each of which begins at a multiple of its size
T = TypeVar("T")


class Pool:
    """So many hashes at once, and a bounded number waiting for a place.

    In threads of their own: the memory of one hash serves the next while they come one after the other, and other
    requests go before them.
    """

    def __init__(self, hasher: PasswordHasher, places: int) -> None:
        self.hasher = hasher
        self.places, self.most = places, places * 24
        self.waiting, self.changed = 0, threading.Condition()
        self.threads = ThreadPoolExecutor(places, "password", _settle)
        # What an unknown account's password is compared with, so that it takes as long as a known one's.
        self.nobody = self.compute(hasher.hash, "nobody has this password")

    def compute(self, work: Callable[..., T], *arguments: str) -> T:
        """Do `work` when there is a place. Raises Busy."""
        with self.changed:
            if self.waiting == self.most:
                raise Busy(CROWDED, retry_after=2)
            self.waiting += 1
            self.changed.notify()
        with aside():
            try:
                result = self.threads.submit(self._work, work, *arguments)
            except RuntimeError:  # the process is ending
                self._wait_no_more()
                raise Busy from None
            result.add_done_callback(self._rest)
            try:
                return result.result(PATIENCE)
            except TimeoutError:
                if result.cancel():
                    self._wait_no_more()
                raise Busy(CROWDED, retry_after=2) from None

    def _work(self, work: Callable[..., T], *arguments: str) -> T:
        self._wait_no_more()
        return work(*arguments)

    def _wait_no_more(self) -> None:
        with self.changed:
            self.waiting -= 1

    def _rest(self, result: Future[T]) -> None:
        """In the thread that has computed, once its result is known."""
        if result.cancelled():
            return
        with self.changed:
            if self.changed.wait_for(lambda: self.waiting, LINGER):
                return
        _give_back(self.hasher.memory_cost * 1024, self.places)


def _settle() -> None:
    """Make this thread one that hashes. Only Linux gives a thread a niceness and memory of its own."""
    if not LIBC:
        return
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # it computes when no other wants to
    # A hash walks all over its 19 MiB, and takes a twentieth less when these are ten pages. glibc gives a thread's
    # memory out of one block; with another C library, or where the kernel has no such pages, this changes nothing.
    if somewhere := LIBC.malloc(1 << 16):  # too much to be taken out of what other threads gave back
        LIBC.madvise(somewhere // HEAP * HEAP, HEAP, mmap.MADV_HUGEPAGE)
        LIBC.free(somewhere)


def _give_back(size: int, places: int) -> None:
    """Give the kernel the memory of the last hashes, which the C library would keep for ever. It is what is given out
    again first; as threads may share a block, there is as much of it as may be in use at once, and what lay between.
    """
    if LIBC:
        blocks = [block for _ in range(places + 1) if (block := LIBC.malloc(size))]
        for block in blocks:
            first = -(-block // mmap.PAGESIZE) * mmap.PAGESIZE
            LIBC.madvise(first, (block + size - first) // mmap.PAGESIZE * mmap.PAGESIZE, mmap.MADV_DONTNEED)
        for block in blocks:
            LIBC.free(block)


def _load_libc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return libc


LIBC = _load_libc()


def normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def make_hasher(cheap: bool = False) -> PasswordHasher:
    return PasswordHasher(time_cost=1 if cheap else 2, memory_cost=64 if cheap else 19456, parallelism=1)


def pool() -> Pool:
    """The app's pool, made at its first use; cheap to compute in tests, which no setting of a club can ask for.

    Each process has its own: where hashing was done before the server forked its workers (the demo's people), those
    inherit a pool without threads, in which nothing would ever be computed.
    """
    pools: dict[int, Pool] = current_app.extensions.setdefault("passwords", {})
    found = pools.get(os.getpid())
    if found is None:
        cheap = current_app.config.get("CHEAP_PASSWORDS", current_app.testing)
        workers = current_settings().workers
        cores = os.cpu_count() or 1
        # One more than a process's share: connections fall unevenly, and no core is to idle while somebody waits.
        places = min(cores, cores // workers + 1)
        found = pools.setdefault(os.getpid(), Pool(make_hasher(cheap), places))
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
