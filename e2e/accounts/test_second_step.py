"""An authenticator app, recovery codes, and "confirm it is you"."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import Locator, Page, expect

from backend.tests.factories import PASSWORD, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.steps import set_up_app, sign_in_by_form, sign_out

MOMENT = datetime(2030, 5, 1, 12, 0, 10, tzinfo=UTC)


def set_up(page: Page, control: Control) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the authenticator on, with the server's clock standing at MOMENT; its app and the recovery codes."""
    control.clock_freeze(MOMENT)
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    return set_up_app(page, MOMENT)


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


def test_recovery_codes_can_be_copied_saved_and_printed_and_are_shown_once(page: Page, control: Control) -> None:
    make_user("ada")
    _, old = set_up(page, control)
    page.get_by_role("button", name="Make new ones").click()
    page.get_by_role("dialog", name="Make new recovery codes?").get_by_role("button", name="Make new codes").click()
    sheet = page.get_by_role("dialog", name="Your recovery codes")
    expect(sheet.locator("code")).to_have_count(10)
    codes = sheet.locator("code").all_inner_texts()
    assert not set(codes) & set(old)

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet.get_by_role("button", name="Copy").click()
    expect(sheet.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes

    with page.expect_download() as download:
        sheet.get_by_role("button", name="Save").click()
    assert download.value.path().read_text().split()[-10:] == codes

    page.emulate_media(media="print", color_scheme="dark")
    expect(sheet.get_by_text(codes[9])).to_be_visible()
    expect(page.get_by_role("heading", name="Account")).to_be_hidden()
    expect(sheet.get_by_role("button", name="Copy")).to_be_hidden()
    expect(page.get_by_text("The authenticator app is on")).to_be_hidden()
    expect(sheet).to_have_css("background-color", "rgb(255, 253, 248)")
    page.emulate_media(media="screen", color_scheme="light")

    sheet.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    expect(page.get_by_text(codes[0])).to_have_count(0)
    enter_recovery_code(page, old[0])
    expect(page.get_by_label("Recovery code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Recovery code").fill(codes[0].lower())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("9 codes are left")).to_be_visible()


def test_guessing_codes_is_slowed_down_and_the_page_says_how_long(page: Page, control: Control) -> None:
    make_user("ada")
    app, _ = set_up(page, control)
    sign_out(page)
    sign_in_by_form(page, "ada")
    field = page.get_by_label("Code from the app")
    for _ in range(5):
        field.fill("000000")
        with page.expect_response("**/api/login/verify"):
            page.get_by_role("button", name="Sign in", exact=True).click()
        expect(field).to_have_accessible_description(re.compile("does not fit"))
    control.clock_forward(seconds=1)
    field.fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Too many tries. Please wait 4 seconds.")
    control.clock_forward(seconds=30)
    field.fill(app.at(MOMENT, counter_offset=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


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


def test_removing_the_last_factor_takes_a_longer_password_first_and_goes_on_by_itself(
    page: Page, control: Control
) -> None:
    make_user("ada")
    set_up(page, control)
    change_password(page.get_by_role("main"), PASSWORD, "wx7#Kqzv")
    expect(page.get_by_text("Your password is changed").first).to_be_visible()
    page.get_by_role("button", name="Remove the authenticator app").click()
    page.get_by_role("dialog", name="Remove the authenticator app?").get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog", name="Choose a longer password first")
    change_password(dialog, "wx7#Kqzv", "zq4!Fbyk")
    expect(dialog.get_by_label("New password")).to_have_accessible_description(re.compile("At least 15 characters"))
    expect_accessible(page)
    change_password(dialog, "wx7#Kqzv", "eleven lazy otters by the weir")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("The authenticator app is removed").first).to_be_visible()
    expect(page.get_by_role("button", name="Set up the authenticator app")).to_be_visible()


def change_password(place: Locator, current: str, new: str) -> None:
    place.get_by_label("Current password").fill(current)
    place.get_by_label("New password").fill(new)
    place.get_by_role("button", name="Change password").click()
