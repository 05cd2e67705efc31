"""Clubs that do not let everybody sign up, or do not say who is a member."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from backend.tests.factories import PASSWORD
from e2e.command import serving
from e2e.harness.accessibility import expect_accessible


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("run", tmp_path_factory.mktemp("private"), registration="private") as url:
        yield url


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("run", tmp_path_factory.mktemp("closed"), registration="closed") as url:
        yield url


def what_is_said_to(page: Page, club: str, username: str, email: str) -> str:
    page.goto(f"{club}/sign-up")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    return page.get_by_role("main").inner_text()


def test_a_private_club_says_the_same_to_everybody(page: Page, private: str) -> None:
    new = what_is_said_to(page, private, "ada", "ada@example.org")
    assert "If it asks you to confirm the address, open its link" in new  # to who is a member, it does not
    assert what_is_said_to(page, private, "eve", "ada@example.org") == new
    taken_name = what_is_said_to(page, private, "ada", "eve@example.org")
    assert taken_name == new.replace("ada@example.org", "eve@example.org")


def test_a_closed_club_offers_to_ask_for_access_instead(page: Page, closed: str) -> None:
    page.goto(f"{closed}/sign-in")
    expect(page.get_by_role("link", name="Request access")).to_be_visible()
    expect(page.get_by_role("link", name="Create an account")).to_have_count(0)
    page.goto(f"{closed}/sign-up")
    expect(page.get_by_role("heading", name="Signing up is closed")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_count(0)
    expect_accessible(page)
    page.get_by_role("link", name="Request access").click()
    expect(page.get_by_role("heading", name="Request access")).to_be_visible()
