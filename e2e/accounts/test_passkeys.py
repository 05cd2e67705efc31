"""Passkeys, with an authenticator inside the browser that really signs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from clubroom.accounts.models import User
from playwright.sync_api import Page, expect

from backend.tests.factories import make_recovery_codes, make_user
from e2e.harness.devices import Passkeys
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import add_passkey, hold_passkey, keep_codes, sign_in_by_form, stop_timers

Press = Callable[[Page], None]
pytestmark = pytest.mark.chromium_only("only Chromium has a virtual authenticator")


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def passkeys(passkeys: Passkeys, ada: User, sign_in: SignIn) -> Passkeys:
    """The device of Ada's page, where she is signed in and has a passkey, "Laptop", and recovery codes beside it."""
    sign_in(ada)
    make_recovery_codes(ada)
    hold_passkey(passkeys, ada, "Laptop")
    return passkeys


@pytest.fixture
def by_button(control: Control) -> Press:
    """Come to the sign-in page as somebody whose browser offers no passkey in the field, and press the button."""

    def press(page: Page) -> None:
        page.context.clear_cookies(name="session")
        control.answer(503, "/api/login/passkey/options", method="POST")  # what the field would offer
        with page.expect_response("**/api/login/passkey/options"):
            page.goto("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()

    return press


def test_a_passkey_just_added_signs_in_by_the_button_without_a_name_or_a_password(
    page: Page, ada: User, sign_in: SignIn, by_button: Press
) -> None:
    sign_in(ada)
    device = Passkeys(page)
    page.goto("/account")
    add_passkey(page, "Laptop")
    keep_codes(page)
    expect(page.get_by_text("Laptop").first).to_be_visible()
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    by_button(page)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert [one["rpId"] for one in device.kept] == ["localhost"]


def test_the_codes_beside_the_first_passkey_wait_for_nothing(
    page: Page, ada: User, sign_in: SignIn, control: Control
) -> None:
    sign_in(ada)
    Passkeys(page)
    page.goto("/account")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()
    control.stall("/api/passkeys", method="GET")
    add_passkey(page, "Laptop")
    expect(page.get_by_role("dialog", name="Your recovery codes")).to_be_visible()
    keep_codes(page)
    control.release()
    expect(page.get_by_role("listitem").filter(has_text="Laptop")).to_be_visible()
    expect(page.locator("#passkeys :focus")).to_have_count(1)


@pytest.mark.parametrize(("secure", "words"), [("false", "Passkeys need HTTPS."), ("true", "a newer one does.")])
def test_where_there_are_none_the_account_says_why(
    page: Page, ada: User, sign_in: SignIn, secure: str, words: str
) -> None:
    page.add_init_script(
        f"delete window.PublicKeyCredential; Object.defineProperty(window, 'isSecureContext', {{ value: {secure} }});"
    )
    sign_in(ada)
    page.goto("/account")
    expect(page.locator("#passkeys")).to_contain_text(words)
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)


OPTIONS = "**/api/login/passkey/options"
ASKED_FIRST = (
    "PublicKeyCredential.isConditionalMediationAvailable()"  # what the page asks the browser before the server
)


def leave_sign_in_open(page: Page, passkeys: Passkeys) -> list[str]:
    """Nobody is signed in, and touches nothing; the questions for a passkey that the page asks for from now on."""
    page.context.clear_cookies(name="session")
    passkeys.touch(False)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/passkey/options") else None)
    with page.expect_response(OPTIONS) as answer:
        page.goto("/sign-in")
    answer.value.finished()
    page.evaluate(ASKED_FIRST)  # by now the browser has been asked, too, and finds no finger
    return asked


def press_the_button(page: Page) -> None:
    page.get_by_role("button", name="Sign in with a passkey").click()


def pick_it_in_the_field(page: Page) -> None:
    page.clock.fast_forward("09:00")  # it is asked for anew, and now there is a finger


def use_it_after_the_password(page: Page) -> None:
    sign_in_by_form(page, "ada")
    page.get_by_role("button", name="Continue with a passkey").click()


@pytest.mark.parametrize("way", [press_the_button, pick_it_in_the_field, use_it_after_the_password])
def test_each_way_in_by_a_passkey_keeps_signed_in_who_wants_it(page: Page, passkeys: Passkeys, way: Press) -> None:
    for remember in (True, False):
        leave_sign_in_open(page, passkeys)
        page.get_by_label("Keep me signed in").set_checked(remember)
        passkeys.touch(True)
        way(page)
        expect(page.get_by_role("heading", name="People")).to_be_visible()
        (session,) = [one for one in page.context.cookies() if one["name"] == "session"]
        assert (session["expires"] != -1) is remember


