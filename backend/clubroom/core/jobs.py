"""Jobs are rows, enqueued in the caller's transaction: a job exists exactly when what it belongs to does.

A worker claims one with a single UPDATE and a lease; a worker that dies leaves a lease that runs out, so every job is
done at least once and must be harmless when done twice. A failed job waits longer each time; after some two days it is
tried no more, and stays for a month with its reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from sqlalchemy import JSON, Index, String, and_, delete, or_, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from .clock import AHEAD, now
from .database import Base, adding, db
from .logs import log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(minutes=15)  # a link that is good for an hour is to arrive while it is
MOST_ATTEMPTS = 200  # about two days
GIVEN_UP_KEPT = timedelta(days=30)
HOURLY = timedelta(hours=1)

Work = Callable[..., None]


class WorkerDied(Exception):
    """Whoever did this job the last time it was allowed to be tried did not come back."""


class Job(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    due_at: Mapped[datetime] = mapped_column(default=now)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (Index(None, "due_at"),)


ADD = adding(Job)


def enqueue(kind: str, **arguments: Any) -> None:
    """Add a job to the running transaction."""
    ADD.run(kind=kind, arguments=arguments, due_at=now(), leased_until=None, attempts=0, error=None)


def on(app: Flask, kind: str, work: Work, failed: Callable[..., None] | None = None, *, long: bool = False) -> None:
    """Say what does jobs of this kind. `failed` is told of each try that failed, in the transaction that notes it: the
    error, whether the tries are over, then the job's arguments. `long`: it may take minutes, for which no mail waits.
    """
    app.extensions["jobs"][kind] = work
    if long:
        app.extensions["long_jobs"].append(kind)
    if failed:
        app.extensions["failed"][kind] = failed


def hourly(app: Flask, work: Callable[[], None]) -> None:
    """Say what the worker does every hour besides: sweeping and purging."""
    app.extensions["hourly"].append(work)


def run_next(long: bool | None = None) -> bool:
    """Claim one due job and do it, of all or only of those that are `long`, or are not; False if none is due."""
    moment = now()
    is_long = Job.kind.in_(current_app.extensions["long_jobs"])
    left = or_(Job.leased_until <= moment, Job.leased_until > moment + LEASE + AHEAD)
    due = (
        select(Job.id)
        .where(
            true() if long is None else is_long if long else ~is_long,
            or_(Job.due_at <= moment, Job.due_at > moment + LONGEST_RETRY + AHEAD),
            # A lease is left only by who died: then it is still to be said that the tries are over.
            or_(and_(Job.leased_until.is_(None), Job.attempts < MOST_ATTEMPTS), left),
        )
        .order_by(Job.due_at)
        .limit(1)
    )
    claim = (
        update(Job)
        .where(Job.id == due.scalar_subquery(), or_(Job.leased_until.is_(None), left))
        .values(leased_until=moment + LEASE, attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.arguments, Job.attempts)
    )
    claimed = db.session.execute(claim).one_or_none()
    db.session.commit()
    if claimed is None:
        return False
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            raise WorkerDied("the program was ended while it was at it")
        current_app.extensions["jobs"][claimed.kind](**claimed.arguments)
        db.session.execute(delete(Job).where(Job.id == claimed.id))
        db.session.commit()
    except Exception as error:  # whatever it was, the job is kept and the reason with it
        db.session.rollback()
        wait = min(FIRST_RETRY * 2 ** min(claimed.attempts - 1, 20), LONGEST_RETRY)
        log().warning("job_failed", kind=claimed.kind, attempt=claimed.attempts, error=repr(error))
        if failed := current_app.extensions["failed"].get(claimed.kind):
            failed(error, claimed.attempts >= MOST_ATTEMPTS, **claimed.arguments)
        db.session.execute(
            update(Job)
            .where(Job.id == claimed.id)
            .values(due_at=now() + wait, leased_until=None, error=repr(error)[:500])
        )
        db.session.commit()
    return True


def run_all(app: Flask, stop: threading.Event | None = None, long: bool | None = None) -> int:
    """Do every job that is due, or those until `stop` is set; how many there were. `long`: see `run_next`."""
    with app.app_context():
        count = 0
        while not (stop and stop.is_set()) and run_next(long):
            count += 1
        return count


class DoneAtOnce:
    """Does what a request leaves to be done before its answer goes out: beside a database in memory there is no
    worker.
    """

    def __init__(self, app: Flask) -> None:
        self.app, self.wsgi_app = app, app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        answer = self.wsgi_app(environ, start_response)
        run_all(self.app)
        return answer


def work(app: Flask, stop: threading.Event, pause: float = 0.5) -> None:
    """Do jobs as they come until `stop` is set, the long ones beside the others, and the hourly work."""
    beside = threading.Thread(target=_work, args=(app, stop, pause, True))
    beside.start()
    try:
        _work(app, stop, pause, long=False)
    finally:
        beside.join()


def _work(app: Flask, stop: threading.Event, pause: float, long: bool) -> None:
    """A database that is away is waited for. What ends this nevertheless ends the whole worker: it is begun anew."""
    next_sweep = monotonic()
    try:
        while not stop.is_set():
            try:
                run_all(app, stop, long)
                if not long and monotonic() >= next_sweep:
                    next_sweep = monotonic() + HOURLY.total_seconds()
                    sweep_all(app, stop)
            except Exception as error:  # whatever it was, the mails to come must not wait for ever
                log().error("worker_waits", error=repr(error))
                stop.wait(5)
            stop.wait(pause)
    finally:
        stop.set()


def sweep_all(app: Flask, stop: threading.Event) -> None:
    """Do the hourly work until `stop` is set; what fails keeps none of the rest from being done."""
    for sweep in app.extensions["hourly"]:
        if stop.is_set():
            return
        try:
            with app.app_context():
                sweep()
        except Exception as error:
            log().error("sweep_failed", sweep=f"{sweep.__module__}.{sweep.__name__}", error=repr(error))


def forget_given_up() -> None:
    """Remove what was given up a month ago: its arguments may name people who are gone."""
    over = (Job.attempts >= MOST_ATTEMPTS, Job.leased_until.is_(None), Job.due_at <= now() - GIVEN_UP_KEPT)
    db.session.execute(delete(Job).where(*over))
    db.session.commit()


def init_app(app: Flask) -> None:
    app.extensions["jobs"] = {}
    app.extensions["failed"] = {}
    app.extensions["long_jobs"] = []
    app.extensions["hourly"] = [forget_given_up]
