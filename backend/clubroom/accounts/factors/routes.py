"""The HTTP side of second factors: one's own, and the second step of signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import select

from ...core import audit, mail
from ...core.api import Message, MissingFields, typed
from ...core.database import committed, db
from ...core.errors import Refusal
from ...core.guard import public, signed_in
from ...core.limits import limited
from ...core.paging import Listing, PageQuery, paged
from .. import devices, signin
from ..models import User, write_to
from ..own import myself
from ..passwords import SHORTEST
from ..schemas import SignedIn
from ..server_session import session
from . import authenticator, identity, passkeys, policy, recovery_codes
from .identity import needs_identity
from .models import Passkey, has_any, has_totp, passkeys_of, recovery_codes_left
from .schemas import (
    Code,
    Enrolment,
    Factors,
    Identity,
    NamedPasskey,
    NewPasskey,
    PasskeyOut,
    PasskeySignIn,
    RecoveryCodes,
    SecondStep,
    show_passkey,
)

TEN_HASHES = "20/minute"  # what may make recovery codes: others wait for these hashes to sign in

factors = Blueprint("factors", __name__, url_prefix="/api")


class LongerPasswordFirst(Refusal):
    status, code = 409, "longer_password_first"
    sentence = (
        f"Your password is short, which is enough only beside a second factor. "
        f"Choose one of at least {SHORTEST} characters first, then remove this."
    )


class PasswordFirst(Refusal):
    status, code = 409, "password_first"
    sentence = (
        "You have no password, and nothing else would let you in. "
        "Sign out and choose one by “Forgotten password?”, then remove this."
    )


class NoFactor(Refusal):
    status, code, sentence = 409, "no_factor", "Recovery codes stand in for a second factor. Set one up first."


@factors.post("/login/verify")
@public
@limited("60/minute")
@typed
def verify(body: SecondStep) -> SignedIn:
    """The second step of signing in: a code from the app, or a recovery code."""
    return signin.by_code(body.method, body.code)


@factors.post("/login/passkey/options")
@public
@limited("120/minute")
@typed
def passkey_options() -> dict[str, Any]:
    """What the browser is asked, to sign in with a passkey."""
    return signin.passkey_options()


@factors.post("/login/passkey")
@public
@limited("60/minute")
@typed
def login_with_passkey(body: PasskeySignIn) -> SignedIn:
    """Sign in with a passkey: alone, or as the second step."""
    return signin.by_passkey(body.credential, body.remember)


@factors.post("/identity/options")
@typed
def identity_options() -> dict[str, Any]:
    """What the browser is asked, to confirm with a passkey that it is you."""
    return passkeys.ask_for("identity", signed_in().id)


@factors.post("/identity")
@limited("60/minute")
@typed
def confirm_identity(body: Identity) -> Message:
    """Confirm that it is you, with the password or a passkey; good for ten minutes."""
    if body.credential is not None:
        identity.confirm_by_passkey(signed_in(), body.credential)
    elif body.password is not None:
        identity.confirm_by_password(signed_in(), body.password)
    else:
        raise MissingFields(fields={"password": "This is needed."})
    return {"message": "Confirmed"}


@factors.get("/factors")
@typed
def show_factors() -> Factors:
    """Which second factors one has, and whether one must."""
    who = signed_in()
    return {
        "totp": has_totp(who.id),
        "recovery_codes_left": recovery_codes_left(who.id),
        "passkeys": len(passkeys_of(who.id)),
        "required": policy.required(who.role),
    }


@factors.post("/totp")
@needs_identity
@typed
def begin_totp() -> Enrolment:
    """A key for an authenticator app, to be confirmed by a code."""
    begun = authenticator.begin(signed_in())
    identity.check_still_signed_in()
    return begun


@factors.post("/totp/confirm")
@limited(TEN_HASHES)
@needs_identity
@typed
def confirm_totp(body: Code) -> RecoveryCodes:
    """Confirm the app by a code; answers recovery codes where there were none."""
    codes = first_codes(signed_in().id)
    authenticator.confirm(signed_in().id, body.code)
    user = myself()
    kept = recovery_codes_kept(user.id, codes)
    tell(user, "totp_added", "factor_added", factor="an authenticator app")
    return {"codes": kept}


@factors.delete("/totp")
@needs_identity
@typed
def remove_totp() -> None:
    """Remove the authenticator app."""
    user = myself()
    authenticator.remove(user.id)
    after_removal(user)
    tell(user, "totp_removed", "factor_removed", factor="the authenticator app")


@factors.post("/recovery-codes")
@limited(TEN_HASHES)
@needs_identity
@typed
def new_recovery_codes() -> RecoveryCodes:
    """Ten new recovery codes, shown once; older ones are worth nothing from now on."""
    who = signed_in()
    if not has_any(who.id):
        raise NoFactor
    db.session.rollback()  # nothing is held while hashing
    codes = recovery_codes.make()
    recovery_codes.keep(who.id, codes)
    tell(myself(), "recovery_codes_made", "factor_added", factor="a new set of recovery codes")
    return {"codes": list(codes)}


@factors.get("/passkeys")
@typed
def list_passkeys(query: PageQuery) -> Listing[PasskeyOut]:
    """One's passkeys, the oldest first."""
    mine = select(Passkey).where(Passkey.user_id == signed_in().id)
    return paged(mine, Passkey.created_at, Passkey.id, query, show_passkey)


