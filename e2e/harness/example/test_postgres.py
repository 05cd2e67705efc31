"""The notes on PostgreSQL: the same application at another address, again with a database as new."""

import pytest
from playwright.sync_api import Page, expect

from e2e.harness import App
from e2e.harness.people import SignIn
from e2e.harness.postgres import address

from .conftest import notes
from .test_notes import write


@pytest.fixture(scope="session")
def app_under_test() -> App:
    url = address()
    return notes(url, url.replace("postgresql://", "postgresql+psycopg://"))


@pytest.mark.parametrize("attempt", range(3))
def test_every_attempt_finds_an_empty_list(attempt: int, page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("No notes.")
    write(page, f"Milk for attempt {attempt}")
    expect(page.get_by_role("listitem")).to_have_count(1)
