"""What those who run the club decide about a person, and what the person notices."""

from __future__ import annotations

import re

import pytest
from clubroom.accounts.models import FORMER, User
from clubroom.core.clock import now
from playwright.sync_api import Locator, Page, expect

from backend.tests.factories import PASSWORD, database, make_user
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import sign_in_by_form


@pytest.fixture
def bo() -> User:
    return make_user("bo", name="Bo Ek")


@pytest.fixture
def both(bo: User, people_at_once: PeopleAtOnce) -> list[Page]:
    """Ada, who runs the club, with Bo before her; and Bo, at the directory."""
    ada, his = people_at_once(make_user("ada", role="admin"), bo)
    his.goto("/people")
    his.get_by_role("table", name="People").wait_for()  # what is asked for later ends a session that is over
    ada.goto("/people")
    ada.get_by_role("link", name="Bo Ek").click()
    ada.get_by_role("button", name="Send a reset link").wait_for()
    return [ada, his]


def drawer(ada: Page) -> Locator:
    return ada.get_by_role("dialog", name="Bo Ek", exact=True)


def row(ada: Page) -> Locator:
    """Bo's, in the list behind the drawer, which covers it."""
    return ada.locator("tr", has_text="Bo Ek")


def test_who_is_made_a_manager_signs_in_again_and_finds_more_rooms(both: list[Page]) -> None:
    ada, bo = both
    drawer(ada).get_by_role("button", name="Change role").click()
    question = ada.get_by_role("dialog", name="What may Bo Ek do?")
    expect(question.get_by_role("radio", name="Member")).to_be_checked()
    question.get_by_role("radio", name="Manager").check()
    question.get_by_role("button", name="Change role").click()
    expect(ada.get_by_text("Bo Ek is a manager now")).to_be_visible()
    expect(question).to_have_count(0)
    expect(drawer(ada).get_by_role("button", name="Change role")).to_be_focused()
    expect(drawer(ada).locator(".person-badges")).to_have_text("manager")
    expect(row(ada)).to_contain_text("manager")
    bo.get_by_role("link", name="Files").click()
    sign_in_by_form(bo, "bo")
    bo.get_by_role("link", name="Admin").click()
    expect(bo.get_by_role("heading", name="Access requests")).to_be_visible()


def test_who_is_made_a_manager_meanwhile_finds_more_also_in_the_room_they_come_back_to(both: list[Page]) -> None:
    ada, bo = both
    drawer(ada).get_by_role("button", name="Change role").click()
    question = ada.get_by_role("dialog", name="What may Bo Ek do?")
    question.get_by_role("radio", name="Manager").check()
    question.get_by_role("button", name="Change role").click()
    expect(ada.get_by_text("Bo Ek is a manager now")).to_be_visible()
    bo.get_by_role("searchbox", name="Search people").fill("bo")
    sign_in_by_form(bo, "bo")
    expect(bo.get_by_role("searchbox", name="Search people")).to_have_value("bo")
    expect(bo.get_by_role("columnheader", name="E-mail")).to_be_visible()


def test_what_is_done_after_the_drawer_was_closed_leaves_the_list_its_title(both: list[Page], control: Control) -> None:
    ada, _ = both
    drawer(ada).get_by_role("button", name="Disable account").click()
    control.stall("/api/users/", method="PATCH")
    ada.get_by_role("dialog", name="Disable the account").get_by_role("button", name="Disable account").click()
    ada.keyboard.press("Escape")
    expect(ada).to_have_title(re.compile("^People"))
    control.release()
    expect(row(ada)).to_contain_text("disabled")
    ada.evaluate("fetch('/healthz').then(() => undefined)")  # what was asked for has been heard of before
    expect(ada).to_have_title(re.compile("^People"))


def test_the_drawer_gives_the_focus_back_to_a_list_that_was_drawn_anew(both: list[Page]) -> None:
    ada, _ = both
    drawer(ada).get_by_role("button", name="Disable account").click()
    ada.get_by_role("dialog", name="Disable the account").get_by_role("button", name="Disable account").click()
    expect(row(ada)).to_contain_text("disabled")
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("link", name="Bo Ek")).to_be_focused()


