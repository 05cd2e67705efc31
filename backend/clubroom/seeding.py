"""Made-up people, as many as asked for, to try the page and to measure with.

They have no password, so nobody can sign in as them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select

from .accounts.models import User
from .accounts.names import folded, shape
from .core.clock import NEVER, now
from .core.database import db
from .files.seeding import seed as seed_files

FIRST = """
    Ada Agnes Amir Anouk Arne Astrid Bashir Bea Bruno Carla Cem Chiara Daria David Dilek Edda Eitan Elif Emeka Enzo
    Esther Fatou Femi Finn Frida Gaia Gustav Hana Henrik Ilse Imani Ines Ivo Jana Jonas Juna Kaito Karim Katya Kofi
    Lale Leif Lena Luca Maeve Malik Mara Mateo Mei Mika Milo Nadia Nils Noor Olga Omar Otto Paula Pia Quinn Rafa
    Ravi Rosa Ruth Sami Selma Sina Sven Tamar Theo Tilda Tove Uma Vera Viggo Wanda Yara Yusuf Zoe
""".split()
LAST = """
    Adler Almeida Andersen Aydin Baker Becker Berg Bianchi Blom Brandt Castro Cohen Costa Dahl Diallo Dubois Eriksen
    Falk Fischer Fontana Garcia Gruber Haddad Hansen Hoffmann Holm Ibarra Jansen Jensen Kaya Keller Khan Kowalski
    Kruse Lang Larsen Lindgren Lopez Maier Marino Meyer Moreau Mori Nakamura Novak Nowak Okafor Olsen Park Pereira
    Peters Petrov Quist Rahman Reyes Ricci Romano Rossi Santos Sato Schmidt Silva Simon Singh Smit Sommer Sorensen
    Suzuki Tanaka Thomsen Torres Vargas Vogel Wagner Weber Winter Wolf Yilmaz Zimmer
""".split()
BATCH = 2000  # in one transaction: nobody who uses the club meanwhile has to wait for all of them


class Made(NamedTuple):
    people: int
    files: int


def seed(people: int, files: int = 0) -> Made:
    """Add people and files and commit; how many of each."""
    rows = _people(people, db.session.scalar(select(func.max(User.id))) or 0)
    while batch := list(islice(rows, BATCH)):
        db.session.execute(insert(User), batch)
        db.session.commit()
    return Made(people, seed_files(files))


def _people(count: int, start: int) -> Iterator[dict[str, Any]]:
    """Rows of `users`; the same numbers make the same people."""
    present = now()
    for number in range(start + 1, start + count + 1):
        chance = random.Random(number)  # noqa: S311  # nothing secret hangs on a made-up name
        first, last = chance.choice(FIRST), chance.choice(LAST)
        username = f"{first}.{last}{number}".lower()
        name = f"{first} {last}"
        created = present - timedelta(minutes=chance.randrange(60 * 24 * 900))
        seen: datetime = created + (present - created) * chance.random() if chance.random() < 0.8 else NEVER
        yield {
            "username": username,
            "username_key": username,
            "username_shape": shape(username),
            "email": f"{username}@example.org",
            "email_key": f"{username}@example.org",
            "name": name,
            "role": "manager" if number % 50 == 0 else "member",
            "status": "disabled" if number % 70 == 0 else "active",
            "confirmed_at": created,
            "created_at": created,
            "last_seen_at": seen,
            "search_text": f"{folded(name)}\n{username}",
        }
