from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from clubroom import create_app
from clubroom.core import jobs
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.core.jobs import Job
from clubroom.settings import Settings
from flask import Flask
from sqlalchemy import select, update
from time_machine import TimeMachineFixture

from .. import factories
from ..factories import database, make_user
from ..steps import browser


class Work:
    """Work that fails as often as it is told, and remembers what it was given."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.done: list[str] = []
        self.tries = 0

    def __call__(self, what: str) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise RuntimeError("not now")
        self.done.append(what)


def enqueue(app: Flask, work: Work, *whats: str) -> Work:
    jobs.on(app, "work", work)
    with app.app_context():
        for what in whats:
            jobs.enqueue("work", what=what)
        db.session.commit()
    return work


def waiting() -> list[Job]:
    with database() as session:
        return list(session.scalars(select(Job)))


def test_jobs_are_done_once_in_their_order(app: Flask) -> None:
    work = enqueue(app, Work(), "one", "two")
    assert (jobs.run_all(app), jobs.run_all(app)) == (2, 0)
    assert (work.done, waiting()) == (["one", "two"], [])


def test_a_job_exists_only_if_what_it_belongs_to_does(app: Flask) -> None:
    with app.app_context():
        jobs.enqueue("work", what="never")
        db.session.rollback()
    assert waiting() == []


def test_a_failing_job_is_kept_and_comes_again_later_each_time(app: Flask, clock: TimeMachineFixture) -> None:
    work = enqueue(app, Work(failures=3), "one")
    for wait in (10, 20, 40):
        assert jobs.run_all(app) == 1
        (job,) = waiting()
        assert (job.error, job.leased_until) == ("RuntimeError('not now')", None)
        clock.shift(wait - 1)
        assert jobs.run_all(app) == 0
        clock.shift(1)
    assert jobs.run_all(app) == 1
    assert (work.tries, work.done, waiting()) == (4, ["one"], [])


def test_a_job_waits_a_quarter_of_an_hour_at_most_and_is_never_thrown_away(
    app: Flask, clock: TimeMachineFixture
) -> None:
    work = enqueue(app, Work(failures=1000), "one")
    with database() as session:
        session.execute(update(Job).values(attempts=jobs.MOST_ATTEMPTS - 5))
    for _ in range(9):
        jobs.run_all(app)
        clock.shift(timedelta(minutes=15))
    assert (work.tries, len(waiting())) == (5, 1)


def test_a_clock_that_was_ahead_puts_no_job_off(app: Flask, clock: TimeMachineFixture) -> None:
    work = enqueue(app, Work(), "one", "two")
    with database() as session:
        session.execute(update(Job).where(Job.id == 2).values(leased_until=Job.due_at))
    clock.shift(-timedelta(days=1))
    jobs.run_all(app)
    assert (sorted(work.done), waiting()) == (["one", "two"], [])


@pytest.mark.on_disk
def test_a_clock_that_was_ahead_puts_no_hourly_work_off(
    app: Flask, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, rounds = threading.Event(), []

    def sweep() -> None:
        rounds.append(now())
        clock.shift(-timedelta(days=1))
        if len(rounds) == 2:
            stop.set()

    app.extensions["hourly"] = [sweep]
    hours = itertools.count(step=3600)
    monkeypatch.setattr(jobs, "monotonic", lambda: next(hours), raising=False)
    end = threading.Timer(5, stop.set)
    end.start()
    jobs.work(app, stop, pause=0.01)
    end.cancel()
    assert len(rounds) == 2


def test_what_was_given_up_is_forgotten_after_a_month(app: Flask, clock: TimeMachineFixture) -> None:
    enqueue(app, Work(failures=1000), "given up", "waiting")
    with database() as session:
        session.execute(update(Job).where(Job.id == 1).values(attempts=jobs.MOST_ATTEMPTS - 1))
    jobs.run_all(app)
    left = []
    for days in (29, 2):
        clock.shift(timedelta(days=days))
        jobs.sweep_all(app, threading.Event())
        left.append([job.arguments["what"] for job in waiting()])
    assert left == [["given up", "waiting"], ["waiting"]]


def test_each_failure_is_told_and_that_the_tries_are_over_once(app: Flask, clock: TimeMachineFixture) -> None:
    told: list[tuple[str, str, bool]] = []
    work = enqueue(app, Work(failures=1000), "one")
    jobs.on(app, "work", work, lambda error, over, what: told.append((what, str(error), over)))
    with database() as session:
        session.execute(update(Job).values(attempts=jobs.MOST_ATTEMPTS - 5))
    for _ in range(9):
        jobs.run_all(app)
        clock.shift(timedelta(hours=1))
    assert told == [("one", "not now", False)] * 4 + [("one", "not now", True)]


def test_a_job_whose_worker_died_at_the_last_try_is_given_up_too(app: Flask, clock: TimeMachineFixture) -> None:
    def die(what: str) -> None:
        raise SystemExit

    told: list[tuple[type[Exception], bool]] = []
    enqueue(app, Work(), "one")
    jobs.on(app, "work", die, lambda error, over, what: told.append((type(error), over)))
    with database() as session:
        session.execute(update(Job).values(attempts=jobs.MOST_ATTEMPTS - 1))
    with pytest.raises(SystemExit):
        jobs.run_all(app)
    clock.shift(timedelta(minutes=6))
    assert jobs.run_all(app) == 1
    clock.shift(timedelta(hours=2))
    assert (jobs.run_all(app), told) == (0, [(jobs.WorkerDied, True)])


def test_a_job_nobody_knows_stays(app: Flask) -> None:
    with app.app_context():
        jobs.enqueue("unheard-of")
        db.session.commit()
    assert jobs.run_all(app) == 1
    assert [job.kind for job in waiting()] == ["unheard-of"]


def test_in_memory_what_a_request_leaves_to_be_done_is_done_before_its_answer() -> None:
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    factories.bind(app)
    admin = browser(app, make_user("ada", role="admin"))
    assert admin.post("/api/password/forgot", json={"email": "ada@example.org"}).status_code == 202
    assert [mail["to"] for mail in admin.get("/api/outbox").json or []] == ["ada@example.org"]
    assert admin.post("/api/me/export").status_code == 202
    assert (admin.get("/api/me/export").json or {})["state"] == "ready"


def test_a_failing_job_holds_up_no_other(app: Flask) -> None:
    work = enqueue(app, Work(failures=1), "one", "two")
    assert jobs.run_all(app) == 2
    assert work.done == ["two"]


def test_what_a_failing_job_wrote_is_undone(app: Flask) -> None:
    def half(what: str) -> None:
        jobs.enqueue("work", what=what)
        db.session.flush()
        raise RuntimeError

    jobs.on(app, "half", half)
    with app.app_context():
        jobs.enqueue("half", what="one")
        db.session.commit()
    jobs.run_all(app)
    assert [job.kind for job in waiting()] == ["half"]


def test_a_job_whose_worker_died_is_done_when_its_lease_has_run_out(app: Flask, clock: TimeMachineFixture) -> None:
    def die(what: str) -> None:
        raise SystemExit  # as a kill: nothing after it is written

    work = enqueue(app, Work(), "one")
    jobs.on(app, "work", die)
    with pytest.raises(SystemExit):
        jobs.run_all(app)
    jobs.on(app, "work", work)
    clock.shift(timedelta(minutes=4))
    assert jobs.run_all(app) == 0
    clock.shift(timedelta(minutes=2))
    assert jobs.run_all(app) == 1
    assert work.done == ["one"]


@pytest.mark.on_disk
def test_a_worker_that_finds_nothing_to_do_writes_nothing(app: Flask, settings: Settings) -> None:
    enqueue(app, Work(failures=1), "one")
    assert jobs.run_all(app) == 1
    with closing(sqlite3.connect(settings.database_file)) as another:
        before = another.execute("PRAGMA data_version").fetchall()
        assert jobs.run_all(app) == 0  # what failed is not due yet
        assert another.execute("PRAGMA data_version").fetchall() == before


@pytest.mark.on_disk
def test_several_workers_do_every_job_once(app: Flask) -> None:
    work = enqueue(app, Work(), *map(str, range(40)))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(jobs.run_all, [app] * 4))
    assert sorted(work.done, key=int) == list(map(str, range(40)))


@contextmanager
def working(app: Flask) -> Iterator[None]:
    """A worker, until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=jobs.work, args=(app, stop, 0.01))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


