"""How one person's account is kept safe, as those who run the club see it, and what they can end."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

import pytest
from clubroom.accounts.models import User
from playwright.sync_api import BrowserContext, Page, Response, expect

from backend.tests.accounts.factors.device import text
from backend.tests.factories import PASSWORD, make_recovery_codes, make_user
from e2e.harness.devices import Passkeys
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import add_passkey, link_mailed_to, set_up_app, sign_in_by_form, stop_the_clock, stop_timers

NewContext = Callable[..., BrowserContext]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
NEW = "eleven lazy otters by the weir"


@pytest.fixture
def bo() -> User:
    return make_user("bo", name="Bo Ek", email="bo@example.org")


@pytest.fixture
def admin(bo: User, people_at_once: PeopleAtOnce) -> Page:
    """Ada, who runs the club; `look` opens Bo before her."""
    return people_at_once(make_user("ada", role="admin"))[0]


def look(admin: Page, person: User) -> None:
    admin.goto(f"/people/{person.id}")
    admin.get_by_role("button", name="Send a reset link").wait_for()


def take(admin: Page, words: str) -> None:
    """Press a button, and agree to what it asks."""
    admin.get_by_role("button", name=words).click()
    admin.locator("dialog").last.get_by_role("button").last.click()


def sign_in_with(new_context: NewContext, user_agent: str | None = None) -> Page:
    """Bo, signed in on a device of this kind."""
    page = new_context(user_agent=user_agent).new_page()
    page.goto("/sign-in")
    sign_in_by_form(page, "bo")
    page.get_by_role("table", name="People").wait_for()
    return page


@pytest.mark.chromium_only("only Chromium has a virtual authenticator")
@pytest.mark.smoke
def test_factors_and_devices_are_shown_without_secrets(
    admin: Page, bo: User, page: Page, passkeys: Passkeys, sign_in: SignIn, control: Control
) -> None:
    sign_in(bo)
    page.goto("/account")
    app, codes = set_up_app(page, stop_the_clock(control))
    add_passkey(page, "Blue key")
    page.get_by_role("button", name="Remove passkey: Blue key").wait_for()

    answers: list[Response] = []
    admin.on("response", lambda answer: answers.append(answer))
    look(admin, bo)
    facts = admin.get_by_role("dialog", name="Bo Ek")
    expect(facts.get_by_role("definition").filter(has_text="Blue key")).to_contain_text("not used yet")
    expect(facts.get_by_role("definition").filter(has_text="set up")).to_be_visible()
    expect(facts.get_by_role("definition").filter(has_text="10 left")).to_be_visible()
    expect(facts.get_by_role("list", name="Signed in on").get_by_role("listitem")).to_have_count(1)
    said = "".join(answer.text() for answer in answers if "/api/" in answer.url)
    assert "Blue key" in said
    key = text(b64decode(passkeys.kept[0]["credentialId"]))  # as the server writes it
    for hidden in (app.secret, key, *codes):
        assert hidden not in said + admin.content()


def test_one_device_is_ended_and_the_other_goes_on(admin: Page, bo: User, new_context: NewContext) -> None:
    laptop, phone = sign_in_with(new_context), sign_in_with(new_context, PHONE)
    look(admin, bo)
    admin.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(admin.get_by_role("list", name="Signed in on").get_by_role("listitem")).to_have_count(1)
    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    laptop.get_by_role("link", name="Files").click()
    expect(laptop.get_by_role("button", name="Choose files")).to_be_visible()  # all that it asks for is answered


def test_all_devices_are_ended_and_what_was_typed_is_kept(admin: Page, bo: User, new_context: NewContext) -> None:
    laptop, phone = sign_in_with(new_context), sign_in_with(new_context, PHONE)
    phone.goto("/account")
    phone.get_by_label("Name", exact=True).fill("Bo Ekström")
    expect(phone.locator(".skeleton")).to_have_count(0)  # what is asked for later ends the session
    look(admin, bo)
    take(admin, "Sign out all devices")
    expect(admin.get_by_text("Bo Ek is signed out everywhere")).to_be_visible()
    expect(admin.get_by_role("list", name="Signed in on")).to_have_count(0)
    laptop.get_by_role("link", name="Files").click()
    expect(laptop.get_by_role("heading", name="Sign in")).to_be_visible()
    phone.get_by_role("button", name="Save").click()
    sign_in_by_form(phone, "bo")
    expect(phone.get_by_label("Name", exact=True)).to_have_value("Bo Ekström")


def test_who_is_asked_first_and_turns_away_has_changed_nothing(admin: Page, bo: User, new_context: NewContext) -> None:
    make_recovery_codes(bo)
    sign_in_with(new_context)
    look(admin, bo)
    changes: list[str] = []
    admin.on("request", lambda one: changes.append(f"{one.method} {one.url}") if one.method != "GET" else None)
    for button in ("Send a reset link", "Sign out all devices", "Remove factors", "Disable account"):
        admin.get_by_role("button", name=button).click()
        admin.get_by_role("dialog").last.get_by_role("button", name="Cancel").click()
        expect(admin.get_by_role("dialog")).to_have_count(1)
    admin.evaluate("fetch('/healthz').then(() => undefined)")  # what was asked for has been heard of before
    assert not changes


def test_who_lost_their_factors_signs_in_by_the_password_alone(
    admin: Page, bo: User, page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(bo)
    page.goto("/account")
    set_up_app(page, stop_the_clock(control))
    control.clock_forward(minutes=11)
    look(admin, bo)
    admin.get_by_role("button", name="Remove factors").click()
    asked = admin.get_by_role("dialog", name="Remove the factors of Bo Ek?")
    expect(asked).to_contain_text("in place of a short one, or of none, they get a link to choose one")
    asked.get_by_role("button", name="Remove factors").click()
    question = admin.get_by_role("dialog", name="Confirm it is you")
    question.get_by_label("Your password").fill(PASSWORD)
    question.get_by_role("button", name="Confirm").click()
    expect(admin.get_by_text("Bo Ek has no second factor any more. The mail waits in the outbox.")).to_be_visible()
    expect(admin.get_by_role("button", name="Remove factors")).to_have_count(0)
    page.context.clear_cookies(name="session")
    page.goto("/sign-in")
    sign_in_by_form(page, "bo")
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_a_reset_link_comes_by_mail_and_works(admin: Page, bo: User, page: Page) -> None:
    look(admin, bo)
    take(admin, "Send a reset link")
    expect(admin.get_by_text("Bo Ek has a reset link. The mail waits in the outbox.")).to_be_visible()
    expect(admin.get_by_role("button", name="Send a reset link")).to_be_focused()
    page.goto(link_mailed_to("bo@example.org"))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "bo", NEW)
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_on_a_phone_what_happened_is_said_in_front_of_the_person(
    admin: Page, bo: User, new_context: NewContext
) -> None:
    sign_in_with(new_context)
    admin.set_viewport_size({"width": 390, "height": 844})
    look(admin, bo)
    admin.get_by_role("button", name="Sign out Chrome on Linux").click()
    admin.get_by_text("Chrome on Linux is signed out").hover()  # nothing is in front of it, and it stays
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("dialog")).to_have_count(0)
    expect(admin.get_by_text("Chrome on Linux is signed out")).to_be_visible()


def test_what_happened_is_still_said_when_ones_own_session_ends(admin: Page, bo: User, new_context: NewContext) -> None:
    sign_in_with(new_context)
    admin.clock.install()
    look(admin, bo)
    stop_timers(admin)  # it is said for five seconds
    admin.get_by_role("button", name="Sign out Chrome on Linux").click()
    expect(admin.get_by_text("Chrome on Linux is signed out")).to_be_visible()
    expect(admin.get_by_text("none signed in")).to_be_visible()  # what is asked for later ends the session
    admin.context.clear_cookies(name="session")
    take(admin, "Send a reset link")
    expect(admin.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(admin.get_by_text("Chrome on Linux is signed out")).to_be_visible()


@pytest.mark.parametrize("role", ["member", "manager"])
def test_nobody_else_sees_any_of_it(bo: User, page: Page, sign_in: SignIn, role: str) -> None:
    sign_in(make_user("cy", role=role))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response(f"**/api/users/{bo.id}"):
        page.goto(f"/people/{bo.id}")
    expect(page.get_by_role("dialog", name="Bo Ek")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("Member since")).to_be_visible()
    page.goto("/admin/policies")
    expect(page.get_by_role("heading", name="This room is not yours to open")).to_be_visible()
    expect(page.get_by_role("link", name="Policies")).to_have_count(0)
    assert not any("security" in address for address in asked)
    assert page.request.get(f"/api/users/{bo.id}/security").status == 403
    assert page.request.delete(f"/api/users/{bo.id}/sessions").status == 403
    assert page.request.delete(f"/api/users/{bo.id}/factors").status == 403
    assert page.request.post(f"/api/users/{bo.id}/reset-link").status == 403
