"""What stands behind a mail server of the tests, which speaks real SMTP."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class Inbox:
    """Keeps what is delivered; refuses while `answer` is no 250."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.received: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            found = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
            self.received.append((envelope.rcpt_tos, found))
        return self.answer
