"""Who may do what: the roles of people, what each permits, and the scopes of API tokens. Costs nothing to import."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["member", "manager", "admin"]
Scope = Literal["read", "write", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)

# Each role may do what the roles before it may, and this.
LEVELS: dict[Role, tuple[str, ...]] = {
    "member": ("people.read", "files.use"),
    "manager": ("people.emails", "requests.manage", "files.manage"),
    "admin": ("people.add", "people.manage", "outbox.read", "audit.read"),
}
PERMISSIONS: dict[Role, tuple[str, ...]] = {
    role: tuple(one for level in ROLES[: place + 1] for one in LEVELS[level]) for place, role in enumerate(ROLES)
}
