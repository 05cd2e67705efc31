"""What another feature keeps of a person, as it says itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple, Protocol


class Bytes(NamedTuple):
    """Something to take along: its name in the ZIP, and how its bytes are opened. Raises OSError."""

    name: str
    open: Callable[[], BinaryIO]


class Belongings(Protocol):
    name: str  # of its list in the ZIP

    def described(self, user_id: int) -> list[dict[str, Any]]:
        """What is known of each."""

    def bytes_of(self, user_id: int) -> Iterator[Bytes]:
        """The bytes of each, if it has any."""

    def shared(self, user_id: int) -> bool:
        """Whether others would miss something of it."""

    def hand_on(self, user_id: int, heir: int | None) -> Callable[[], None]:
        """Let go of all of it in the running transaction, or give `heir` what is shared; answers what is left to do
        once that is committed.
        """
