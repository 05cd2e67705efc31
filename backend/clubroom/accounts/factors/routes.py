"""The HTTP side of second factors: one's own."""

from __future__ import annotations

from flask import Blueprint

from ...core.api import Message, MissingFields, typed
from ...core.guard import signed_in
from ...core.limits import limited
from . import identity
from .schemas import Identity

factors = Blueprint("factors", __name__, url_prefix="/api")


@factors.post("/identity")
@limited("60/minute")
@typed
def confirm_identity(body: Identity) -> Message:
    """Confirm that it is you, with the password or a passkey; good for ten minutes."""
    if body.password is None:
        raise MissingFields(fields={"password": "This is needed."})
    identity.confirm_by_password(signed_in(), body.password)
    return {"message": "Confirmed"}
