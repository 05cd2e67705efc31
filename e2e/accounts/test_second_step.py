"""An authenticator app, recovery codes, and "confirm it is you"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pyotp
import pytest
from clubroom.accounts.models import User
from playwright.sync_api import BrowserContext, Locator, Page, expect

from backend.tests.accounts.factors.steps import wrong_code
from backend.tests.factories import PASSWORD, make_authenticator, make_recovery_codes, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Clipboard
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.widths import expect_to_fit
from e2e.steps import set_up_app, sign_in_by_form, sign_out, stop_the_clock

NewContext = Callable[..., BrowserContext]


@pytest.fixture
def moment(control: Control) -> datetime:
    """Where the server's clock stands."""
    return stop_the_clock(control)


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def app(ada: User, moment: datetime) -> pyotp.TOTP:
    """Ada's authenticator app."""
    return make_authenticator(ada, moment)


@pytest.fixture
def codes(app: pyotp.TOTP, ada: User) -> list[str]:
    """Her recovery codes."""
    return make_recovery_codes(ada)


def test_after_the_password_the_app_is_asked_for_and_each_code_works_once(
    page: Page, ada: User, sign_in: SignIn, moment: datetime, control: Control
) -> None:
    sign_in(ada)
    page.goto("/account")
    app, _ = set_up_app(page, moment)
    sign_out(page)
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    expect(page.get_by_label("Code from the app")).to_be_focused()
    page.get_by_label("Code from the app").fill(app.at(moment))  # the one that turned it on
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Code from the app")).to_have_attribute("aria-invalid", "true")

    control.clock_forward(seconds=30)
    page.get_by_label("Code from the app").fill(app.at(moment, counter_offset=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_a_recovery_code_lets_in_once(page: Page, codes: list[str]) -> None:
    enter_recovery_code(page, codes[0])
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    enter_recovery_code(page, codes[0])
    expect(page.get_by_label("Recovery code")).to_have_attribute("aria-invalid", "true")


@pytest.mark.chromium_only("reading the clipboard without being asked")
def test_recovery_codes_can_be_copied_saved_and_printed_and_are_shown_once(
    page: Page, ada: User, sign_in: SignIn, clipboard: Clipboard, codes: list[str]
) -> None:
    sign_in(ada)
    page.goto("/account")
    page.get_by_role("button", name="Make new ones").click()
    page.get_by_role("dialog", name="Make new recovery codes?").get_by_role("button", name="Make new codes").click()
    sheet = page.get_by_role("dialog", name="Your recovery codes")
    expect(sheet.locator("code")).to_have_count(10)
    fresh = sheet.locator("code").all_inner_texts()
    assert not set(fresh) & set(codes)

    page.mouse.click(4, 4)  # a slip beside it loses nothing
    sheet.get_by_role("button", name="Copy").click()
    expect(sheet.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert clipboard.text.split() == fresh

    with page.expect_download() as download:
        sheet.get_by_role("button", name="Save").click()
    assert download.value.path().read_text().split()[-10:] == fresh

    page.emulate_media(media="print", color_scheme="dark")
    expect(sheet.get_by_text(fresh[9])).to_be_visible()
    expect(page.get_by_role("heading", name="Account")).to_be_hidden()
    expect(sheet.get_by_role("button", name="Save")).to_be_hidden()
    expect(page.get_by_text("The authenticator app is on")).to_be_hidden()
    expect(sheet).to_have_css("background-color", "rgb(255, 253, 248)")
    page.emulate_media(media="screen", color_scheme="light")

    sheet.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    expect(page.get_by_text(fresh[0])).to_have_count(0)
    enter_recovery_code(page, codes[0])
    expect(page.get_by_label("Recovery code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Recovery code").fill(fresh[0].lower())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("9 codes are left")).to_be_visible()


def test_guessing_codes_is_slowed_down_and_the_page_says_how_long(
    page: Page, app: pyotp.TOTP, moment: datetime, control: Control
) -> None:
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    field = page.get_by_label("Code from the app")
    wrong = wrong_code(app.secret, moment)
    for _ in range(5):
        field.fill(wrong)
        with page.expect_response("**/api/login/verify"):
            page.get_by_role("button", name="Sign in", exact=True).click()
        expect(field).to_have_accessible_description(re.compile("does not fit"))
    control.clock_forward(seconds=1)
    field.fill(wrong)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Too many tries. Please wait 4 seconds.")
    control.clock_forward(seconds=30)
    field.fill(app.at(moment, counter_offset=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


@pytest.mark.usefixtures("app")
def test_who_takes_too_long_for_the_second_step_begins_anew(page: Page, control: Control) -> None:
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_label("Code from the app").fill("000000")
    control.clock_forward(hours=1)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("That took too long. Please sign in again.")
    expect(page.get_by_label("Username or e-mail")).to_be_focused()


def enter_recovery_code(page: Page, code: str) -> None:
    page.context.clear_cookies(name="session")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.usefixtures("app")
def test_between_the_steps_nothing_is_open(page: Page) -> None:
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.request.get("/api/me").status == 401


def test_weakening_the_account_asks_once_who_it_is_and_all_that_waited_goes_on_by_itself(
    page: Page, ada: User, sign_in: SignIn, control: Control
) -> None:
    sign_in(ada)
    page.goto("/account")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()
    control.clock_forward(minutes=11)
    page.get_by_label("New e-mail address").fill("new@example.org")
    control.stall("/api/me/email", method="POST")
    page.get_by_role("button", name="Change address").click()
    with page.expect_response("**/api/passkeys"):
        page.get_by_role("button", name="Set up the authenticator app").click()
    dialog = page.get_by_role("dialog", name="Confirm it is you")
    control.wait_until_met()
    with page.expect_response("**/api/me/email"):
        control.release()
    dialog.get_by_label("Your password").fill(PASSWORD)
    expect(dialog.get_by_role("button", name="Use a passkey")).to_be_hidden()  # she has none
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog", name="Set up an authenticator app")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.locator("#email").get_by_text("There is a mail for new@example.org")).to_be_visible()


def test_turning_away_from_the_question_changes_nothing(
    page: Page, ada: User, sign_in: SignIn, control: Control
) -> None:
    sign_in(ada)
    page.goto("/account")
    control.clock_forward(minutes=11)
    page.get_by_label("New e-mail address").fill("new@example.org")
    for button in ("Set up the authenticator app", "Change address"):
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog", name="Confirm it is you").get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("button", name=button)).to_be_visible()
        expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(page.get_by_label("New e-mail address")).to_have_value("new@example.org")


def test_who_leaves_the_page_instead_of_answering_is_asked_again(
    page: Page, ada: User, sign_in: SignIn, control: Control
) -> None:
    sign_in(ada)
    control.clock_forward(minutes=11)
    set_up = page.get_by_role("button", name=re.compile("Set up.*app", re.IGNORECASE))
    page.goto("/account")
    page.get_by_role("link", name="Files").click()
    page.go_back()
    for _ in range(2):
        set_up.click()
        expect(page.get_by_role("dialog", name="Confirm it is you")).to_be_visible()
        page.go_forward()
        expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
        page.go_back()


@pytest.mark.usefixtures("app")
def test_removing_the_last_factor_takes_a_longer_password_first_and_goes_on_by_itself(
    page: Page, ada: User, sign_in: SignIn
) -> None:
    sign_in(ada)
    page.goto("/account")
    change_password(page.get_by_role("main"), PASSWORD, "wx7#Kqzv")
    expect(page.get_by_text("Your password is changed").first).to_be_visible()
    page.get_by_role("button", name="Remove the authenticator app").click()
    page.get_by_role("dialog", name="Remove the authenticator app?").get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog", name="Choose a longer password first")
    change_password(dialog, "wx7#Kqzv", "zq4!Fbyk")
    expect(dialog.get_by_label("New password")).to_have_accessible_description(re.compile("At least 15 characters"))
    expect(dialog.get_by_label("New password")).to_have_attribute("aria-invalid", "true")  # that is its hint as well
    expect_accessible(page)
    change_password(dialog, "wx7#Kqzv", "eleven lazy otters by the weir")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("The authenticator app is removed").first).to_be_visible()
    expect(page.get_by_role("button", name="Set up the authenticator app")).to_be_visible()


def change_password(place: Locator, current: str, new: str) -> None:
    place.get_by_label("Current password").fill(current)
    place.get_by_label("New password").fill(new)
    place.get_by_role("button", name="Change password").click()


def test_who_turns_away_from_setting_up_the_app_stands_where_they_were(page: Page, sign_in: SignIn, ada: User) -> None:
    sign_in(ada)
    page.goto("/account")
    button = page.get_by_role("button", name="Set up the authenticator app")
    expect(button).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.method} {one.url.rpartition('/api/')[2]}"))
    for _ in range(2):
        button.press("Enter")
        expect(page.get_by_label("Code from the app")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    assert "GET factors" not in asked  # what is drawn anew is another button, without the focus


def test_who_has_kept_the_codes_goes_on_where_the_app_was_set_up(
    page: Page, sign_in: SignIn, ada: User, moment: datetime
) -> None:
    sign_in(ada)
    page.goto("/account")
    set_up_app(page, moment)
    expect(page.get_by_role("button", name="Remove the authenticator app")).to_be_visible()
    expect(page.get_by_role("region", name="Authenticator app").locator(":focus")).to_be_attached()


def test_on_a_phone_the_app_is_opened_before_a_code_is_typed(
    new_context: NewContext, sign_in: SignIn, ada: User
) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    sign_in(ada, context)
    page = context.new_page()
    page.goto("/account")
    page.get_by_role("button", name="Set up the authenticator app").tap()
    dialog = page.get_by_role("dialog", name="Set up an authenticator app")
    expect(dialog.get_by_role("link", name="Open the app")).to_be_focused()
    expect(dialog.get_by_text("Open your authenticator app")).to_be_in_viewport(ratio=1)
    expect_accessible(page)
    expect_to_fit(page)
