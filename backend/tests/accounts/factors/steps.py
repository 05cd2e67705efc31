"""What tests of second factors do over and over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clubroom.accounts.models import User
from clubroom.core.clock import now
from flask import Flask
from flask.testing import FlaskClient
from pyotp import TOTP
from werkzeug.test import TestResponse

from ...factories import PASSWORD
from ...steps import browser
from .device import Device


def code_of(secret: str, steps: int = 0) -> str:
    """What the app with this key shows now, or so many half minutes later."""
    return TOTP(secret).at(now(), counter_offset=steps)


def wrong_code(secret: str, moment: datetime | None = None) -> str:
    """What the app with this key shows neither now, or at that moment, nor half a minute before or after."""
    right = {TOTP(secret).at(moment or now(), counter_offset=steps) for steps in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


def set_up_app(client: FlaskClient) -> tuple[str, list[str]]:
    """Set up an authenticator app; its key, and the recovery codes answered."""
    secret = json(client.post("/api/totp"))["secret"]
    return secret, json(client.post("/api/totp/confirm", json={"code": code_of(secret)}))["codes"]


def add_passkey(client: FlaskClient, device: Device | None = None, name: str = "Phone") -> Device:
    """Add a passkey that this device holds."""
    device = device or Device()
    credential = device.make(json(client.post("/api/passkeys/options")))
    client.post("/api/passkeys", json={"name": name, "credential": credential})
    return device


def enter_password(app: Flask, user: User, address: str = "127.0.0.1") -> FlaskClient:
    """A browser in which this person's password was entered."""
    client = browser(app, address=address)
    client.post("/api/login", json={"username": user.username, "password": PASSWORD})
    return client


def use_passkey(client: FlaskClient, device: Device) -> TestResponse:
    """Sign in with the passkey on this device."""
    options = json(client.post("/api/login/passkey/options"))
    return client.post("/api/login/passkey", json={"credential": device.sign(options)})


def enter_code(client: FlaskClient, code: str, method: str = "totp") -> TestResponse:
    return client.post("/api/login/verify", json={"method": method, "code": code})


def json(answer: TestResponse) -> Any:
    return answer.json


def told(answer: TestResponse) -> tuple[int, str | None]:
    """An answer's status, and the fact it names."""
    body = answer.get_json(silent=True)
    return answer.status_code, body.get("code") if isinstance(body, dict) else None
