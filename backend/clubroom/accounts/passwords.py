"""Passwords: what is accepted.

Length carries the strength (15 to 256 characters, 8 beside a second factor, no composition rules); zxcvbn
refuses what is long and yet well known, and what repeats the person's or the club's names. Compared whole and
NFC-normalised: see hashing.py.
"""

from __future__ import annotations

from ..core.current import current_settings
from ..core.errors import Refusal
from .factors.models import has_any
from .hashing import LONGEST, normal

SHORTEST = 15
SHORTEST_OF_TWO = 8  # where a second factor or a passkey stands beside the password
GUESSABLE = 3  # of zxcvbn's 0 to 4: below this it is too easy
# zxcvbn reads signs as letters in every way they may be meant: of many different ones it is told fewer characters, else
# one question takes seconds.
SIGNS, MANY_SIGNS = frozenset("4@8({[<369&!|1$5+70%2"), 8
LOOKED_AT, LOOKED_AT_OF_MANY = 72, 20


class WeakPassword(Refusal):
    code, sentence, field = "weak_password", "This password is too easy to guess.", "password"


def is_short(password: str) -> bool:
    """Whether this password is enough only beside a second factor, which then can't be removed."""
    return len(normal(password)) < SHORTEST


def shortest_for(user_id: int) -> int:
    """How many characters this person's password needs."""
    return SHORTEST_OF_TWO if has_any(user_id) else SHORTEST


def check_quality(password: str, *names: str, shortest: int = SHORTEST) -> None:
    """Refuse a password that is too short, too long or too easy; `names` are the person's and the club's.

    Raises WeakPassword.
    """
    password = normal(password)
    if len(password) >= SHORTEST:  # then it has to be good enough without the factor too, which may be removed
        shortest = SHORTEST
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
        check_quality(password, *names, current_settings().name, shortest=shortest)
    except WeakPassword as refusal:
        raise WeakPassword(refusal.text, fields={field: refusal.text}) from None
