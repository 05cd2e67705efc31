"""The notes for people who do not see them, have no mouse, or a small screen."""

import pytest
from playwright.sync_api import Page

from e2e.harness.accessibility import expect_accessible
from e2e.harness.keyboard import expect_usable_by_keyboard
from e2e.harness.people import SignIn
from e2e.harness.widths import expect_to_fit

from .test_notes import write


def test_axe_finds_nothing(page: Page, sign_in: SignIn) -> None:
    page.goto("/sign-in")
    expect_accessible(page)
    sign_in("Ada")
    page.goto("/")
    write(page, "Milk")
    page.get_by_role("button", name="Delete Milk").wait_for()
    expect_accessible(page)


@pytest.mark.smoke
def test_every_control_is_reached_by_keyboard(page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    write(page, "Milk")
    page.get_by_role("button", name="Delete Milk").wait_for()
    assert expect_usable_by_keyboard(page) == [
        "input “New note”",
        "button “Add”",
        "button “Copy Milk”",
        "button “Delete Milk”",
        "button “Add a passkey”",
    ]


def test_the_notes_fit_every_width(page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    write(page, "Milk" * 100)
    page.get_by_role("listitem").wait_for()
    expect_to_fit(page)
