"""The names people give their files: data to be shown, never a path."""

from __future__ import annotations

import re
import unicodedata

from ..accounts.names import folded

LONGEST = 200
# Bytes of what a name is sorted by, which the address of a next page holds: one letter may stand for a whole sentence.
LONGEST_KEY = 1000
MOST_LOOKED_AT = 1024  # of a name sent: putting a long row of combining marks in order takes quadratic time
# Control characters, line separators, lone surrogates, and the marks that make text run the other way ("gpj.exe").
UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# How browsers write what may not stand between the quotes of a multipart header.
ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}


def _is_no_name(name: str) -> bool:
    """Whether this names no file, or nobody could see it."""
    return name in (".", "..") or not any(one.isprintable() and not one.isspace() for one in name)


def _has_long_key(name: str) -> bool:
    return len(folded(name).encode()) > LONGEST_KEY


def _is_too_long(name: str) -> bool:
    return len(name) > LONGEST or _has_long_key(name)


def check_filename(text: str) -> str:
    """A file's new name. Raises ValueError with a sentence."""
    name = unicodedata.normalize("NFC", text).strip()
    if _is_no_name(name):
        raise ValueError("A file needs a name.")
    if UNWANTED.search(name) or "/" in name or "\\" in name:
        raise ValueError("A name holds no slashes and no invisible characters.")
    if len(name) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters.")
    if _has_long_key(name):
        raise ValueError("Some letters of this name stand for many: choose a shorter one.")
    return name


def sent_name(text: str) -> str:
    """The name an upload came with, without folders and invisible characters, cut before its ending."""
    for escaped, sign in ESCAPED.items():
        text = text.replace(escaped, sign)
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", text)[-1][-MOST_LOOKED_AT:])
    name = UNWANTED.sub("", text).strip()
    if _is_no_name(name):
        return "file"
    if _is_too_long(name):
        stem, dot, ending = name.rpartition(".")
        kept = dot + ending if stem and len(ending) <= 20 else ""
        room, whole = LONGEST - len(kept), name
        while _is_too_long(name := whole[:room].rstrip() + kept):
            room //= 2
    return name
