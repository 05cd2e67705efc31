"""The least a browser test can cost: a fresh context, a page, one address, and all closed again. For soak.py."""

import pytest
from playwright.sync_api import Page

from . import App


@pytest.mark.parametrize("time", range(10))
def test_floor(time: int, page: Page, app_under_test: App) -> None:
    page.goto(app_under_test.ready_path)
