from __future__ import annotations

import pytest
from flask import Flask

from ..factories import PASSWORD, make_user
from ..steps import browser


def test_a_crash_is_logged_without_what_lets_anybody_in(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> str:
        raise RuntimeError("out of order")

    app.view_functions["accounts.change_password"] = broken
    client = browser(app, make_user("ada"))
    cookie = client.get_cookie("session")
    assert cookie
    answer = client.post("/api/password", json={"current": PASSWORD, "new": "eleven lazy otters by the weir"})
    said = capfd.readouterr().err
    assert answer.status_code == 500
    assert "out of order" in said
    for secret in (PASSWORD, "lazy otters", cookie.value):
        assert secret not in said
