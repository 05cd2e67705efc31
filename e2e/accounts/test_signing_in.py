"""Signing in: wrong passwords, waiting, coming back to where one was."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from clubroom.accounts.models import Session
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from backend.tests.factories import PASSWORD, database, make_user
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.watch import Watch
from e2e.steps import sign_in_by_form, sign_out


def test_a_wrong_password_is_refused_and_keeps_the_name(page: Page) -> None:
    make_user("ada")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada", "not the right password")
    expect(page.get_by_role("alert")).to_contain_text("Wrong username, e-mail or password.")
    expect(page.get_by_label("Username or e-mail")).to_have_value("ada")


def test_what_is_typed_after_a_wrong_password_takes_its_place(page: Page) -> None:
    make_user("ada")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada", "not the right password")
    expect(page.get_by_role("alert")).to_contain_text("Wrong username, e-mail or password.")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_guessing_is_slowed_down_and_the_wait_ends(page: Page, control: Control) -> None:
    make_user("ada")
    control.clock_freeze(datetime.now(UTC))
    page.goto("/sign-in")
    for attempt in range(6):
        sign_in_by_form(page, "ada", f"a wrong password {attempt}")
        sentence = "Wrong username, e-mail or password." if attempt < 5 else "Too many tries. Please wait 5 seconds"
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("alert")).to_contain_text("Too many tries")

    control.clock_forward(seconds=10)
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_a_protected_page_sends_to_sign_in_and_back_to_where_one_was(page: Page) -> None:
    make_user("ada", name="Ada Lovelace")
    page.goto("/people?q=ada&sort=-username")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(page, "ada")
    expect(page).to_have_url(re.compile(r"/people\?q=ada&sort=-username$"))
    expect(page.get_by_role("searchbox", name="Search people")).to_have_value("ada")


def test_a_link_that_leads_elsewhere_after_signing_in_stays_on_the_site(page: Page) -> None:
    make_user("ada")
    page.goto("/sign-in?next=https://example.org/trap")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_back_after_signing_out_shows_nothing_of_the_member(page: Page) -> None:
    make_user("ada", name="Ada Lovelace")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    sign_out(page)
    field = page.get_by_label("Username or e-mail")
    field.fill("whoever is next here")
    page.go_back()
    expect(field).to_have_value("")  # another page to sign in, in the place of the one that was left
    expect(page.get_by_text("Ada Lovelace")).to_have_count(0)


def test_who_presses_sign_out_twice_signs_out_once(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/logout") else None)
    control.stall("/api/logout", method="POST")
    sign_out(page)
    control.wait_until_met()
    sign_out(page)
    expect(page.get_by_text("This is being done already.")).to_be_visible()
    control.release()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Somebody else is signed in now")).to_have_count(0)
    assert len(asked) == 1


def test_signing_out_takes_the_other_tabs_along_and_loses_nothing_typed_there(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    other = page.context.new_page()
    other.goto("/account")
    other.get_by_label("Name", exact=True).fill("Ada Lovelace")
    expect(other.get_by_role("button", name="ada (account menu)")).to_be_visible()  # by now it listens
    sign_out(page)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(other.get_by_role("alert")).to_contain_text("You were signed out.")
    sign_in_by_form(other, "ada")
    expect(other.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")
    expect(other.get_by_label("Name", exact=True)).to_be_focused()


def test_who_signs_in_again_goes_on_in_the_field_where_they_were(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    other = page.context.new_page()
    other.goto("/people")
    other.get_by_role("button", name="Add a person").click()
    address = other.get_by_role("dialog").get_by_label("E-mail")
    address.fill("bo@exa")
    expect(other.get_by_role("button", name="ada (account menu)")).to_be_visible()  # by now it listens
    sign_out(page)
    sign_in_by_form(other, "ada")
    expect(address).to_be_focused()
    other.keyboard.press("Escape")
    expect(other.get_by_role("button", name="Add a person")).to_be_focused()


def test_who_comes_back_takes_the_tab_along_in_which_somebody_else_sat_down(page: Page, sign_in: SignIn) -> None:
    make_user("grace")
    sign_in(make_user("ada"))
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/people")
        expect(tab.get_by_role("button", name="ada (account menu)")).to_be_visible()
        expect(tab.get_by_role("link", name="grace")).to_be_visible()  # what is asked for later ends the session
    with database() as session:
        session.execute(delete(Session))
    for tab in (page, other):
        tab.get_by_role("link", name="Files").click()
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(other, "grace")
    expect(other.get_by_role("button", name="grace (account menu)")).to_be_visible()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("button", name="ada (account menu)")).to_be_visible()
    expect(other.get_by_role("button", name="ada (account menu)")).to_be_visible()


def test_no_tab_shows_one_person_while_it_acts_as_another(page: Page, sign_in: SignIn) -> None:
    make_user("bo", name="Bo Ek")
    sign_in(make_user("ada", name="Ada Lovelace"))
    other = page.context.new_page()
    other.goto("/people")
    expect(other.get_by_role("button", name="Ada Lovelace (account menu)")).to_be_visible()
    expect(other.get_by_role("link", name="Ada Lovelace")).to_be_visible()  # what is asked for later ends the session
    page.context.clear_cookies()
    page.goto("/sign-in")
    sign_in_by_form(page, "bo")
    expect(other.get_by_role("button", name="Bo Ek (account menu)")).to_be_visible()


@pytest.mark.parametrize("next_one", [None, "bo"])
def test_the_page_of_a_mailed_link_stays_when_another_tab_signs_out_or_in(
    page: Page, sign_in: SignIn, next_one: str | None
) -> None:
    make_user("bo")
    sign_in(make_user("ada"))
    page.goto("/people")
    other = page.context.new_page()
    other.goto("/reset#token=x")
    other.get_by_label("New password").fill(PASSWORD)
    menu = other.get_by_role("button", name="ada (account menu)")
    expect(menu).to_be_visible()
    expect(other.get_by_text("You are signed in as ada.")).to_be_visible()
    other.keyboard.press("ControlOrMeta+k")
    other.get_by_role("combobox").fill("bo")
    expect(other.get_by_role("option", name="bo")).to_be_visible()
    if next_one is None:
        sign_out(page)
    else:
        page.context.clear_cookies()
        page.goto("/sign-in")
        sign_in_by_form(page, next_one)
    expect(menu).to_have_count(0)
    expect(other.get_by_text("ada")).to_have_count(0)
    expect(other.get_by_role("dialog")).to_have_count(0)
    expect(other.get_by_label("New password")).to_have_value(PASSWORD)
    expect(other).to_have_url(re.compile("/reset#token=x$"))


def test_who_sits_down_next_finds_nothing_of_who_was_there_and_sends_nothing_for_them(
    page: Page, sign_in: SignIn
) -> None:
    make_user("grace", name="Grace Hopper")
    sign_in(make_user("ada"))
    page.goto("/account")
    name = page.get_by_label("Name", exact=True)
    name.fill("Ada Lovelace")
    saved: list[str] = []
    page.on("request", lambda one: saved.append(one.url) if one.method == "PATCH" else None)
    expect(page.locator(".skeleton")).to_have_count(0)  # what is asked for later ends the session
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    sign_in_by_form(page, "grace")
    expect(page).to_have_url(re.compile("/account$"))
    expect(name).to_have_value("Grace Hopper")
    expect(page.locator("#email")).to_contain_text("Now: grace@example.org")
    assert len(saved) == 1


def test_the_password_can_be_shown(page: Page) -> None:
    page.goto("/sign-in")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_have_attribute("type", "password")
    show = page.get_by_role("button", name="Show password")
    expect(show).to_have_attribute("aria-pressed", "false")
    show.click()
    expect(field).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("label", ["Username or e-mail", "Password"])
def test_no_keyboard_corrects_a_name_or_a_password_that_is_shown(page: Page, label: str) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name="Show password").click()
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_attribute("autocapitalize", "none")
    expect(field).to_have_attribute("autocorrect", "off")
    expect(field).to_have_attribute("spellcheck", "false")


def test_the_way_to_the_start_loads_nothing_anew(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/nowhere")
    page.evaluate("window.stays = true")
    start = page.get_by_role("link", name="Go to the start")
    with page.context.expect_page():
        start.click(modifiers=["ControlOrMeta"])
    expect(start).to_be_visible()
    start.click()
    expect(page.get_by_role("heading", name="People")).to_be_focused()
    expect(page.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
    assert page.evaluate("window.stays")


def test_styles_that_did_not_come_come_with_the_next_page(page: Page, watch: Watch) -> None:
    watch.allow("members.css")
    make_user("ada")
    page.route("**/styles/members.css", lambda route: route.abort())
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    rail = page.locator("#rail")
    expect(rail).to_have_css("position", "static")
    page.unroute("**/styles/members.css")
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    expect(rail).to_have_css("position", "sticky")


def test_a_frame_that_did_not_come_comes_with_the_next_page(page: Page, sign_in: SignIn, watch: Watch) -> None:
    watch.allow("frame.js")
    sign_in(make_user("ada"))
    page.route("**/components/frame.js", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed"):
        page.goto("/people")
    page.get_by_role("link", name="ada").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="ada (account menu)")).to_be_visible()
