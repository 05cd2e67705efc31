"""Download my data: a ZIP of all that is kept of a person, made by a job, there for seven days.

No transaction is open while bytes are written, and gathering what is known of a person keeps nobody from writing,
however much it is. Done twice, the job makes the ZIP anew and leaves nothing behind. What the disk does not give is
named in it (`unread.json`): nobody goes without all the rest.
"""

from __future__ import annotations

import io
import shutil
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson
from flask import current_app
from sqlalchemy import delete, or_, select, update

from ...core import audit, jobs
from ...core.audit import AuditEvent
from ...core.clock import AHEAD, iso, now
from ...core.connections import begin_reading
from ...core.database import committed, db
from ...core.guard import Caller
from ...core.storage import AsFarAsItGoes, new_key, storage, zip_entry
from ..factors.models import methods, passkeys_of, recovery_codes_left
from ..models import KnownDevice, Session, User
from ..schemas import show_me, show_session
from ..tokens.models import ApiToken
from ..tokens.schemas import show_token
from .belongings import Belongings
from .models import DataExport
from .schemas import ExportOut

KEPT = timedelta(days=7)
PATIENCE = timedelta(hours=1)  # after it, what is not made has failed
BLOCK = 131_072


def state(user_id: int) -> DataExport | None:
    """The person's export, unless its days are over."""
    found = db.session.get(DataExport, user_id)
    return found if found and found.created_at > now() - KEPT else None


def show(found: DataExport | None) -> ExportOut:
    if found is None:
        return {"state": "none", "created_at": None, "size": None, "url": None}
    if found.key is None:
        return {
            "state": "working" if _is_made(found) else "failed",
            "created_at": iso(found.created_at),
            "size": None,
            "url": None,
        }
    url = "/api/me/export/content"
    return {"state": "ready", "created_at": iso(found.created_at), "size": found.size, "url": url}


def _is_made(begun: DataExport) -> bool:
    """Whether what was begun may still come."""
    return now() - PATIENCE < begun.created_at <= now() + AHEAD


def ask(who: Caller) -> ExportOut:
    """Begin an export in place of an older one, and commit; while one is being made, that one it is."""
    before = db.session.get(DataExport, who.id)
    if before and before.key is None and _is_made(before):
        return show(before)
    old = before.key if before else None
    begun = db.session.merge(DataExport(user_id=who.id, key=None, size=None, created_at=now()))
    jobs.enqueue("export", user_id=who.id)
    audit.record("export_asked", actor=who, subject=who)
    shown = committed(show(begun))
    if old:
        storage().delete(old)
    return shown


def make(user_id: int) -> None:
    """The job: write the ZIP, then say that it is there."""
    begin_reading()
    begun = db.session.get(DataExport, user_id)
    user = db.session.get(User, user_id)
    if begun is None or begun.key is not None or user is None:
        return
    began: datetime = begun.created_at
    belongings: list[Belongings] = current_app.extensions["belongings"]
    lists = _own(user) | {one.name: one.described(user_id) for one in belongings}
    contents = [content for one in belongings for content in one.bytes_of(user_id)]
    db.session.rollback()
    with storage().begin() as incoming, io.BufferedRandom(incoming.file) as buffered:  # closes the file, too
        with ZipFile(buffered, "w", ZIP_DEFLATED) as archive:
            for name, value in lists.items():
                archive.writestr(zip_entry(f"{name}.json", began), orjson.dumps(value, option=orjson.OPT_INDENT_2))
            unread = []
            for name, opened in contents:
                try:
                    source = opened()
                except FileNotFoundError:  # deleted meanwhile
                    continue
                except OSError:
                    unread.append(name)
                    continue
                whole = AsFarAsItGoes(source)
                with source, archive.open(zip_entry(name, began, ZIP_STORED), "w", force_zip64=True) as target:
                    shutil.copyfileobj(whole, target, BLOCK)
                if whole.broken:
                    unread.append(name)
            if unread:
                archive.writestr(zip_entry("unread.json", began), orjson.dumps(unread, option=orjson.OPT_INDENT_2))
        buffered.flush()
        size = buffered.seek(0, io.SEEK_END)
        incoming.make_durable()
        key = new_key()
        incoming.keep(key)
    done = (
        update(DataExport)
        .where(DataExport.user_id == user_id, DataExport.created_at == began, DataExport.key.is_(None))
        .values(key=key, size=size)
    )
    told = db.session.execute(done.returning(DataExport.user_id)).one_or_none()
    db.session.commit()
    if told is None:  # asked anew meanwhile, or the account is gone
        storage().delete(key)


def _own(user: User) -> dict[str, Any]:
    """What accounts themselves keep of a person, without what lets anybody in."""
    sessions = db.session.scalars(select(Session).where(Session.user_id == user.id).order_by(Session.created_at))
    tokens = db.session.scalars(select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.created_at))
    devices = db.session.scalars(
        select(KnownDevice).where(KnownDevice.user_id == user.id).order_by(KnownDevice.created_at)
    )
    events = db.session.scalars(
        select(AuditEvent)
        .where(or_(AuditEvent.actor_id == user.id, AuditEvent.subject_id == user.id))
        .order_by(AuditEvent.id)
    )
    return {
        "profile": show_me(user),
        "sessions": [show_session(one, None) for one in sessions],
        "passkeys": [{"name": one.name, "created_at": iso(one.created_at)} for one in passkeys_of(user.id)],
        "known-devices": [{"created_at": iso(one.created_at), "last_seen": iso(one.last_seen_at)} for one in devices],
        "second-factor": {"methods": methods(user.id), "recovery_codes_left": recovery_codes_left(user.id)},
        "tokens": [show_token(one) for one in tokens],
        "events": [_event(one, user) for one in events],
    }


def _event(one: AuditEvent, user: User) -> dict[str, Any]:
    """An event; where somebody else acted, their address is not this person's to know."""
    others = one.actor_id not in (None, user.id)
    return {
        "at": iso(one.at),
        "event": one.event,
        "by": one.actor_name,
        "of": one.subject_name,
        "address": None if others else one.address,
        "detail": one.detail,
    }


def sweep() -> None:
    """Remove the downloads whose days are over; the row first, so that none ever promises bytes that are gone."""
    over = delete(DataExport).where(DataExport.created_at <= now() - KEPT).returning(DataExport.key)
    keys = db.session.scalars(over).all()
    db.session.commit()
    for key in keys:
        if key:
            storage().delete(key)


def known(keys: set[str]) -> set[str]:
    """Which of these keys in the storage are downloads."""
    return {key for key in db.session.scalars(select(DataExport.key).where(DataExport.key.in_(keys))) if key}
