"""What comes in and goes out where second factors are concerned."""

from __future__ import annotations

from typing import Any

from ...core.api import Input
from ..schemas import Password


class Identity(Input):
    password: Password | None = None
    credential: dict[str, Any] | None = None
