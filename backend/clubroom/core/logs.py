"""Logs: one line an event, for people in a terminal, as JSON elsewhere.

Never a password, token, cookie or mail body."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Set logging up for a process; called by every app."""
    readable = sys.stderr.isatty()
    # Not structlog's default for a terminal, which prints local variables: passwords and keys among them.
    terminal = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [structlog.processors.format_exc_info]),
            terminal if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