@pytest.mark.on_disk
def test_a_worker_outlives_a_sweep_that_fails_and_does_the_others(app: Flask) -> None:
    swept, done = threading.Event(), threading.Event()

    def sweep() -> None:
        raise OSError("a folder is gone")

    jobs.hourly(app, sweep)
    jobs.hourly(app, swept.set)
    with working(app):
        assert swept.wait(10)
        jobs.on(app, "work", lambda what: done.set())
        with app.app_context():
            jobs.enqueue("work", what="one")
            db.session.commit()
        assert done.wait(15)


@pytest.mark.on_disk
def test_no_mail_waits_for_a_long_job(app: Flask) -> None:
    begun, done = threading.Event(), threading.Event()

    def take_long() -> None:
        begun.set()
        assert done.wait(10)

    jobs.on(app, "long", take_long, long=True)
    jobs.on(app, "short", done.set)
    with working(app):
        for kind in ("long", "short"):
            with app.app_context():
                jobs.enqueue(kind)
                db.session.commit()
            assert (begun if kind == "long" else done).wait(10)


@pytest.mark.on_disk
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it ends both threads
@pytest.mark.parametrize("long", [False, True])
def test_what_ends_one_half_of_a_worker_ends_it_whole(app: Flask, long: bool) -> None:
    def end() -> None:
        raise SystemExit

    jobs.on(app, "end", end, long=long)
    with app.app_context():
        jobs.enqueue("end")
        db.session.commit()
    stop = threading.Event()
    worker = threading.Thread(target=jobs.work, args=(app, stop, 0.01))
    worker.start()
    worker.join(10)
    assert (worker.is_alive(), stop.is_set()) == (False, True)


@pytest.mark.on_disk
def test_a_worker_that_is_told_to_stop_begins_no_other_job(app: Flask) -> None:
    stop, done = threading.Event(), []

    def work(what: str) -> None:
        done.append(what)
        stop.set()

    jobs.on(app, "work", work)
    with app.app_context():
        for what in ("one", "two"):
            jobs.enqueue("work", what=what)
        db.session.commit()
    jobs.work(app, stop)
    assert (done, [job.arguments for job in waiting()]) == (["one"], [{"what": "two"}])
