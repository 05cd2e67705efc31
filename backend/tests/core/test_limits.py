from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from clubroom.core.errors import TooManyRequests
from clubroom.core.limits import Limiter, Rate, network
from flask.testing import FlaskClient

THRICE = Rate.read("3/minute")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2030-05-01T12:00:00Z", tick=False) as clock:
        yield clock


def calls(limiter: Limiter, *key: str, rate: Rate = THRICE) -> list[float]:
    """What each of five calls has to wait."""
    return [round(limiter.hit(rate, *key), 6) for _ in range(5)]


def test_as_many_calls_as_the_rate_allows_pass_at_once_and_the_next_is_told_when(
    clock: time_machine.Traveller,
) -> None:
    limiter = Limiter()
    assert calls(limiter, "door", "192.0.2.7") == [0, 0, 0, 20, 20]
    clock.shift(timedelta(seconds=21))
    assert calls(limiter, "door", "192.0.2.7") == [0, 19, 19, 19, 19]
    clock.shift(timedelta(minutes=2))
    assert calls(limiter, "door", "192.0.2.7") == [0, 0, 0, 20, 20]


def test_each_address_door_and_rate_is_counted_apart(clock: time_machine.Traveller) -> None:
    limiter = Limiter()
    assert calls(limiter, "door", "192.0.2.7")[3]
    assert calls(limiter, "door", "192.0.2.8")[:3] == [0, 0, 0]
    assert calls(limiter, "gate", "192.0.2.7")[:3] == [0, 0, 0]
    assert calls(limiter, "door", "192.0.2.7", rate=Rate.read("4/hour"))[:4] == [0, 0, 0, 0]


def test_a_clock_that_was_set_back_keeps_nobody_out(clock: time_machine.Traveller) -> None:
    limiter = Limiter()
    assert calls(limiter, "door")[3]
    clock.shift(timedelta(hours=-5))
    assert calls(limiter, "door")[:3] == [0, 0, 0]


def test_who_knocked_long_ago_is_forgotten(clock: time_machine.Traveller) -> None:
    limiter = Limiter()
    for number in range(5000):
        limiter.hit(THRICE, "door", str(number))
        clock.shift(timedelta(seconds=1))
    assert len(limiter.paid_off) < 2100


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("no:address", "no:address"),
    ],
)
def test_who_has_a_whole_network_is_one(address: str, whom: str) -> None:
    assert network(address) == whom


@pytest.mark.parametrize(
    ("path", "body", "times"),
    [
        ("/api/password/forgot", {"email": "ada@example.org"}, 20),
        ("/api/users/confirm/resend", {"email": "ada@example.org"}, 10),
        ("/api/login", {"username": "", "password": ""}, 60),
        ("/api/users", {"username": "?", "email": "?"}, 200),
    ],
)
def test_who_knocks_too_often_is_told_how_long_to_wait(
    client: FlaskClient, clock: time_machine.Traveller, path: str, body: dict[str, str], times: int
) -> None:
    answers = [client.post(path, json=body) for _ in range(times + 1)]
    assert [one.status_code for one in answers].index(429) == times
    refused = answers[-1]
    wait = TooManyRequests(retry_after=int(refused.headers["Retry-After"]))
    assert (refused.json or {})["error"] == wait.text


@pytest.mark.parametrize("path", ["/api/totp/confirm", "/api/recovery-codes", "/api/passkeys"])
def test_what_takes_ten_hashes_is_asked_for_only_so_often(
    clock: time_machine.Traveller, as_member: FlaskClient, path: str
) -> None:
    answers = [as_member.post(path, json={}).status_code for _ in range(21)]
    assert answers.index(429) == 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (5, "5 seconds"), (89, "89 seconds"), (90, "2 minutes"), (149, "3 minutes"), (900, "15 minutes")],
)
def test_a_wait_is_said_in_words(seconds: int, words: str) -> None:
    assert TooManyRequests(retry_after=seconds).text == f"Too many tries. Please wait {words}."
