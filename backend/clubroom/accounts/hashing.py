"""Argon2id in a bounded pool.

A hash takes 19 MiB and about 20 ms, so only about as many are computed at once as there are cores. Beyond a number of
those who wait, and after some seconds, the answer is 503: sign-ins can exhaust neither memory nor the server.
"""

from __future__ import annotations

import os
import sys
import threading
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from flask import current_app
from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from ..core.errors import Busy
from ..core.gate import aside

LONGEST = 256  # characters of a password
PATIENCE = 8.0  # seconds to wait for a hash
CROWDED = "Too many people are signing in just now. Please try again in a moment."
T = TypeVar("T")


class Hasher(NamedTuple):
    """Argon2id, one lane: so often through so many KiB. Its hashes name salt and parameters, in the usual form."""

    passes: int = 2
    memory: int = 19456

    @property
    def parameters(self) -> str:
        return f"$argon2id$v=19$m={self.memory},t={self.passes},p=1$"

    def hash(self, password: str, salt: bytes | None = None) -> str:
        salt = salt or os.urandom(argon2id.SALTBYTES)
        digest = argon2id.kdf(32, password.encode(), salt, self.passes, self.memory * 1024)
        return self.parameters + "$".join(b64encode(part).decode().rstrip("=") for part in (salt, digest))

    def verify(self, stored: str, password: str) -> bool:
        """Whether this is the password of a hash, whichever parameters it was made with."""
        try:
            return argon2id.verify(stored.encode(), password.encode())
        except (InvalidkeyError, ValueError):  # another password; not a hash at all
            return False


def hash_alike(stored: str, password: str) -> str:
    """The hash that this password has with the parameters and the salt of another."""
    parameters, salt = stored.split("$")[3:5]
    memory, passes, _ = (int(one.partition("=")[2]) for one in parameters.split(","))
    return Hasher(passes, memory).hash(password, b64decode(salt + "=="))


class Pool:
    """So many hashes at once, and a bounded number waiting for a place, in threads that let other requests go first."""

    def __init__(self, hasher: Hasher, places: int) -> None:
        self.hasher = hasher
        self.most = places * 24
        self.waiting, self.changing = 0, threading.Lock()
        self.threads = ThreadPoolExecutor(places, "password", _settle)
        # What an unknown account's password is compared with, so that it takes as long as a known one's.
        self.nobody = self.compute(hasher.hash, "nobody has this password")

    def compute(self, work: Callable[..., T], *arguments: str) -> T:
        """Do `work` when there is a place. Raises Busy."""
        with self.changing:
            if self.waiting == self.most:
                raise Busy(CROWDED, retry_after=2)
            self.waiting += 1
        with aside():
            result: Future[T] = self.threads.submit(self._work, work, *arguments)
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
        with self.changing:
            self.waiting -= 1


def _settle() -> None:
    """Let this thread compute when no other wants to. Only Linux gives a thread a niceness of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


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
        hasher = Hasher(passes=1, memory=64) if cheap else Hasher()
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
    right = pool().compute(pool().hasher.verify, stored or pool().nobody, password)
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether this hash was made with other parameters than today's."""
    return not stored.startswith(pool().hasher.parameters)
