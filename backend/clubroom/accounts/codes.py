"""Codes short enough to be typed from a mail or from paper: capitals and digits, shown in two halves."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else


def new_code(length: int) -> str:
    """A code as it is compared: so many random signs, 4.9 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def shown(code: str) -> str:
    """`ABCD-EFGH`."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def read(text: str) -> str:
    """What somebody has typed, however they wrote it, as it is compared."""
    return "".join(one for one in text.upper() if one.isalnum())
