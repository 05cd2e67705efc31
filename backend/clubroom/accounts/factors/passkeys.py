"""Passkeys (WebAuthn): what the browser is asked, and what its answer must be.

A question (challenge) is held in the session and taken out by the one answer it gets, right or wrong. What a device
signed is checked by the `webauthn` library, imported late: it takes nearly a second. The count of signatures is
compared here and not there: only after the signature has proved good, and by the UPDATE that writes it.

A passkey that stands in for the password must have checked the person (by fingerprint, face or PIN), so that it is two
factors by itself; after a password, having it is enough.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import request
from sqlalchemy import select, update

from ...core import audit, mail
from ...core.clock import now
from ...core.current import current_settings
from ...core.database import db, flush
from ...core.errors import Refusal
from ...core.ids import new_token
from .. import devices
from ..models import Session, User
from ..server_session import session
from .models import Passkey, passkeys_of

GOOD_FOR = timedelta(minutes=10)
MOST = 20  # passkeys of one person
LONGEST_ID = 1023  # bytes, by the standard
ALGORITHMS = (-8, -7, -257)  # Ed25519, ECDSA and RSA with SHA-256
TRANSPORTS = frozenset({"usb", "nfc", "ble", "internal", "hybrid", "cable", "smart-card"})


class ChallengeExpired(Refusal):
    code, sentence = "challenge_expired", "This took too long. Please try again."


class RefusedPasskey(Refusal):
    code, sentence = "invalid_passkey", "This passkey could not be made. Please try again."


class PasskeyKnown(Refusal):
    status, code, sentence = 409, "passkey_known", "This passkey is in use already."


class TooManyPasskeys(Refusal):
    status, code, sentence = 409, "too_many_passkeys", f"At most {MOST} passkeys. Remove one first."


class PasskeyAbsent(Refusal):
    status, code, sentence = 404, "not_found", "This passkey has been removed already."


class InvalidPasskey(Refusal):
    status, code, sentence = 401, "invalid_passkey", "This passkey does not fit."


class UnknownPasskey(Refusal):
    status, code, sentence = 401, "unknown_passkey", "This passkey is not known here, or has been removed."


class ClonedPasskey(Refusal):
    status, code = 401, "passkey_cloned"
    sentence = "This passkey seems to have been copied, so it opens nothing. Use another way, then remove it."


def relying_party() -> tuple[str, str]:
    """The name that passkeys are bound to, and the origin their answers must come from: the configured address; on
    this machine (`localhost`), whatever the port.
    """
    base = current_settings().base_url
    name = urlsplit(base).hostname or ""
    is_here = name == "localhost" == request.host.partition(":")[0].lower()
    return name, f"{request.scheme}://{request.host}" if is_here else base


def ask_to_make(user: User) -> dict[str, Any]:
    """What `navigator.credentials.create` is given. Raises TooManyPasskeys."""
    have = passkeys_of(user.id)
    if len(have) >= MOST:
        raise TooManyPasskeys
    handle = have[0].handle if have else new_token()
    return {
        "rp": {"id": relying_party()[0], "name": current_settings().name},
        "user": {"id": handle, "name": user.username, "displayName": user.name or user.username},
        "challenge": _challenge("make", handle=handle),
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in ALGORITHMS],
        "timeout": int(GOOD_FOR.total_seconds() * 1000),
        "excludeCredentials": [_descriptor(one) for one in have],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "preferred",
        },
        "attestation": "none",
    }


def add(user_id: int, name: str, credential: dict[str, Any]) -> Passkey:
    """Take up what the browser made, in the running transaction.

    Raises ChallengeExpired, RefusedPasskey, PasskeyKnown, TooManyPasskeys.
    """
    asked = _take("make")
    from webauthn import base64url_to_bytes, verify_registration_response  # only now: no transaction is open
    from webauthn.helpers import bytes_to_base64url

    name_here, origin = relying_party()
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(asked["value"]),
            expected_rp_id=name_here,
            expected_origin=origin,
        )
    except Exception:  # whatever the library stumbled over came from outside
        raise RefusedPasskey from None
    if len(made.credential_id) > LONGEST_ID:
        raise RefusedPasskey
    ways = credential["response"].get("transports")
    passkey = Passkey(
        user_id=user_id,
        name=name,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        handle=asked["handle"],
        transports=sorted(TRANSPORTS.intersection(one for one in ways if isinstance(one, str)))
        if isinstance(ways, list)
        else [],
        sign_count=made.sign_count,
        created_at=now(),
    )
    db.session.add(passkey)
    flush(passkeys_credential_id=PasskeyKnown)
    if len(passkeys_of(user_id)) > MOST:  # several questions may have been answered at once
        raise TooManyPasskeys
    return passkey


def ask_for(purpose: str, user_id: int | None = None, alone: bool = True) -> dict[str, Any]:
    """What `navigator.credentials.get` is given: one of this person's passkeys, or of anybody's. `alone`: it stands in
    for the password.
    """
    return {
        "challenge": _challenge(purpose),
        "timeout": int(GOOD_FOR.total_seconds() * 1000),
        "rpId": relying_party()[0],
        "allowCredentials": [_descriptor(one) for one in passkeys_of(user_id)] if user_id is not None else [],
        "userVerification": "required" if alone else "preferred",
    }


def check(
    purpose: str, credential: dict[str, Any], owner: int | None = None, after_password: int | None = None
) -> Passkey:
    """The passkey (of `owner`, if given) that signed this answer to the browser's question, noted as used in the
    running transaction. Whose password was right (`after_password`) needs no fingerprint besides. Raises
    ChallengeExpired, and, having written it down, UnknownPasskey, InvalidPasskey, ClonedPasskey.
    """
    asked = _take(purpose)
    from webauthn import base64url_to_bytes, verify_authentication_response  # only now: no transaction is open

    passkey = db.session.scalar(select(Passkey).where(Passkey.credential_id == str(credential.get("id"))))
    if passkey is None or owner not in (None, passkey.user_id):
        raise _written_down(UnknownPasskey(), owner, after_password)
    name_here, origin = relying_party()
    try:
        answer = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(asked["value"]),
            expected_rp_id=name_here,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # compared below
            require_user_verification=passkey.user_id != after_password,
        )
    except Exception:  # whatever the library stumbled over came from outside
        raise _written_down(InvalidPasskey(), owner, passkey.user_id) from None
    if credential["response"].get("userHandle") not in (None, passkey.handle):
        raise _written_down(InvalidPasskey(), owner, passkey.user_id)
    _count(passkey, answer.new_sign_count)
    return passkey


def _written_down(refusal: Refusal, owner: int | None, claimed: int | None) -> Refusal:
    """Write down, and commit, that somebody came with what is no passkey: in the session of `owner`, or to sign in as
    `claimed`, if they are known.
    """
    who = db.session.get(User, owner or claimed) if owner or claimed else None
    if owner:
        audit.record("identity_refused", actor=who, subject=who, by="passkey")
    else:
        audit.record("sign_in_failed", subject=who, by="passkey")
    db.session.commit()
    return refusal


def _count(passkey: Passkey, count: int) -> None:
    """Note how often the device says it has signed: always more, or never counted.

    Raises ClonedPasskey, having written it down and told its owner.
    """
    plausible = Passkey.sign_count < count if count else Passkey.sign_count == 0
    used = update(Passkey).where(Passkey.id == passkey.id, plausible).values(sign_count=count, last_used_at=now())
    if db.session.scalar(used.returning(Passkey.id)) is None:
        owner = db.session.get_one(User, passkey.user_id)
        audit.record("passkey_cloned", subject=owner, passkey=passkey.name)
        if mail.room_for(owner.email, most=mail.MOST_NEWS):  # whoever has the copy can try it as often as they like
            link = mail.page("/account#passkeys")
            mail.queue(
                "passkey_cloned",
                owner.email,
                unasked=True,
                user=owner,
                passkey=passkey.name,
                link=link,
                **devices.this_device(),
            )
        db.session.commit()
        raise ClonedPasskey


def of(user_id: int, passkey_id: str) -> Passkey:
    """One of this person's passkeys. Raises PasskeyAbsent."""
    found = db.session.get(Passkey, passkey_id)
    if found is None or found.user_id != user_id:
        raise PasskeyAbsent
    return found


def _descriptor(passkey: Passkey) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "public-key", "id": passkey.credential_id}
    return shown | ({"transports": passkey.transports} if passkey.transports else {})


def _challenge(purpose: str, **more: str) -> str:
    """A question for this browser, in place of an older one."""
    until = int((now() + GOOD_FOR).timestamp())
    session["challenge"] = {"value": new_token(), "purpose": purpose, "until": until} | more
    return str(session["challenge"]["value"])


def _take(purpose: str) -> dict[str, Any]:
    """The question this browser was asked, taken out of its session at once: of two answers, one finds it.

    Raises ChallengeExpired.
    """
    row = db.session.get(Session, session.row_id, with_for_update=True) if session.row_id else None
    held = dict(row.data) if row else {}
    asked: dict[str, Any] = held.pop("challenge", {})
    if row:
        row.data = held
    db.session.commit()
    session.pop("challenge", None)
    if asked.get("purpose") != purpose or asked["until"] < now().timestamp():
        raise ChallengeExpired
    return asked
