"""Logs: one line an event, for people in a terminal, as JSON elsewhere.

Never a password, token, cookie or mail body."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def log() -> FilteringBoundLogger:
    """The log. Its library is imported with the first line: what the start imports, it waits for."""
    import structlog

    readable = sys.stderr.isatty()
    # Not structlog's default for a terminal, which prints local variables: passwords and keys among them.
    terminal = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [structlog.processors.format_exc_info]),
            terminal if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return cast("FilteringBoundLogger", logger)
