"""Changing one's e-mail address: confirmed at the new one, and for seven days taken back at the old one.

Whoever took an account over can't keep it by changing the address: each earlier address keeps its own link back, also
after a second change, and nobody else gets that address meanwhile.
"""

from __future__ import annotations

from datetime import timedelta

from ..core import audit, mail
from ..core.current import current_settings
from ..core.database import db
from ..core.errors import Refusal
from ..core.guard import Caller
from . import proofs
from .devices import this_device
from .factors.identity import check_still_signed_in
from .factors.models import remove_factors
from .models import EmailTaken, InvalidToken, User, email_in_use, end_links
from .own import myself
from .resetting import send_link, take_ways_back
from .schemas import Proof
from .server_session import session
from .sessions import end_all
from .signin import Disabled
from .signup import tell_owner

CONFIRM_WITHIN = timedelta(hours=24)
UNDO_WITHIN = timedelta(days=7)


class SameEmail(Refusal):
    code, sentence, field = "same_email", "This is your address already.", "email"


def ask(who: Caller, email: str) -> None:
    """Mail a link to the new address; nothing changes before it is used. Raises NotSignedIn, SameEmail, EmailTaken."""
    user = myself()
    if email == user.email:
        raise SameEmail
    room = mail.room_for(email)
    if email_in_use(email, but=user.id):
        if current_settings().registration == "open":
            raise EmailTaken
        tell_owner(email)
        if room:  # as for a free address: an earlier link that still worked would tell
            end_links(user.id, "email")
    elif room:
        proof = proofs.make("email", user, CONFIRM_WITHIN, "/confirm-email", email)
        mail.queue("confirm_email", email, unasked=True, user=user, **proof)
        session["new_email"] = proof["token_hash"]
    check_still_signed_in()
    audit.record("email_change_asked", actor=who, subject=user)
    session.commit()


def confirm(proof: Proof) -> None:
    """Make the new address the person's, and tell the old one. Raises InvalidToken, EmailTaken, TooManyAttempts."""
    found = proofs.look_at("email", proof)
    user, email = db.session.get(User, found.user_id), found.email
    if user is None or email is None or user.status != "active":
        raise InvalidToken
    proofs.use(found.token_hash)
    if email_in_use(email, but=user.id):
        raise EmailTaken
    before = user.email
    user.move(email)
    end_links(user.id, "reset", "confirm")
    # Beside those of still older addresses.
    way_back = proofs.make_another("undo", user, UNDO_WITHIN, "/undo-email", before)
    mail.queue("address_changed", before, user=user, **way_back, **this_device())
    audit.record("email_changed", actor=user, subject=user, before=before, after=email)
    db.session.commit()


def undo(proof: Proof) -> str:
    """Put the old address back and turn out whoever is in the account; later changes have no way back any more.

    Whoever changed it knew the password, and may have added a factor of their own in the same visit: both go, and a
    link to choose a new password comes by mail, if the account is not disabled. Nor does it go, if they asked for that:
    the mail that told so went to them. Answers what there is to do now. Raises InvalidToken, EmailTaken,
    TooManyAttempts.
    """
    found = proofs.look_at("undo", proof)
    user = db.session.get(User, found.user_id)
    if user is None or found.email is None:
        raise InvalidToken
    email, since = found.email, found.created_at
    proofs.use(found.token_hash)
    if email_in_use(email, but=user.id):
        raise EmailTaken
    before = user.email
    user.move(email)
    end_links(user.id, "reset", "confirm")
    end_links(user.id, "undo", since=since)
    end_all(user.id)
    take_ways_back(user)
    remove_factors(user.id, since - UNDO_WITHIN)
    user.password_hash, user.short_password = None, False
    if user.delete_at:
        user.delete_at = user.leaving_files = None
        audit.record("stayed", actor=user, subject=user)
    opens = user.status == "active"
    if opens:
        send_link(user)
    mail.queue("address_put_back", before, user=user)
    audit.record("email_change_undone", actor=user, subject=user, before=before, after=email)
    db.session.commit()
    return "A mail to this address brings you a link to choose a new one." if opens else Disabled.sentence
