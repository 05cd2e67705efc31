"""Changing a password, and getting back in without one."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from clubroom.accounts.factors.models import Authenticator
from playwright.sync_api import Page, expect

from backend.tests.factories import PASSWORD, database, make_user
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.harness.server import Server
from e2e.steps import code_mailed_to, link_mailed_to, sign_in_by_form

NEW = "eleven lazy otters by the weir"


def ask_for_link(page: Page, control: Control, address: str) -> str:
    page.goto("/sign-in")
    page.get_by_role("link", name=re.compile("[Ff]orgot")).click()
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send the mail").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    control.run_jobs()  # nothing is looked up while the person waits
    return link_mailed_to(address)


def test_a_forgotten_password_is_set_anew_even_after_a_scanner_opened_the_link(
    page: Page, server: Server, control: Control
) -> None:
    make_user("ada", email="ada@example.org")
    link = ask_for_link(page, control, "ada@example.org")
    urllib.request.urlopen(server.url + link).read()
    urllib.request.urlopen(urllib.request.Request(server.url + link, method="HEAD")).read()
    page.goto(link)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada", NEW)
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_an_address_with_letters_of_any_language_is_for_the_server_to_judge(page: Page) -> None:
    page.goto("/forgotten")
    address = page.get_by_label("Your e-mail address")
    address.fill("jörg")
    page.get_by_role("button", name="Send the mail").click()
    expect(address).to_have_accessible_description("This does not look like an e-mail address.")
    address.fill("jörg@example.org")
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_text("If there is an account for jörg@example.org")).to_be_visible()


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_password_set_anew_where_somebody_else_is_signed_in_signs_them_out_there(
    page: Page, sign_in: SignIn, control: Control, meanwhile: bool
) -> None:
    make_user("ada", email="ada@example.org")
    link, grace = ask_for_link(page, control, "ada@example.org"), make_user("grace")
    if not meanwhile:
        sign_in(grace)
    page.goto(link)
    page.get_by_label("New password").fill(NEW)
    if meanwhile:
        sign_in(grace)  # in another tab, of which this one has not heard
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_focused()
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_code_from_the_mail_does_it_where_it_was_asked_for(page: Page, control: Control) -> None:
    make_user("ada", email="ada@example.org")
    ask_for_link(page, control, "ada@example.org")
    page.get_by_label("New password").fill(NEW)
    code = page.get_by_label("Code from the mail")
    code.fill("AAAA-AAAA")
    page.get_by_role("button", name="Set password").click()
    expect(code).to_have_accessible_description(re.compile("This code is not right"))
    code.fill(code_mailed_to("ada@example.org"))
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada", NEW)
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_page_of_the_link_says_what_this_account_needs(page: Page, control: Control) -> None:
    ada = make_user("ada", email="ada@example.org")
    with database() as session:
        session.add(Authenticator(user_id=ada.id, sealed="no key that opens anything"))
    page.goto(ask_for_link(page, control, "ada@example.org"))
    field = page.get_by_label("New password")
    field.press_sequentially("wx7#Kqzv")
    expect(field).to_have_accessible_description(re.compile("That will do"))
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


def test_the_page_of_the_code_says_both_rules(page: Page) -> None:
    page.goto("/forgotten")
    page.get_by_label("Your e-mail address").fill("nobody@example.org")
    page.get_by_role("button", name="Send the mail").click()
    field = page.get_by_label("New password")
    field.press_sequentially("wx7#Kqzv")
    expect(field).to_have_accessible_description(re.compile("Enough if you have a passkey or an authenticator app"))


def test_asking_for_an_unknown_address_says_the_same(page: Page) -> None:
    make_user("ada", email="ada@example.org")
    said = []
    for address in ("ada@example.org", "nobody@example.org"):
        page.goto("/forgotten")
        page.get_by_label("Your e-mail address").fill(address)
        page.get_by_role("button", name="Send the mail").click()
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        said.append(page.get_by_role("main").inner_text().replace(address, ""))
    assert said[0] == said[1]


def test_who_gets_no_mail_tries_another_address(page: Page, control: Control) -> None:
    make_user("ada", email="ada@example.org")
    ask_for_link(page, control, "ada@example.org")
    page.get_by_role("button", name="Try another address").click()
    address = page.get_by_label("Your e-mail address")
    expect(address).to_be_focused()
    address.fill("ada@work.example")
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("main")).to_contain_text("If there is an account for ada@work.example")


def test_of_twenty_uses_of_one_link_at_once_one_wins(page: Page, server: Server, control: Control) -> None:
    make_user("ada", email="ada@example.org")
    token = ask_for_link(page, control, "ada@example.org").partition("token=")[2]

    def use(number: int) -> int:
        body = json.dumps({"token": token, "password": f"{NEW} {number}"}).encode()
        request = urllib.request.Request(f"{server.url}/api/password/reset", body, {"Content-Type": "application/json"})
        try:
            return int(urllib.request.urlopen(request).status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(use, range(20)))
    assert sorted(answers) == [200] + [400] * 19


def test_changing_the_password_ends_every_other_session(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    laptop, phone = people_at_once(ada, ada)
    phone.goto("/people")
    expect(phone.get_by_role("table", name="People")).to_be_visible()
    laptop.goto("/account")
    others = laptop.get_by_role("listitem").get_by_role("button", name="Sign out")
    expect(others).to_have_count(1)
    laptop.get_by_label("Current password").fill(PASSWORD)
    laptop.get_by_label("New password").fill(NEW)
    expect(laptop.get_by_text("That will do.")).to_be_visible()
    laptop.get_by_role("button", name="Change password").click()
    expect(laptop.get_by_text(re.compile("Your password is changed")).first).to_be_visible()
    expect(laptop.get_by_text("That will do.")).to_have_count(0)
    expect(others).to_have_count(0)
    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    laptop.reload()
    expect(laptop.get_by_label("Current password")).to_be_visible()


def test_the_reason_a_password_is_refused_stands_at_the_field_while_it_is_there(page: Page, control: Control) -> None:
    page.goto("/sign-up")
    field = page.get_by_label("Password", exact=True)
    field.fill("aaaaaaaaaaaaaaaa")
    expect(field).to_have_accessible_description(re.compile("too easy to guess"))
    control.stall("/api/password/check", method="POST")
    field.fill(NEW)
    control.wait_until_met()
    with page.expect_event("requestfailed"):  # the page takes it back
        field.fill("")
    expect(field).not_to_have_accessible_description(re.compile("too easy to guess"))


def test_a_password_that_is_too_long_is_refused_and_not_cut_off(page: Page) -> None:
    page.goto("/sign-up")
    field = page.get_by_label("Password", exact=True)
    field.fill(f"{NEW} {'and so on ' * 30}")
    expect(field).to_have_accessible_description(re.compile("At most 256 characters"))
    page.get_by_label("Username").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Create account").click()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
