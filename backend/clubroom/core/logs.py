"""Logs: one line an event, for people in a terminal, as JSON elsewhere.

Never a password, token, cookie or mail body."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class StandardError:
    """Where lines go. That one can't be written must not cost what it tells of: the disk may be full, the reader gone,
    and some supervisors give a server none.
    """

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()

    def isatty(self) -> bool:
        with suppress(OSError, ValueError, AttributeError):
            return sys.stderr.isatty()
        return False


OUT = cast("TextIO", StandardError())


def log() -> FilteringBoundLogger:
    """The log. Its library is imported with the first line: what the start imports, it waits for."""
    import structlog

    readable = OUT.isatty()
    # Not structlog's default for a terminal, which prints local variables: passwords and keys among them.
    terminal = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    logger = structlog.wrap_logger(
        structlog.PrintLogger(OUT),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [structlog.processors.format_exc_info]),
            terminal if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return cast("FilteringBoundLogger", logger)
