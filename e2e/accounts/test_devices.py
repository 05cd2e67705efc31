"""One person on two devices."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from backend.tests.factories import make_user
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.steps import sign_in_by_form


def test_one_device_ends_the_session_of_the_other(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    laptop, phone = people_at_once(ada, ada)
    phone.goto("/people")
    expect(phone.get_by_role("heading", name="People")).to_be_visible()
    laptop.goto("/account")
    laptop.get_by_role("button", name=re.compile("^End session")).click()
    expect(laptop.get_by_role("button", name=re.compile("^End session"))).to_have_count(0)

    phone.get_by_role("link", name="Files").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    laptop, phone = people_at_once(ada, ada)
    phone.goto("/account")
    phone.get_by_label("Name", exact=True).fill("Ada Lovelace")
    laptop.goto("/account")
    laptop.get_by_role("button", name="End all other sessions").click()
    laptop.get_by_role("button", name="End sessions").click()
    expect(laptop.get_by_text("All other sessions ended")).to_be_visible()

    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(phone, "ada")
    expect(phone).to_have_url(re.compile("/account$"))
    expect(phone.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")


def test_a_new_name_is_saved_and_shown_at_once(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Ada Lovelace (account menu)")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")


def test_the_appearance_is_kept(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-appearance", "dark")
