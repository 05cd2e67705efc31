"""Who must have a second factor: an administrator says so, and people of that role are led to set one up."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from backend.tests.factories import make_user
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import add_passkey, keep_codes, set_up_app, sign_in_by_form, stop_the_clock

CLOSED = "A second factor, please"


@pytest.fixture
def admin(people_at_once: PeopleAtOnce) -> Page:
    """Ada, who runs the club, where she says who needs a second factor."""
    (page,) = people_at_once(make_user("ada", role="admin"))
    page.goto("/admin/policies")
    return page


def tick(admin: Page, role: str, wanted: bool = True) -> None:
    admin.get_by_role("checkbox", name=role).set_checked(wanted)
    admin.get_by_text(f"{role}: a second factor is {'' if wanted else 'not '}needed from now on").wait_for()


def come_in(page: Page, username: str = "bo") -> None:
    page.goto("/sign-in")
    sign_in_by_form(page, username)


def test_two_presses_in_a_row_arrive_in_their_order(admin: Page, control: Control) -> None:
    asked: list[object] = []
    admin.on("request", lambda one: asked.append(one.post_data_json) if one.method == "PUT" else None)
    box = admin.get_by_role("checkbox", name="Members")
    control.stall("/api/policies", admin, method="PUT")
    with admin.expect_request("**/api/policies"):
        box.check()
    box.uncheck()
    admin.evaluate("() => fetch('/healthz')")  # what the page had sent before it would be known by now
    assert asked == [{"role": "member", "second_factor": True}]
    control.release()
    expect(admin.get_by_text("Members: a second factor is not needed from now on")).to_be_visible()
    admin.reload()
    expect(box).not_to_be_checked()


def test_who_needs_one_sets_up_an_app_and_gets_where_they_were_going(admin: Page, page: Page, control: Control) -> None:
    make_user("bo")
    tick(admin, "Members")
    page.goto("/files")
    sign_in_by_form(page, "bo")
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    expect(page.get_by_role("button", name="Set up the authenticator app")).to_be_visible()
    expect(page.get_by_text("Authenticator app", exact=True)).to_have_count(1)
    expect(page.get_by_role("link", name="Go on")).to_be_hidden()
    set_up_app(page, stop_the_clock(control))
    expect(page.get_by_role("heading", name="You have a second factor")).to_be_visible()
    expect(page.get_by_role("link", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


@pytest.mark.chromium_only("only Chromium has a virtual authenticator")
@pytest.mark.usefixtures("passkeys")
def test_who_needs_one_adds_a_passkey_and_gets_in(admin: Page, page: Page) -> None:
    make_user("bo")
    tick(admin, "Members")
    come_in(page)
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    add_passkey(page, "Laptop")
    keep_codes(page)
    expect(page.get_by_text("10 codes are left")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_no_typed_address_leads_around_it(admin: Page, page: Page, sign_in: SignIn) -> None:
    bo = make_user("bo")
    tick(admin, "Members")
    sign_in(bo)
    for path in ("/", "/people", f"/people/{bo.id}", "/files", "/people?q=ada"):
        page.goto(path)
        expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    page.goto("/admin/policies")
    expect(page.get_by_role("heading", name="This room is not yours to open")).to_be_visible()
    for path in ("/api/users", "/api/uploads", f"/api/users/{bo.id}"):
        assert page.request.get(path).json()["code"] == "second_factor_required"


def test_who_is_in_already_is_led_there_at_the_next_step(admin: Page, page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("bo"))
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    tick(admin, "Members")
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()


def test_what_is_asked_of_one_is_told_once_the_server_answers(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("bo"))
    for words in ("That was us.", "So was this."):
        control.answer(500, "/api/factors", body=f'{{"error": "{words}", "code": "internal_error"}}')
    page.goto("/second-factor")
    expect(page.get_by_text("That was us.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("So was this.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No second factor is needed")).to_be_visible()
    expect(page.get_by_role("link", name="Go on")).to_be_visible()


def test_after_two_presses_that_both_failed_the_box_shows_what_holds(admin: Page) -> None:
    asked: list[Route] = []
    admin.route("**/api/policies", lambda one: asked.append(one) if one.request.method == "PUT" else one.fallback())
    box = admin.get_by_role("checkbox", name="Members")
    box.click()
    box.click()
    for words in ("That was us.", "So was this."):
        while not asked:
            admin.title()  # lets the next one come
        asked.pop().fulfill(status=409, json={"error": words, "code": "conflict"})
        expect(admin.get_by_text(words)).to_be_visible()
    expect(box).not_to_be_checked()


def test_other_roles_are_left_alone(admin: Page, page: Page) -> None:
    make_user("mo", role="manager")
    tick(admin, "Members")
    come_in(page, "mo")
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_taken_back_it_is_asked_of_nobody(admin: Page, page: Page) -> None:
    make_user("bo")
    tick(admin, "Members")
    come_in(page)
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    tick(admin, "Members", False)
    admin.reload()
    expect(admin.get_by_role("checkbox", name="Members")).not_to_be_checked()
    page.reload()
    expect(page.get_by_role("heading", name="No second factor is needed")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_who_asks_it_of_their_own_role_has_one_first(admin: Page, control: Control) -> None:
    box = admin.get_by_role("checkbox", name="Admins")
    box.click()
    expect(admin.get_by_text("Set up a second factor of your own first.")).to_be_visible()
    expect(box).not_to_be_checked()
    expect(box).to_be_focused()
    admin.goto("/account")
    set_up_app(admin, stop_the_clock(control))
    admin.goto("/admin/policies")
    tick(admin, "Admins")
    admin.goto("/people")
    expect(admin.get_by_role("table", name="People")).to_be_visible()
