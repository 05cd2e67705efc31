"""Accounts: signing up and in, addresses, passwords, second factors, devices, API tokens, leaving, standing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from . import (
        devices,
        factors,
        leaving,
        proofs,
        resetting,
        session_cookies,
        signup,
        standing,
        throttle,
        tokens,
    )
    from .routes import accounts, boot

    app.register_blueprint(accounts)
    app.extensions["boot"] = boot
    session_cookies.init_app(app)
    throttle.init_app(app)
    proofs.init_app(app)
    tokens.init_app(app)
    leaving.init_app(app)
    factors.init_app(app)
    devices.init_app(app)
    resetting.init_app(app)
    signup.init_app(app)
    standing.init_app(app)
