"""Whether the time of an answer tells that an account exists: `python -m bench.timing` prints medians of 200 tries
each, known and unknown names in turns, and ends with 1 where one takes longer by more than 5 ms and 15 %.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median

from .client import Client, request
from .server import Clubroom
from .table import row, title

TRIES = 200
APART, SHARE = 5, 0.15  # ms, and of the shorter time
FREE = 50  # tries at one name: half of those after which signing in is slowed down for everybody


def ask(club: Clubroom, number: int, path: str, body: dict[str, str], status: int) -> float:
    """Milliseconds until the answer, which must have this status; each try comes from another address."""
    sent = request(path, method="POST", body=json.dumps(body).encode(), kind="application/json")
    with Client(club.port, f"127.{10 + number // 200}.{number % 200}.9") as client:
        began = time.perf_counter()
        answer = client.ask(sent)
        took = (time.perf_counter() - began) * 1000
    if answer.status != status:
        raise SystemExit(f"{path} was answered with {answer.status}: {answer.body.decode()}")
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Clubroom(Path(folder), 200) as club:
        title("Known and unknown names, median", ("known", "unknown", "ratio"))
        ask(club, 9000, "/api/users", {"username": "waits", "email": "waits@example.org"}, 201)
        wrong = {"password": "not this one at all"}
        cases = {
            "/api/login": (401, {"username": "bench"} | wrong, {"username": "nobody"} | wrong),
            "/api/password/forgot": (202, {"email": "bench@example.org"}, {"email": "nobody@example.org"}),
            "/api/users/confirm/resend": (202, {"email": "waits@example.org"}, {"email": "nobody@example.org"}),
        }
        for number, (path, (status, *sides)) in enumerate(cases.items()):
            taken: tuple[list[float], list[float]] = ([], [])
            for one in range(TRIES):
                if one % FREE == 0:
                    club.sign_in()  # whoever signs in has no failures any more
                for side, body in enumerate(sides):
                    body = {key: text.replace("nobody", f"nobody{one // FREE}") for key, text in body.items()}
                    taken[side].append(ask(club, number * 1000 + one * 2 + side, path, body, status))
            known, unknown = median(taken[0]), median(taken[1])
            row(f"POST {path}", known, "ms", unknown)
            if abs(known - unknown) > max(APART, SHARE * min(known, unknown)):
                raise SystemExit(f"The time of POST {path} tells whether an account exists.")


if __name__ == "__main__":
    main()
