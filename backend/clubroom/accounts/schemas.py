"""What comes in and goes out where accounts are concerned."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NotRequired, Protocol, Self

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import TypedDict

from ..core.api import Input, Line, Message, MissingFields, Text, Time
from ..core.clock import NEVER, iso
from ..core.errors import Refusal
from ..core.guard import Caller, permissions_of
from ..core.levels import Role, Scope
from .models import Account, Session, Status
from .names import check_email, check_name, check_username

NOT_SEEN = iso(NEVER)

Username = Annotated[Line, Field(min_length=1), AfterValidator(check_username)]
Email = Annotated[Line, Field(min_length=1), AfterValidator(check_email)]
Name = Annotated[Line, AfterValidator(check_name)]
Password = Annotated[Text, Field(min_length=1)]


class MissingCredentials(Refusal):
    code, sentence = "missing_credentials", "Missing username or password"


class Credentials(Input):
    missing: ClassVar[type[Refusal]] = MissingCredentials
    username: Annotated[Line, Field(min_length=1)]
    password: Password
    remember: bool = False


class NewUser(Input):
    username: Username
    email: Email
    password: Password | None = None
    name: Name = ""


class NewAdministrator(Input):
    token: Line
    username: Username
    email: Email
    password: Password
    name: Name = ""


class Proof(Input):
    """What a mail brought: the token of its link, or its code and the address it went to."""

    token: Annotated[Line, Field(min_length=1)] | None = None
    email: Email | None = None
    code: Annotated[Line, Field(min_length=1, max_length=40)] | None = None

    @model_validator(mode="after")
    def is_whole(self) -> Self:
        if self.token is None and (self.email is None or self.code is None):
            raise MissingFields(fields={"token": "This is needed, or the address and the code."})
        return self


class Confirmation(Proof):
    password: Password | None = None


class Reset(Proof):
    password: Password


class PasswordChange(Input):
    current: Password
    new: Password


class PasswordQuestion(Input):
    """A password somebody thinks of, and the names it must not repeat.

    `token`: that of the mailed link by which it is chosen; empty where a forgotten one is replaced by a code.
    """

    password: Password
    token: Line | None = None
    username: Line = ""
    email: Line = ""
    name: Line = ""


class Acceptable(TypedDict):
    acceptable: bool
    reason: str | None


class Address(Input):
    email: Email


class Profile(Input):
    """What one may change of oneself; what is not sent stays."""

    name: Name | None = None


class PersonChange(Profile):
    """What administrators may change of anybody besides; what is not sent stays."""

    role: Role | None = None
    status: Status | None = None


class UserOut(TypedDict):
    id: int
    username: str
    name: str
    role: Role
    status: Status
    created_at: Time
    last_seen: Time | None
    email: NotRequired[str]


class Me(UserOut):
    permissions: list[str]
    delete_at: Time | None  # when the account goes, if the person is leaving
    scope: Scope | None  # of the API token that asks; null for who is signed in


class SignedIn(TypedDict):
    message: str
    user: Me


class SecondStepNeeded(Message):
    methods: list[Literal["totp", "recovery_code", "passkey"]]


class SessionOut(TypedDict):
    id: str
    current: bool
    device: str
    address: str
    created_at: Time
    last_seen: Time
    expires_at: Time
    idle_seconds: Annotated[int, Field(description="It ends when unused for this long.")]


class Person(Protocol):
    """A `User`, or a row with the same columns, whose moments may still be text."""

    @property
    def id(self) -> Any: ...
    @property
    def username(self) -> Any: ...
    @property
    def name(self) -> Any: ...
    @property
    def role(self) -> Any: ...
    @property
    def status(self) -> Any: ...
    @property
    def email(self) -> Any: ...
    @property
    def confirmed_at(self) -> Any: ...
    @property
    def created_at(self) -> Any: ...
    @property
    def last_seen_at(self) -> Any: ...


def show_user(user: Person, viewer: Caller | None) -> UserOut:
    """A person as `viewer` may see them; the address only for the person and for those who may.

    The name a stranger signed up with is shown to no member until the address is confirmed. Those who let people in
    gave the name themselves, or have read it before saying yes.
    """
    last_seen = iso(user.last_seen_at)
    is_self = viewer is not None and viewer.id == user.id
    knows = is_self or (viewer is not None and viewer.may("people.emails"))
    shown: UserOut = {
        "id": user.id,
        "username": user.username,
        "name": user.name if user.confirmed_at or knows else "",
        "role": user.role,
        "status": user.status,
        "created_at": iso(user.created_at),
        "last_seen": last_seen if last_seen != NOT_SEEN else None,
    }
    if knows:
        shown["email"] = user.email
    return shown


def show_me(user: Account, who: Caller | None = None) -> Me:
    """`who`: the same person as a caller; by an API token, that may do less than the account."""
    myself = Caller(user.id, user.username, user.role)
    who = who or myself
    return {
        **show_user(user, myself),
        "permissions": list(permissions_of(who.role)),
        "delete_at": iso(user.delete_at) if user.delete_at else None,
        "scope": who.scope,
    }


def show_session(session: Session, current: str | None) -> SessionOut:
    return {
        "id": session.id,
        "current": session.id == current,
        "device": device_name(session.user_agent),
        "address": session.address,
        "created_at": iso(session.created_at),
        "last_seen": iso(session.last_seen_at),
        "expires_at": iso(session.expires_at),
        "idle_seconds": session.idle_seconds,
    }


# In this order: Edge and Opera also say Chrome, Chrome also says Safari, Android also says Linux.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_name(user_agent: str) -> str:
    """What a person would call the device that sends this `User-Agent`, such as "Firefox on Linux"."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.split("/")[0][:40] or "Unknown device"
