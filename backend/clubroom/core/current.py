"""The settings and the secret key of an app, with their types: its `config` knows them only as anything."""

from __future__ import annotations

from flask import Flask, current_app, request

from ..settings import Settings


def settings_of(app: Flask) -> Settings:
    found: Settings = app.config["SETTINGS"]
    return found


def current_settings() -> Settings:
    """Those of the app that answers, or whose command runs."""
    return settings_of(current_app)


def by_https() -> bool:
    """Whether this request has come by HTTPS: by the club's address, or by what a proxy says that is believed."""
    return current_settings().https or request.is_secure


def secret_key() -> str:
    """What is sealed and signed with, in the app that answers."""
    return str(current_app.config["SECRET_KEY"])
