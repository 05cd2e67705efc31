"""From a stranger to a member: signing up, the mail, confirming, signing in."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from backend.tests.factories import PASSWORD, make_user
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.server import Server
from e2e.steps import code_mailed_to, link_mailed_to, sign_in_by_form, sign_out, sign_up


@pytest.mark.smoke
def test_a_stranger_signs_up_confirms_signs_in_and_out(page: Page) -> None:
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    expect(page.get_by_text("The club has no mail server yet: ask who looks after it")).to_be_visible()

    page.goto(link_mailed_to("ada@example.org"))
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()

    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()

    sign_out(page)
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_code_read_elsewhere_confirms_where_one_signed_up(page: Page) -> None:
    sign_up(page, "ada", "ada@example.org")
    page.get_by_label("Code from the mail").fill("AAAA-AAAA")
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_label("Code from the mail")).to_have_accessible_description(re.compile("This code is not right"))
    page.get_by_text("No mail, or no code that works?").click()
    expect(page.get_by_label("Your e-mail address")).to_have_value("ada@example.org")
    page.get_by_label("Code from the mail").fill(code_mailed_to("ada@example.org"))
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_an_invitation_is_taken_up_by_its_code_on_another_device(page: Page) -> None:
    page.request.post("/api/users", data={"username": "ada", "email": "ada@example.org"})
    page.goto("/welcome")
    page.get_by_label("Address the mail came to").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    code = page.get_by_label("Code from the mail")
    code.fill("AAAA-AAAA")
    page.get_by_role("button", name="Set password").click()
    expect(code).to_have_accessible_description(re.compile("This code is not right"))
    code.fill(code_mailed_to("ada@example.org"))
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="You are a member")).to_be_focused()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_a_used_invitation_leads_on(page: Page, control: Control) -> None:
    page.request.post("/api/users", data={"username": "ada", "email": "ada@example.org"})
    link = link_mailed_to("ada@example.org")
    page.request.post("/api/users/confirm", data={"token": link.partition("token=")[2], "password": PASSWORD})
    page.goto(link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_have_text("This link has been used or has run out.")
    page.get_by_role("link", name="ask for a new mail").click()
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    control.run_jobs()  # nothing is looked up while the person waits
    page.goto(link_mailed_to("ada@example.org"))
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()


def test_an_invitation_knows_whose_name_the_password_must_not_be(page: Page) -> None:
    page.request.post("/api/users", data={"username": "lovelace1815", "email": "ada@example.org"})
    page.goto(link_mailed_to("ada@example.org"))
    field = page.get_by_label("Password", exact=True)
    field.press_sequentially("lovelace1815 xyz")
    expect(field).to_have_accessible_description(re.compile("made of your own or the club's name"))


def test_who_takes_up_an_invitation_beside_somebody_else_is_told_who_is_signed_in(page: Page, sign_in: SignIn) -> None:
    page.request.post("/api/users", data={"username": "ada", "email": "ada@example.org"})
    sign_in(make_user("grace"))
    page.goto("/welcome")
    page.get_by_label("Address the mail came to").fill("ada@example.org")
    expect(page.get_by_role("link", name="ask for a new mail")).to_have_count(0)
    page.get_by_label("Code from the mail").fill(code_mailed_to("ada@example.org"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("To come in with it, sign out as grace first.")).to_be_visible()


@pytest.mark.parametrize("address", ["/welcome", "/reset"])
def test_who_opens_the_link_of_somebody_else_is_told_whose_it_is_not(page: Page, sign_in: SignIn, address: str) -> None:
    sign_in(make_user("grace", name="Grace Hopper"))
    page.goto(f"{address}#token=of-somebody-else")
    expect(page.get_by_text("You are signed in as Grace Hopper. Whoever this link was sent to")).to_be_visible()
    page.context.clear_cookies(name="session")
    page.reload()
    expect(page.get_by_role("button", name="Set password")).to_be_visible()
    expect(page.get_by_text("signed in as")).to_have_count(0)


def test_who_asks_for_the_mail_too_often_is_told_how_long_to_wait(page: Page) -> None:
    page.goto("/confirm")
    page.get_by_text("No mail, or no code that works?").click()
    asking = page.locator("form", has=page.get_by_role("button", name="Send the mail again"))
    asking.get_by_label("Your e-mail address").fill("ada@example.org")
    for _ in range(11):
        asking.get_by_role("button", name="Send the mail again").click()
        expect(asking).not_to_have_attribute("aria-busy", "true")
    expect(asking.get_by_role("alert")).to_have_text(re.compile(r"Too many tries\. Please wait \d+ minutes\."))


def test_a_mail_scanner_that_opens_the_link_uses_nothing_up(page: Page, server: Server) -> None:
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    link = link_mailed_to("ada@example.org")
    urllib.request.urlopen(server.url + link).read()
    page.goto(link)
    expect(page.get_by_role("button", name="Confirm my address")).to_be_visible()
    page.goto("about:blank")

    page.goto(link)
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()


def test_a_link_is_good_also_for_who_skips_to_the_content(page: Page) -> None:
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(link_mailed_to("ada@example.org"))
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()


def test_a_used_link_offers_a_new_one(page: Page) -> None:
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    link = link_mailed_to("ada@example.org")
    for _ in range(2):
        page.goto("about:blank")
        page.goto(link)
        page.get_by_role("button", name="Confirm my address").click()
        expect(page.get_by_role("heading", name="Confirm your address")).to_be_hidden()
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_focused()


def test_each_refusal_stands_at_its_field_and_the_first_has_the_focus(page: Page) -> None:
    make_user("ada")
    sign_up(page, "Ada", "new@example.org")
    expect(page.get_by_label("Username")).to_be_focused()
    expect(page.get_by_label("Username")).to_have_accessible_description(re.compile("Username already exists"))
    page.keyboard.type("Ada L.")
    expect(page.get_by_label("Username")).not_to_have_attribute("aria-invalid", "true")


def test_a_password_that_is_too_easy_is_refused_with_the_reason(page: Page) -> None:
    sign_up(page, "ada", "ada@example.org", "passwordpassword")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_have_accessible_description(re.compile("too easy to guess"))


def test_an_unconfirmed_account_gets_the_link_again(page: Page, control: Control) -> None:
    make_user("ada", email="ada@example.org", confirmed=False)
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_role("link", name="Send the link again").click()
    page.get_by_text("No mail, or no code that works?").click()
    asking = page.locator("form", has=page.get_by_role("button", name="Send the mail again"))
    asking.get_by_label("Your e-mail address").fill("ada@example.org")
    asking.get_by_role("button", name="Send the mail again").click()
    said = page.get_by_role("main").get_by_text("there is a new mail for it")
    expect(said).to_contain_text("The club has no mail server yet")
    slower = '{"error": "Too many tries.", "code": "too_many_requests"}'
    control.answer(429, "/api/users/confirm/resend", method="POST", body=slower)
    asking.get_by_role("button", name="Send the mail again").click()
    expect(asking.get_by_role("alert")).to_have_text("Too many tries.")
    expect(said).to_be_hidden()
    control.run_jobs()  # nothing is looked up while the person waits
    page.goto("about:blank")
    page.goto(link_mailed_to("ada@example.org"))
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()


def test_what_is_wrong_with_the_whole_of_a_long_form_is_in_sight(page: Page, control: Control) -> None:
    page.set_viewport_size({"width": 320, "height": 400})
    control.answer(503, "/api/users", method="POST", body='{"error": "The server is busy.", "code": "busy"}')
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_role("alert").filter(has_text="The server is busy.")).to_be_in_viewport(ratio=1)