def test_a_role_left_as_it_is_signs_nobody_out(both: list[Page]) -> None:
    ada, bo = both
    drawer(ada).get_by_role("button", name="Change role").click()
    question = ada.get_by_role("dialog", name="What may Bo Ek do?")
    question.get_by_role("button", name="Change role").click()
    expect(question).to_have_count(0)
    expect(ada.get_by_text("Bo Ek is a member now")).to_have_count(0)
    bo.get_by_role("link", name="Files").click()
    expect(bo.get_by_role("button", name="Choose files")).to_be_visible()  # all that it asks for is answered


def test_who_is_disabled_is_out_until_enabled_again(both: list[Page]) -> None:
    ada, bo = both
    drawer(ada).get_by_role("button", name="Disable account").click()
    ada.get_by_role("dialog", name="Disable the account").get_by_role("button", name="Disable account").click()
    expect(ada.get_by_text("Bo Ek can’t sign in any more")).to_be_visible()
    expect(drawer(ada).locator(".person-badges")).to_contain_text("disabled")
    expect(row(ada)).to_contain_text("disabled")
    bo.get_by_role("link", name="Files").click()
    sign_in_by_form(bo, "bo")
    expect(bo.get_by_role("alert").filter(has_text="This account has been disabled")).to_be_visible()
    drawer(ada).get_by_role("button", name="Enable account").click()
    expect(ada.get_by_text("Bo Ek can sign in again")).to_be_visible()
    expect(drawer(ada).get_by_role("button", name="Disable account")).to_be_focused()
    sign_in_by_form(bo, "bo")
    expect(bo.get_by_role("heading", name="Files")).to_be_visible()


def test_who_is_deleted_is_gone_once_their_name_was_typed(both: list[Page]) -> None:
    ada, bo = both
    drawer(ada).get_by_role("button", name="Delete account").click()
    question = ada.get_by_role("dialog", name="Delete the account of Bo Ek?")
    expect(question).to_have_accessible_description(re.compile("can’t be brought back"))
    name = question.get_by_label("Type “bo” to go on")
    name.fill("bob")
    question.get_by_role("button", name="Delete account").click()
    expect(question.get_by_text("This is not “bo”.")).to_be_visible()
    expect(name).to_be_focused()
    name.fill("bo")
    question.get_by_role("button", name="Delete account").click()
    expect(ada.get_by_text("The account of Bo Ek is deleted")).to_be_visible()
    expect(ada.get_by_role("dialog")).to_have_count(0)
    expect(ada.get_by_role("table", name="People").get_by_role("row")).to_have_count(2)
    expect(ada.get_by_role("main").get_by_text("1 person", exact=True)).to_be_visible()
    bo.get_by_role("link", name="Files").click()
    sign_in_by_form(bo, "bo")
    expect(bo.get_by_role("alert").filter(has_text="Wrong username, e-mail or password.")).to_be_visible()


def test_who_is_being_deleted_is_kept_by_no_button(both: list[Page], control: Control) -> None:
    ada, _ = both
    control.stall("/api/users/", ada, method="DELETE")
    drawer(ada).get_by_role("button", name="Delete account").click()
    question = ada.get_by_role("dialog", name="Delete the account of Bo Ek?")
    question.get_by_label("Type “bo” to go on").fill("bo")
    question.get_by_role("button", name="Delete account").click()
    control.wait_until_met()
    question.get_by_role("button", name="Keep the account").click()
    expect(ada.get_by_text("This is being done already.")).to_be_visible()
    expect(question).to_be_visible()
    control.release()
    expect(ada.get_by_text("The account of Bo Ek is deleted")).to_be_visible()


def test_who_goes_back_is_asked_nothing_more_about_the_person(both: list[Page]) -> None:
    ada, _ = both
    drawer(ada).get_by_role("button", name="Change role").click()
    expect(ada.get_by_role("dialog", name="What may Bo Ek do?")).to_be_visible()
    ada.go_back()
    expect(ada).to_have_url(re.compile("/people$"))
    expect(ada.get_by_role("dialog")).to_have_count(0)