def test_what_the_field_asks_for_takes_no_sign_in_back(page: Page, control: Control, ada: User) -> None:
    control.stall("/api/login/passkey/options", method="POST")
    page.clock.install()
    stop_timers(page)  # else the form waits for five seconds
    page.goto("/sign-in")
    control.wait_until_met()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/api/login") else None)
    sign_in_by_form(page, "ada")
    expect(page.locator("form")).to_have_attribute("aria-busy", "true")
    assert not sent
    control.release()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_field_asks_for_nothing_while_the_form_is_being_sent(
    page: Page, passkeys: Passkeys, control: Control
) -> None:
    make_user("bo")
    asked = leave_sign_in_open(page, passkeys)
    control.stall("/api/login", method="POST")
    sign_in_by_form(page, "bo")
    control.wait_until_met()
    page.clock.fast_forward("09:00")  # it would ask anew
    page.evaluate(ASKED_FIRST)
    assert len(asked) == 1
    control.release()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_field_offers_a_passkey_that_still_works_on_a_page_left_open(
    page: Page, passkeys: Passkeys, control: Control
) -> None:
    leave_sign_in_open(page, passkeys)
    control.clock_forward(minutes=11)  # the server has forgotten its question
    stop_timers(page)  # else the field waits for five seconds
    control.stall("/api/login/passkey/options", method="POST")
    with page.expect_request(OPTIONS):
        page.clock.fast_forward("09:00")
    passkeys.touch(True)
    control.release()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_what_the_button_asks_is_not_replaced_by_what_the_field_would_ask(page: Page, passkeys: Passkeys) -> None:
    asked = leave_sign_in_open(page, passkeys)
    with page.expect_response(OPTIONS):
        page.get_by_role("button", name="Sign in with a passkey").click()
    page.clock.fast_forward("30:00")
    page.evaluate(ASKED_FIRST)
    assert len(asked) == 2


def test_a_sign_in_page_that_was_left_asks_for_no_passkey(page: Page, passkeys: Passkeys) -> None:
    asked = leave_sign_in_open(page, passkeys)
    page.get_by_role("link", name="Forgotten password?").click()
    expect(page.get_by_role("heading", name="Forgotten password")).to_be_visible()
    page.clock.fast_forward("30:00")
    page.evaluate(ASKED_FIRST)
    assert len(asked) == 1


def test_a_copied_passkey_is_noticed_and_refused(page: Page, passkeys: Passkeys, by_button: Press) -> None:
    stolen = passkeys.kept
    for _ in range(2):
        by_button(page)
        expect(page.get_by_role("heading", name="People")).to_be_visible()
    passkeys.hold(stolen)
    by_button(page)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_finger_that_is_not_the_owners_signs_nobody_in(page: Page, passkeys: Passkeys, by_button: Press) -> None:
    passkeys.know_owner(False)
    by_button(page)
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_each_device_has_a_passkey_of_its_own_and_losing_one_leaves_the_other(
    page: Page, passkeys: Passkeys, ada: User, people_at_once: PeopleAtOnce, by_button: Press
) -> None:
    (phone,) = people_at_once(ada)
    Passkeys(phone)
    phone.goto("/account")
    add_passkey(phone, "Phone")
    expect(phone.get_by_role("button", name="Remove passkey: Phone")).to_be_visible()
    by_button(page)
    expect(page.get_by_role("heading", name="People")).to_be_visible()

    phone.get_by_role("button", name="Remove passkey: Laptop").click()
    phone.get_by_role("dialog").get_by_role("button", name="Remove passkey").click()
    expect(phone.get_by_role("button", name="Remove passkey: Laptop")).to_have_count(0)
    by_button(page)
    expect(page.get_by_role("alert")).to_be_visible()
    by_button(phone)
    expect(phone.get_by_role("heading", name="People")).to_be_visible()


def test_a_passkey_confirms_that_it_is_you(page: Page, passkeys: Passkeys, control: Control) -> None:
    page.goto("/account")
    control.clock_forward(minutes=11)
    page.get_by_label("New e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Change address").click()
    question = page.get_by_role("dialog", name="Confirm it is you")
    passkeys.know_owner(False)
    question.get_by_role("button", name="Use a passkey").click()
    expect(question.get_by_role("alert")).to_contain_text("No passkey was used")
    passkeys.know_owner(True)
    question.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("new@example.org").first).to_be_visible()


def test_a_removed_passkey_signs_in_no_more(page: Page, passkeys: Passkeys, by_button: Press) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Remove passkey: Laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_role("button", name="Remove passkey: Laptop")).to_have_count(0)
    assert passkeys.kept
    by_button(page)
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_refused_passkey_is_not_asked_for_again_by_itself(page: Page, passkeys: Passkeys) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Remove passkey: Laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_role("button", name="Remove passkey: Laptop")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/api/login/")[2]))
    page.context.clear_cookies(name="session")
    page.goto("/sign-in")
    expect(page.get_by_role("alert")).to_be_visible()
    page.evaluate(ASKED_FIRST)
    assert [one for one in asked if one.startswith("passkey")] == ["passkey/options", "passkey"]


def test_a_passkey_says_when_it_was_last_used(page: Page, passkeys: Passkeys, by_button: Press) -> None:
    page.goto("/account")
    row = page.locator("#passkeys").get_by_role("listitem").filter(has_text="Laptop")
    expect(row).to_contain_text("not used yet")
    by_button(page)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    expect(row).to_contain_text("last used now")


def test_a_passkey_has_a_name_that_can_be_changed(page: Page, passkeys: Passkeys) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Rename passkey: Laptop").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Old laptop")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Old laptop").first).to_be_visible()
