"""The form "Request access": rendered by the server, works without JavaScript, guarded by a form token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, Form, StringField
from wtforms.validators import DataRequired, StopValidation

from ..accounts.names import check_email, check_name
from ..core.openapi import PAGE

FILLED_IN = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["name", "email", "csrf_token"],
                "properties": {one: {"type": "string"} for one in ("name", "email", "csrf_token")},
            }
        }
    },
}
SENT = {
    "200": {"description": "Thanks", **PAGE},
    "400": {"description": "The page again, saying what is wrong", **PAGE},
    "429": {"description": "The page again, saying how long to wait", **PAGE},
}
MOST_LOOKED_AT = 1024  # characters: more are refused anyway, and cost time to normalise


def by(check: Callable[[str], str]) -> Callable[[Form, Field], None]:
    """Use one of our own checks as a validator; what it returns is the field's value."""

    def validate(_form: Form, field: Field) -> None:
        try:
            field.data = check(field.data[:MOST_LOOKED_AT])
        except ValueError as error:
            raise StopValidation(str(error)) from None

    return validate


class AccessForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, _form: Form, _formdata: Any) -> Any:
            return request.form if request.method == "POST" else None  # never JSON, whose values are not all text

    name = StringField("Your name", validators=[DataRequired("Tell us your name."), by(check_name)])
    email = EmailField("E-mail", validators=[DataRequired("Tell us your e-mail address."), by(check_email)])
