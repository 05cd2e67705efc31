"""Passwords: what is accepted, and Argon2id in a bounded pool.

Length carries the strength (15 to 256 characters, 8 beside a second factor, no composition rules); zxcvbn
refuses what is long and yet well known, and what repeats the person's or the club's names. Compared whole and
NFC-normalised. Hashing takes 19 MiB and about 20 ms, so only about as many at once as there are cores, and beyond a few
waiting the answer is 503: sign-ins can exhaust neither memory nor the server.
"""

from __future__ import annotations

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

from ..core.errors import Busy, Refusal
from ..core.gate import aside

SHORTEST, LONGEST = 15, 256
SHORTEST_OF_TWO = 8  # where a second factor or a passkey stands beside the password
GUESSABLE = 3  # of zxcvbn's 0 to 4: below this it is too easy
# zxcvbn reads signs as letters in every way they may be meant: of many different ones it is told fewer characters, else
# one question takes seconds.
SIGNS, MANY_SIGNS = frozenset("4@8({[<369&!|1$5+70%2"), 8
LOOKED_AT, LOOKED_AT_OF_MANY = 72, 20
PATIENCE = 8.0  # seconds to wait for a hash
CROWDED = "Too many people are signing in just now. Please try again in a moment."
T = TypeVar("T")


class WeakPassword(Refusal):
    code, sentence, field = "weak_password", "This password is too easy to guess.", "password"


class Pool:
    """So many hashes at once, and a bounded number waiting for a place.

    In threads of their own: the memory of one hash serves the next, and other requests go before them.
    """

    def __init__(self, hasher: PasswordHasher, places: int) -> None:
        self.hasher = hasher
        self.threads = ThreadPoolExecutor(places, "password", _give_way)
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


def _give_way() -> None:
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


def is_short(password: str) -> bool:
    """Whether this password is enough only beside a second factor, which then can't be removed."""
    return len(normal(password)) < SHORTEST


def shortest_for(user_id: int) -> int:
    """How many characters this person's password needs."""
    from .factors import has_any

    return SHORTEST_OF_TWO if has_any(user_id) else SHORTEST


def check_quality(password: str, *names: str, shortest: int = SHORTEST) -> None:
    """Refuse a password that is too short, too long or too easy; `names` are the person's and the club's.

    Raises WeakPassword.
    """
    password = normal(password)
    if len(password) < shortest:
        raise WeakPassword(f"At least {shortest} characters. A short sentence is easy to keep in mind.")
    if len(password) > LONGEST:
        raise WeakPassword(f"At most {LONGEST} characters.")
    from zxcvbn import zxcvbn  # 15 MB of word lists: only when someone chooses a password

    personal = [
        one for name in names for one in (name, *name.replace("@", " ").replace(".", " ").split()) if len(one) > 2
    ]
    for one in personal:
        if len(one) > 3 and len(password.casefold().replace(one.casefold(), "")) < shortest // 2:
            raise WeakPassword("This is made of your own or the club's name.")
    # Eight characters, however random, never reach the full score: a second factor makes up for one step.
    enough = GUESSABLE if shortest == SHORTEST else GUESSABLE - 1
    if zxcvbn(looked_at(password), user_inputs=personal)["score"] < enough:
        raise WeakPassword("This is too easy to guess. Try a few words that do not belong together.")


def looked_at(password: str) -> str:
    """What zxcvbn is told of a password."""
    start = password[:LOOKED_AT]
    return start[:LOOKED_AT_OF_MANY] if len(SIGNS.intersection(start)) > MANY_SIGNS else start


def check_chosen(password: str, *names: str, shortest: int = SHORTEST, field: str = "password") -> None:
    """`check_quality` with the club's name among the names; what is wrong is said at `field`. Raises WeakPassword."""
    try:
        check_quality(password, *names, current_app.config["SETTINGS"].name, shortest=shortest)
    except WeakPassword as refusal:
        raise WeakPassword(refusal.text, fields={field: refusal.text}) from None
