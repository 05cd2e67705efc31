"""An authenticator app, recovery codes, and "confirm it is you"."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import Page, expect

from backend.tests.factories import PASSWORD, make_user
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.steps import sign_in_by_form, sign_out

MOMENT = datetime(2030, 5, 1, 12, 0, 10, tzinfo=UTC)


def set_up(page: Page, control: Control) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the authenticator on, with the server's clock standing at MOMENT; its app and the recovery codes."""
    control.clock_freeze(MOMENT)
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    page.get_by_role("button", name=re.compile("Set up.*app", re.IGNORECASE)).click()
    app = pyotp.TOTP(page.get_by_role("dialog").locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code from the app").fill(app.at(MOMENT))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("dialog", name="Your recovery codes").locator("code")
    expect(codes).to_have_count(10)
    kept = codes.all_inner_texts()
    page.get_by_role("button", name="I have kept them").click()
    return app, kept


def test_after_the_password_the_app_is_asked_for_and_each_code_works_once(page: Page, control: Control) -> None:
    make_user("ada")
    app, _ = set_up(page, control)
    sign_out(page)
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code from the app").fill(app.at(MOMENT))  # the one that turned it on
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Code from the app")).to_have_attribute("aria-invalid", "true")

    control.clock_forward(seconds=30)
    page.get_by_label("Code from the app").fill(app.at(MOMENT, counter_offset=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_a_recovery_code_lets_in_once(page: Page, control: Control) -> None:
    make_user("ada")
    _, codes = set_up(page, control)
    enter_recovery_code(page, codes[0])
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    enter_recovery_code(page, codes[0])
    expect(page.get_by_label("Recovery code")).to_have_attribute("aria-invalid", "true")


def enter_recovery_code(page: Page, code: str) -> None:
    page.context.clear_cookies(name="session")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_between_the_steps_nothing_is_open(page: Page, control: Control) -> None:
    make_user("ada")
    set_up(page, control)
    sign_out(page)
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.request.get("/api/me").status == 401


def test_weakening_the_account_asks_who_it_is_and_goes_on_by_itself(page: Page, control: Control) -> None:
    make_user("ada")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    control.clock_forward(minutes=11)
    page.get_by_label("New e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Change address").click()
    dialog = page.get_by_role("dialog", name="Confirm it is you")
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("new@example.org").first).to_be_visible()


def test_turning_away_from_the_question_changes_nothing(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    control.clock_forward(minutes=11)
    page.get_by_role("button", name=re.compile("Set up.*app", re.IGNORECASE)).click()
    dialog = page.get_by_role("dialog", name="Confirm it is you")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Set up.*app", re.IGNORECASE))).to_be_visible()


def test_where_a_role_needs_a_second_factor_nothing_else_opens(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    assert page.request.put("/api/policies", data={"role": "member", "second_factor": True}).ok
    sign_in(make_user("ben"))
    page.goto("/files")
    expect(page.get_by_role("heading", name="A second factor, please")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/second-factor\?next=%2Ffiles$"))
    expect(page.get_by_role("link", name="Go on")).to_be_hidden()
