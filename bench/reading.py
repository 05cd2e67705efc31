"""Reading: one person as often as it goes, and lists and searches among few and among many."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from statistics import median

from . import load
from .client import Client, request
from .server import Clubroom, Server, bare
from .table import row, title, turns

COLUMNS = "id, username, name, role, status, email, username_key, created_at, last_seen_at, confirmed_at"
SHOWN = "username_key != 'former member'"
PAGE = f"SELECT {COLUMNS} FROM users WHERE {SHOWN} ORDER BY username_key, id LIMIT 51"  # noqa: S608  # constants
SEARCHES = {
    "search of a part of names": "q=mats",
    "search that finds nobody": "q=xyzzy",
    "search of three letters, many found": "q=son",
    "search of two letters": "q=an",
    "search of one letter": "q=s",
    "the same, the newest first": "q=s&sort=-created_at",
}


def one_person(club: Clubroom, cookie: str, rounds: int, seconds: float) -> None:
    """GET one user, signed in, against a bare application that answers as many bytes."""
    path = f"/api/users/{club.user}"
    with Client(club.port) as client:
        answer = client.ask(request(path, cookie))
    title(f"One person, {load.CONNECTIONS} kept connections (load: {load.NAME})")
    with bare(len(answer.body)) as limit:
        for server in (club, limit):
            load.rate(server.port, path, cookie, 1)
        ours, theirs = turns(
            rounds,
            partial(load.rate, club.port, path, cookie, seconds),
            partial(load.rate, limit.port, path, cookie, seconds),
        )
        row("GET /api/users/<id>", ours, "a second", theirs, "bare WSGI on granian")
        ours, theirs = turns(
            rounds,
            partial(_computing, club, path, cookie, seconds),
            partial(_computing, limit, path, cookie, seconds),
        )
        row("CPU of all server processes", ours, "µs a request", theirs, "bare WSGI on granian")


def _computing(server: Server, path: str, cookie: str, seconds: float) -> float:
    """Microseconds of CPU a request costs; what others do on the machine changes it least."""
    before, began = server.cpu(), time.perf_counter()
    rate = load.rate(server.port, path, cookie, seconds)
    return (server.cpu() - before) / (rate * (time.perf_counter() - began)) * 1e6


def lists(few: Clubroom, many: Clubroom, few_cookie: str, many_cookie: str, rounds: int) -> None:
    """Round trips of one client: they hold the server's time and about 0.1 ms of the way."""
    clubs = ((few, few_cookie), (many, many_cookie))
    paths = {"first page": ["/api/users"] * 2, "last page": [_last(*one) for one in clubs]}
    paths |= {name: [f"/api/users?{query}"] * 2 for name, query in SEARCHES.items()}
    paths["one person"] = [f"/api/users/{club.user}" for club, _ in clubs]
    columns = (f"{many.people:,}", f"{few.people:,}", "growth")
    title("Lists of 50, one client, among so many people", columns)
    with Client(few.port) as near, Client(many.port) as far:
        for name, (short, long) in paths.items():
            sides = (
                partial(_round_trip, far, request(long, many_cookie)),
                partial(_round_trip, near, request(short, few_cookie)),
            )
            row(name, *_in_order(turns(rounds, *sides), "ms"))
        with bare(9000) as nothing, Client(nothing.port) as client:
            row("bare WSGI, 9 kB", turns(rounds, partial(_round_trip, client, request("/")))[0], "ms")
    row("the first page's SQL", turns(rounds, partial(_sql, many))[0], "ms")


def _in_order(pair: list[float], unit: str) -> tuple[float, str, float]:
    return pair[0], unit, pair[1]


def _round_trip(client: Client, sent: bytes) -> float:
    client.time(sent)
    return median(client.time(sent) for _ in range(15))


def _last(club: Clubroom, cookie: str) -> str:
    """The address of the last page, found as a visitor would: by walking there."""
    path = "/api/users"
    with Client(club.port) as client:
        while link := client.ask(request(path, cookie)).header("link"):
            path = link[1 : link.index(">")]
    return path


def _sql(club: Clubroom) -> float:
    with sqlite3.connect(f"file:{club.data}/clubroom.db?mode=ro", uri=True) as database:
        began = time.perf_counter()
        for _ in range(15):
            database.execute(PAGE).fetchall()
        return (time.perf_counter() - began) / 15 * 1000