@factors.post("/passkeys/options")
@needs_identity
@typed
def new_passkey_options() -> dict[str, Any]:
    """What the browser is asked, to make a passkey."""
    return passkeys.ask_to_make(myself())


@factors.post("/passkeys")
@limited(TEN_HASHES)
@needs_identity
@typed(status=201)
def add_passkey(body: NewPasskey) -> PasskeyOut:
    """Add the passkey that the browser made; answers recovery codes too where there were none."""
    codes = first_codes(signed_in().id)
    user = myself()
    passkey = passkeys.add(user.id, body.name, body.credential)
    kept = recovery_codes_kept(user.id, codes)
    shown = show_passkey(passkey)
    tell(user, "passkey_added", "factor_added", factor=f"the passkey “{body.name}”")
    return {**shown, "codes": kept} if kept else shown


@factors.patch("/passkeys/<passkey_id>")
@typed
def rename_passkey(passkey_id: str, body: NamedPasskey) -> PasskeyOut:
    """Call a passkey something else."""
    passkey = passkeys.of(signed_in().id, passkey_id)
    passkey.name = body.name
    return committed(show_passkey(passkey))


@factors.delete("/passkeys/<passkey_id>")
@needs_identity
@typed
def remove_passkey(passkey_id: str) -> None:
    """Remove a passkey; it opens nothing from now on."""
    user = myself()
    passkey = passkeys.of(user.id, passkey_id)
    name = passkey.name
    db.session.delete(passkey)
    db.session.flush()
    after_removal(user)
    tell(user, "passkey_removed", "factor_removed", factor=f"the passkey “{name}”")


def first_codes(user_id: int) -> dict[str, str]:
    """Recovery codes for someone who has none; holds no transaction while they are hashed."""
    have = recovery_codes_left(user_id)
    db.session.rollback()
    return {} if have else recovery_codes.make()


def recovery_codes_kept(user_id: int, codes: dict[str, str]) -> list[str]:
    """Keep the first codes in the running transaction; those to show. None where another request was faster: its codes
    are written down already.
    """
    if not codes or recovery_codes_left(user_id):
        return []
    recovery_codes.keep(user_id, codes)
    return list(codes)


def after_removal(user: User) -> None:
    """See to it that what is left is enough, in the running transaction. Raises PasswordFirst, LongerPasswordFirst.

    An app is good only beside a password. Without a factor a short password does not do, and there is nothing that
    recovery codes could stand in for.
    """
    if user.password_hash is None and not passkeys_of(user.id):
        raise PasswordFirst
    if has_any(user.id):
        return
    if user.short_password:
        raise LongerPasswordFirst
    recovery_codes.remove(user.id)


def tell(user: User, event: str, template: str, factor: str) -> None:
    """Write it down, tell the person by mail, and commit. Raises NotSignedIn."""
    identity.check_still_signed_in()
    audit.record(event, actor=user, subject=user)
    link = mail.page("/account#passkeys" if event.startswith("passkey_") else "/account#authenticator")
    write_to(user, template, factor=factor, link=link, **devices.this_device())
    session.commit()
