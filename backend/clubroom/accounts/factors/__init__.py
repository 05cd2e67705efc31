"""Second factors: authenticator apps, recovery codes, passkeys, and confirming that it is you."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from . import policy
    from .oversight import oversight
    from .routes import factors

    app.register_blueprint(factors)
    app.register_blueprint(oversight)
    app.before_request(policy.check)
