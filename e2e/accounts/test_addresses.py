"""Changing one's e-mail address, and taking the change back from the old one."""

from __future__ import annotations

import re
from collections.abc import Callable

from clubroom.accounts.models import Session
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete

from backend.tests.factories import database, make_user
from e2e.harness.people import SignIn
from e2e.steps import code_mailed_to, link_mailed_to, sign_in_by_form

NewContext = Callable[..., BrowserContext]


def ask_for_a_new_address(page: Page) -> None:
    """Ada signs in and wants new@example.org in the place of old@example.org."""
    make_user("ada", email="old@example.org", role="admin")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_role("heading", name="People").wait_for()
    page.goto("/account")
    page.get_by_label("New e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Change address").click()


def test_a_new_address_counts_once_confirmed_and_the_old_one_can_undo_it(page: Page) -> None:
    ask_for_a_new_address(page)
    expect(page.get_by_text(re.compile("new@example.org")).first).to_be_visible()
    expect(page.get_by_label("New e-mail address")).to_have_value("")

    page.goto(link_mailed_to("new@example.org"))
    page.get_by_role("button", name=re.compile("[Cc]onfirm")).click()
    expect(page.get_by_role("link", name=re.compile("club|Sign in")).first).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("new@example.org").first).to_be_visible()

    page.goto(link_mailed_to("old@example.org"))
    page.get_by_role("button", name=re.compile("back|undo|keep", re.IGNORECASE)).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("brings you a link to choose a new one. The club has no mail server yet")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    page.goto(link_mailed_to("old@example.org"))
    page.get_by_label("New password", exact=True).fill("seven quiet herons at dawn")
    page.get_by_role("button", name=re.compile("password")).last.click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "old@example.org", "seven quiet herons at dawn")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("Now: old@example.org")).to_be_visible()


def test_a_new_address_is_confirmed_also_where_the_session_has_ended_meanwhile(page: Page) -> None:
    ask_for_a_new_address(page)
    expect(page.get_by_text(re.compile("new@example.org")).first).to_be_visible()
    page.goto(link_mailed_to("new@example.org"))
    with database() as session:
        session.execute(delete(Session))
    page.get_by_role("button", name="Confirm my new address").click()
    expect(page.get_by_role("heading", name="Your address is changed")).to_be_visible()


def test_on_a_phone_one_sees_that_a_mail_is_on_its_way(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": 390, "height": 420})  # the keyboard is open
    page.goto("/account")
    field = page.get_by_label("New e-mail address")
    field.fill("new@example.org")
    field.evaluate("one => one.scrollIntoView()")
    field.press("Enter")
    expect(field).to_have_value("")
    told = page.get_by_role("region", name="E-mail").get_by_text("Your address changes when you open its link")
    expect(told).to_be_in_viewport(ratio=1)


def test_both_mails_bring_a_code_that_does_the_same_on_another_device(page: Page, new_context: NewContext) -> None:
    ask_for_a_new_address(page)
    page.get_by_role("link", name="enter its code").click()
    enter_code(page, "new@example.org", "Confirm my new address")
    expect(page.get_by_role("heading", name="Your address is changed")).to_be_focused()
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitem", name="Account").click()
    expect(page.get_by_text("Now: new@example.org")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)  # what is asked for later ends the session

    phone = new_context().new_page()
    phone.goto("/undo-email")
    enter_code(phone, "old@example.org", "Put the old address back", "AAAA-AAAA")
    code = phone.get_by_label("Code from the mail")
    expect(code).to_have_accessible_description(re.compile("This code is not right"))
    enter_code(phone, "old@example.org", "Put the old address back")
    expect(phone.get_by_role("heading", name="Your old address is back")).to_be_focused()
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def enter_code(page: Page, address: str, action: str, code: str = "") -> None:
    page.get_by_label("Address the mail came to").fill(address)
    page.get_by_label("Code from the mail").fill(code or code_mailed_to(address))
    page.get_by_role("button", name=action).click()
