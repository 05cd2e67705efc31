"""One failure shape for everything under /api: `{"error", "code", "fields"}`.

A model refuses by raising a `Refusal` named after the fact (`UsernameTaken`). What Flask, the database or a crash
raises is given the same shape here, so no answer ever carries a trace, a path or a version.
"""

from __future__ import annotations

import math
from typing import ClassVar

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from .logs import log

DATABASE_FAILED = "clubroom.database_failed"  # in the request's environment: it could not be read or written


class Refusal(Exception):
    """Why a request is not done. Subclasses set `status`, `code`, `sentence`, and `field` where one is at fault."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This can't be done."
    field: ClassVar[str | None] = None

    def __init__(
        self,
        sentence: str | None = None,
        *,
        fields: dict[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.text = sentence or self.sentence
        self.fields = fields or ({self.field: self.text} if self.field else None)
        self.retry_after = retry_after
        super().__init__(self.text)


class NotSignedIn(Refusal):
    status, code, sentence = 401, "unauthorized", "Unauthorized"


class NotAllowed(Refusal):
    status, code, sentence = 403, "forbidden", "You may not do this."


class CrossSite(Refusal):
    status, code, sentence = 403, "cross_site", "This request came from another site."


class TokenNotEnough(Refusal):
    status, code, sentence = 403, "token_not_enough", "An API token of this scope may not do this."


class Malformed(Refusal):
    code, sentence = "malformed_json", "The body is not valid JSON."


class Invalid(Refusal):
    code, sentence = "invalid", "Some of this can't be accepted."


class WrongContentType(Refusal):
    status, code, sentence = 415, "unsupported_media_type", "Send the body as application/json."


class TooLarge(Refusal):
    status, code, sentence = 413, "too_large", "This is too large."


class PreconditionFailed(Refusal):
    status, code, sentence = 412, "precondition_failed", "This was changed by someone else in the meantime."


class TooManyRequests(Refusal):
    """Says how long to wait, so that nobody has to try."""

    status, code = 429, "too_many_requests"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many tries. Please wait {in_words(retry_after)}.", retry_after=retry_after)


class Busy(Refusal):
    status, code, sentence = 503, "busy", "The server is busy. Please try again in a moment."


def in_words(seconds: int) -> str:
    """A wait, never shorter than it is: who comes back then must not have to wait again."""
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def failure(status: int, code: str, sentence: str, fields: dict[str, str] | None = None) -> Response:
    """The one failure answer."""
    body = {"error": sentence, "code": code} | ({"fields": fields} if fields else {})
    return Response(current_app.json.dumps(body), status, mimetype="application/json")


def refused(refusal: Refusal) -> Response:
    response = failure(refusal.status, refusal.code, refusal.text, refusal.fields)
    if refusal.status in (429, 503, 507):
        response.headers["Retry-After"] = str(max(1, refusal.retry_after or 1))
    return response


def http_failure(error: HTTPException) -> Response:
    """Flask's and Werkzeug's own errors (unknown path, wrong method, broken request) in the one shape."""
    if cause := getattr(error, "original_exception", None):  # outside a view: while a session was looked up or kept
        return database_failure(cause) if isinstance(cause, OperationalError | PoolTimeout) else crash(cause)
    status = error.code or 500
    sentence = {404: "Not found", 405: "This address does not take that method."}.get(status, error.name)
    response = failure(status, error.name.lower().replace(" ", "_"), sentence)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def database_failure(error: Exception) -> Response:
    """The database is locked, full, read-only or gone: a moment's trouble, not the caller's fault."""
    log().error("database_unavailable", error=str(getattr(error, "orig", error)))
    request.environ[DATABASE_FAILED] = True
    return refused(Busy("The database can't be reached just now. Please try again in a moment.", retry_after=5))


def crash(error: Exception) -> Response:
    log().exception("crash", method=request.method, path=request.path)
    return failure(500, "internal_error", "Something went wrong on our side.")


def init_app(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_failure)
    app.register_error_handler(OperationalError, database_failure)
    app.register_error_handler(PoolTimeout, database_failure)
    app.register_error_handler(Exception, crash)
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]  # said above, in a line, and once
