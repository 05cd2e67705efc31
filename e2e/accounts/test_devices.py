"""One person on two devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from clubroom.accounts.models import Session
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete

from backend.tests.factories import database, make_people, make_user
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import link_mailed_to, sign_in_by_form, stop_timers

NewContext = Callable[..., BrowserContext]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
UNAUTHORIZED = '{"error": "Unauthorized", "code": "unauthorized"}'


@pytest.mark.smoke
def test_one_device_ends_the_session_of_the_other(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    laptop, phone = people_at_once(ada, ada)
    phone.goto("/people")
    expect(phone.get_by_role("table", name="People")).to_be_visible()
    laptop.goto("/account")
    sign_out = laptop.get_by_role("listitem").get_by_role("button", name="Sign out")
    sign_out.click()
    expect(sign_out).to_have_count(0)
    expect(laptop.locator("#devices :focus")).to_have_count(1)

    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_has_ended_one_device_does_not_stand_on_the_next_one_of_its_name(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    here, *_ = people_at_once(ada, ada, ada)
    here.goto("/account")
    others = here.locator("#devices").get_by_role("button", name=re.compile("^Sign out [^a]"))
    expect(others).to_have_count(2)
    others.first.press("Enter")
    expect(others).to_have_count(1)
    expect(here.locator("#devices .loaded")).to_be_focused()  # another press would end what nobody meant


def test_each_device_is_listed_by_its_kind_its_address_and_when_it_was_there(
    people_at_once: PeopleAtOnce, new_context: NewContext
) -> None:
    ada = make_user("ada")
    phone = sign_in_with(new_context(user_agent=PHONE))
    (laptop,) = people_at_once(ada)
    laptop.clock.install()
    laptop.goto("/account")
    device = laptop.locator("#devices").get_by_role("listitem").filter(has_text="Safari on iPhone")
    expect(device).to_contain_text(re.compile(r"127\.0\.0\.1 · signed in .*\d{4} · last seen now"))
    expect(laptop.get_by_role("button", name="(account menu)")).to_be_visible()  # with it comes the clock
    laptop.clock.fast_forward("02:00")
    expect(device).to_contain_text("last seen 2 minutes ago")
    device.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(device).to_have_count(0)
    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_sign_in_on_a_new_device_is_told_by_mail(new_context: NewContext) -> None:
    make_user("ada", email="ada@example.org")
    sign_in_with(new_context())
    phone = sign_in_with(new_context(user_agent=PHONE))
    page = new_context().new_page()
    page.clock.install()
    stop_timers(page)  # else what comes late finds the page scrolled for good
    page.goto(link_mailed_to("ada@example.org"))
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="Devices")).to_be_in_viewport()
    page.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(page.get_by_text("Safari on iPhone is signed out")).to_be_visible()
    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(("remember", "heading"), [(True, "People"), (False, "Sign in")])
def test_who_wants_to_be_kept_signed_in_is_after_the_browser_was_closed(
    new_context: NewContext, remember: bool, heading: str
) -> None:
    make_user("ada")
    before = sign_in_with(new_context(), remember)
    kept = [one for one in before.context.cookies() if one["expires"] != -1]  # as a browser does when it is closed
    after = new_context()
    after.add_cookies(kept)  # type: ignore[arg-type]  # what cookies() gives
    page = after.new_page()
    page.goto("/people")
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("role", "remember", "unused", "said"),
    [
        ("member", False, timedelta(hours=12), "12 hours"),
        ("member", True, timedelta(days=30), "30 days"),
        ("admin", True, timedelta(hours=2), "2 hours"),
    ],
)
def test_a_session_ends_when_it_is_not_used_for_as_long_as_the_account_says(
    new_context: NewContext, control: Control, role: str, remember: bool, unused: timedelta, said: str
) -> None:
    make_user("ada", role=role)
    page = sign_in_with(new_context(), remember)
    page.goto("/account")
    expect(page.locator("#devices")).to_contain_text(
        re.compile(rf"This device stays signed in until .*\d{{4}}.*, unless you are away for {said}\.")
    )
    for link, there in (
        ("People", page.get_by_role("table", name="People")),
        ("Files", page.get_by_role("button", name="Choose files")),  # all that it asks for is answered
    ):
        control.clock_forward(seconds=unused.total_seconds() - 60)
        page.get_by_role("link", name=link).first.click()
        expect(there).to_be_visible()
    control.clock_forward(seconds=unused.total_seconds() + 60)
    page.get_by_role("link", name="People").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in_with(context: BrowserContext, remember: bool = False) -> Page:
    """Ada, signed in by the form in this browser."""
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Keep me signed in").set_checked(remember)
    sign_in_by_form(page, "ada")
    page.get_by_role("table", name="People").wait_for()
    return page


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    laptop, phone = people_at_once(ada, ada)
    phone.goto("/account")
    phone.get_by_label("Name", exact=True).fill("Ada Lovelace")
    expect(phone.locator(".skeleton")).to_have_count(0)  # what is asked for later ends the session
    laptop.goto("/account")
    laptop.get_by_role("button", name="Sign out all other devices").click()
    laptop.get_by_role("button", name="Sign out devices").click()
    expect(laptop.get_by_text("All other devices are signed out")).to_be_visible()

    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(phone, "ada")
    expect(phone).to_have_url(re.compile("/account$"))
    expect(phone.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")


@pytest.mark.parametrize(("refused", "found"), [(1, "Nobody found"), (2, "You were signed out.")])
def test_what_went_out_with_the_token_before_goes_out_once_more(
    page: Page, sign_in: SignIn, control: Control, refused: int, found: str
) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    page.goto("/people")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    for _ in range(refused):
        control.answer(401, "/api/users", page, body=UNAUTHORIZED)
    page.get_by_role("searchbox", name="Search people").fill("nobody")
    expect(page.get_by_text(found)).to_be_visible()


@pytest.mark.parametrize(
    ("back", "who", "where"), [(False, "ada", "/account"), (True, "ada", "/account"), (False, "bo", "/people")]
)
def test_who_looks_at_another_page_before_signing_in_again_comes_back_all_the_same(
    page: Page, sign_in: SignIn, back: bool, who: str, where: str
) -> None:
    make_user("bo")
    sign_in(make_user("ada"))
    page.goto("/people")
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitem", name="Account").click()
    address = page.get_by_label("New e-mail address")
    address.fill("new@example.org")
    expect(page.locator(".skeleton")).to_have_count(0)  # what is asked for later ends the session
    with database() as session:
        session.execute(delete(Session))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    if back:
        page.go_back()
    else:
        page.get_by_role("link", name="Forgotten password?").click()
        page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    sign_in_by_form(page, who)
    expect(page).to_have_url(re.compile(f"{where}$"))
    expect(page.get_by_role("button", name=f"{who} (account menu)")).to_be_visible()
    if who == "ada":
        expect(address).to_have_value("new@example.org")


@pytest.mark.smoke
def test_a_new_name_is_saved_and_shown_at_once(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Ada Lovelace (account menu)")).to_be_visible()
    expect(page.locator("#profile .avatar")).to_have_text("AL")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")


def test_the_appearance_is_kept(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    for _ in ("chosen", "kept"):
        expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
        expect(page.locator("meta[name=theme-color][media=all]")).to_have_attribute("content", "#141613")
        page.reload()


def test_the_appearance_chosen_in_the_menu_is_chosen_on_the_account_page(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name="(account menu)").press("ArrowDown")
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.get_by_role("group", name="Appearance").get_by_role("radio", name="Dark")).to_be_checked()


def test_who_comes_back_after_the_session_ended_reads_on_where_they_were(page: Page, sign_in: SignIn) -> None:
    make_people(40)
    sign_in(make_user("zz-reader", name="Ruth Reader"))
    page.goto("/people")
    ruth = page.get_by_role("link", name="Ruth Reader")
    ruth.scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    assert top > 0
    with database() as session:
        session.execute(delete(Session))
    ruth.click()
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    sign_in_by_form(page, "zz-reader")
    expect(page.get_by_role("dialog", name="Ruth Reader")).to_be_visible()
    expect(page).to_have_title(re.compile("^Ruth Reader"))
    assert page.evaluate("scrollY") == top
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
