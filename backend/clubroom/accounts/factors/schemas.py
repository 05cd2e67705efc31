"""What comes in and goes out where second factors are concerned."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from ...core.api import Input, Line, Time
from ...core.clock import iso
from ...core.levels import Role
from ..names import check_name
from ..schemas import Password, SessionOut
from .models import Passkey

Credential = dict[str, Any]  # as the browser's `PublicKeyCredential.toJSON()` writes it
PasskeyName = Annotated[Line, Field(min_length=1), AfterValidator(check_name)]


class Code(Input):
    code: Annotated[Line, Field(min_length=1, max_length=100)]


class SecondStep(Code):
    method: Literal["totp", "recovery_code"]


class PasskeySignIn(Input):
    credential: Credential
    remember: bool = False


class Identity(Input):
    password: Password | None = None
    credential: Credential | None = None


class NewPasskey(Input):
    name: PasskeyName
    credential: Credential


class NamedPasskey(Input):
    name: PasskeyName


class NewPolicy(Input):
    role: Role
    second_factor: bool


class Policy(TypedDict):
    """Whether people of a role must have a second factor."""

    role: Role
    second_factor: bool


class Drawing(TypedDict):
    """A picture in one colour: the data of an SVG path in a square of `size` units."""

    size: int
    path: str


class Enrolment(TypedDict):
    secret: str
    uri: str
    qr: Drawing


class RecoveryCodes(TypedDict):
    codes: list[str]


class PasskeyOut(TypedDict):
    id: str
    name: str
    created_at: Time
    last_used_at: Time | None
    codes: NotRequired[list[str]]  # recovery codes, with a person's first factor


class Factors(TypedDict):
    totp: bool
    recovery_codes_left: int
    passkeys: int
    required: bool


class UsedPasskey(TypedDict):
    name: str
    created_at: Time
    last_used_at: Time | None


class Security(TypedDict):
    """What those who run the club see of a person's factors and devices: no secrets."""

    totp: bool
    recovery_codes_left: int
    passkeys: list[UsedPasskey]
    sessions: list[SessionOut]


def show_passkey(passkey: Passkey) -> PasskeyOut:
    used = show_used(passkey)
    return {
        "id": passkey.id,
        "name": used["name"],
        "created_at": used["created_at"],
        "last_used_at": used["last_used_at"],
    }


def show_used(passkey: Passkey) -> UsedPasskey:
    return {
        "name": passkey.name,
        "created_at": iso(passkey.created_at),
        "last_used_at": iso(passkey.last_used_at) if passkey.last_used_at else None,
    }
