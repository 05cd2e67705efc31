"""Spots on the way to what somebody should look at: each JSON answer tells those whom it concerns, so that the page,
which draws them (`frontend/components/spot.js`), asks nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from .guard import caller


def tell(app: Flask, header: str, permission: str, there_is: Callable[[], bool]) -> None:
    """Have answers to who may do `permission` say under `header` whether there is something, `true` or `false`."""

    def answered(response: Response) -> Response:
        who = caller()
        if who and who.may(permission) and response.is_json:
            with suppress(SQLAlchemyError):  # the answer does not hang on it
                response.headers[header] = "true" if there_is() else "false"
        return response

    app.after_request(answered)