def test_after_a_while_one_shows_again_that_it_is_oneself(both: list[Page], control: Control) -> None:
    ada, _ = both
    control.clock_forward(minutes=11)
    drawer(ada).get_by_role("button", name="Disable account").click()
    ada.get_by_role("dialog", name="Disable the account").get_by_role("button", name="Disable account").click()
    question = ada.get_by_role("dialog", name="Confirm it is you")
    question.get_by_label("Your password").fill(PASSWORD)
    question.get_by_role("button", name="Confirm").click()
    expect(ada.get_by_text("Bo Ek can’t sign in any more")).to_be_visible()


def test_what_another_administrator_did_meanwhile_is_said(both: list[Page]) -> None:
    ada, _ = both
    drawer(ada).get_by_role("button", name="Delete account").click()
    other = ada.context.new_page()
    other.goto(ada.url)
    other.get_by_role("button", name="Delete account").click()
    for page in (other, ada):
        question = page.get_by_role("dialog", name="Delete the account of Bo Ek?")
        question.get_by_label("Type “bo” to go on").fill("bo")
        question.get_by_role("button", name="Delete account").click()
        if page is other:
            expect(other.get_by_text("The account of Bo Ek is deleted")).to_be_visible()
    expect(ada.get_by_role("dialog", name="Delete the account of Bo Ek?")).to_contain_text("User not found")


def wait_for_what_administrators_see(page: Page) -> None:
    """By now it would be there, were it shown to everybody."""
    page.evaluate(
        """() => {
            const main = document.querySelector("script[src]").src;
            const parts = ["security", "standing"].map((name) => main.replace("main.js", `people/${name}.js`));
            return Promise.all(parts.map((part) => import(part))).then(() => undefined);
        }"""
    )


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_only_administrators_decide_and_not_about_themselves(page: Page, sign_in: SignIn, bo: User, role: str) -> None:
    ada = make_user("ada", name="Ada L.", role=role)
    sign_in(ada)
    person = bo if role == "manager" else ada
    page.goto(f"/people/{person.id}")
    shown = page.get_by_role("dialog", name=person.name)
    expect(shown.get_by_text(person.email)).to_be_visible()
    if role == "admin":
        expect(shown.get_by_role("heading", name="Security")).to_be_visible()
    wait_for_what_administrators_see(page)
    expect(shown.get_by_role("button", name="Change role")).to_have_count(0)


def test_the_account_of_those_who_left_is_nobodys(page: Page, sign_in: SignIn) -> None:
    with database() as session:
        former = User(username=FORMER, email="", name="Former member", status="disabled", confirmed_at=now())
        session.add(former)
    sign_in(make_user("ada", role="admin"))
    page.goto(f"/people/{former.id}")
    shown = page.get_by_role("dialog", name="Former member")
    expect(shown.get_by_text("former member", exact=True)).to_be_visible()
    wait_for_what_administrators_see(page)
    expect(shown.get_by_role("button")).to_have_count(1)  # that closes it


def test_a_name_of_one_long_word_leaves_every_button_in_reach(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"/people/{make_user('w' * 32, name='o' * 80).id}")
    page.get_by_role("button", name="Delete account").click()
    question = page.get_by_role("dialog", name="Delete the account of")
    expect(question).to_be_visible()
    expect(question.get_by_role("textbox")).to_have_attribute("autocapitalize", "none")  # "Www…" is not the name
    assert question.evaluate("one => one.scrollWidth === one.clientWidth")


def test_a_short_name_stands_beside_its_picture(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/people/{make_user('jo', name='Jo').id}")
    drawer = page.get_by_role("dialog", name="Jo")
    expect(drawer.get_by_text("Member since")).to_be_visible()
    name = drawer.get_by_role("heading", name="Jo").bounding_box()
    picture = drawer.locator(".avatar").bounding_box()
    assert name
    assert picture
    assert name["x"] > picture["x"] + picture["width"]
