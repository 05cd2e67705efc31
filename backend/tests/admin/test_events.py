"""The page has words for every event that is written down, and offers each to filter by."""

from __future__ import annotations

import re
from pathlib import Path

import clubroom
from clubroom.core import frontend

BACKEND = Path(clubroom.__file__).parent
# What writes an event down, and the functions that hand its name on: `resetting.replace`, `factors.routes.tell`.
NAMED = re.compile(r'\b(?:record\(|(?:replace|tell)\((?:[\w()]+, )+)"([a-z]+(?:_[a-z]+)*)"')
CHOSEN = {"account_disabled", "account_enabled", "access_approved", "access_declined"}  # between two, by what is asked


def test_the_page_has_words_for_every_event_and_no_other() -> None:
    written = {name for path in BACKEND.rglob("*.py") for name in NAMED.findall(path.read_text())}
    words = (frontend.SOURCE / "admin/events.js").read_text().partition("names = {")[2].partition("};")[0]
    assert set(re.findall(r'^  (\w+): "', words, re.MULTILINE)) == written | CHOSEN
