"""A stranger asks for access on a page without JavaScript; a manager lets them in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from backend.tests.factories import make_access_request, make_user
from e2e.harness.people import SignIn
from e2e.steps import link_mailed_to, sign_in_by_form

NewContext = Callable[..., BrowserContext]


def test_a_stranger_asks_without_javascript_and_is_thanked(new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/form")
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill(f"{'g' * 70}@example.org")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_text("This is not an e-mail address.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Grace Hopper")
    page.get_by_label("E-mail").fill("gräce@example.org")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()


def test_who_is_approved_chooses_a_password_and_signs_in(page: Page, sign_in: SignIn, new_context: NewContext) -> None:
    sign_in(make_user("max", role="manager"))
    make_access_request("Grace Hopper", "grace@example.org")
    page.goto("/admin/requests")
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(
        page.get_by_text("Grace Hopper is a member now. An administrator finds the mail in the outbox.")
    ).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")  # whoever uses the keyboard goes on from there

    stranger = new_context().new_page()
    stranger.goto(link_mailed_to("grace@example.org"))
    stranger.get_by_label("Password", exact=True).fill("seven quiet herons at dawn")
    stranger.get_by_role("button", name="Set password").click()
    expect(stranger.get_by_role("heading", name="You are a member")).to_be_focused()
    stranger.get_by_role("link", name="Sign in").click()
    sign_in_by_form(stranger, "grace.hopper")
    expect(stranger.get_by_role("heading", name="People")).to_be_visible()


def test_who_is_declined_is_asked_about_first_and_stands_among_the_declined(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("max", role="manager"))
    make_access_request("Grace Hopper", "grace@example.org")
    make_access_request("Mary Shaw", "mary@example.org")
    page.goto("/admin/requests")
    decline = page.get_by_role("button", name="Decline Grace Hopper")
    decline.click()
    question = page.get_by_role("dialog", name="Decline Grace Hopper?")
    expect(question).to_have_accessible_description("No account is made for grace@example.org. They can ask again.")
    question.get_by_role("button", name="Cancel").click()
    decline.click()
    question.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Grace Hopper was declined")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="grace@example.org")).to_contain_text("declined")
    page.get_by_role("radio", name="Declined").check(force=True)
    expect(page.get_by_role("listitem").filter(has_text="grace@example.org")).to_contain_text("by max")
    expect(page.get_by_role("status").filter(has_text="1 request")).to_be_attached()
    page.go_back()
    expect(page.get_by_text("mary@example.org")).to_be_visible()
    expect(page.get_by_text("grace@example.org")).to_have_count(0)
    expect(page.get_by_role("radio", name="Waiting")).to_be_checked()


def test_who_may_decide_sees_that_somebody_asks_wherever_they_are(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("mia", role="manager"))
    page.goto("/people")
    expect(page.get_by_role("link", name="Admin", exact=True)).to_be_visible()
    make_access_request("Grace Hopper")
    page.get_by_role("link", name="Files").click()
    page.get_by_role("link", name="Admin (somebody asks for access)").click()
    page.get_by_role("button", name="Approve Grace Hopper").click()
    expect(page.get_by_role("link", name="Admin", exact=True)).to_be_visible()


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_a_double_click_decides_once(page: Page, sign_in: SignIn, viewport: ViewportSize) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    sign_in(make_user("max", role="manager"))
    page.set_viewport_size(viewport)
    make_access_request("Grace Hopper", "grace@example.org")
    make_access_request("Mary Shaw", "mary@example.org")
    page.goto("/admin/requests")
    lines = page.get_by_role("listitem").filter(has=page.get_by_text("example.org"))
    button = lines.first.get_by_role("button", name="Approve")
    place = button.bounding_box()
    assert place
    button.click()
    expect(lines.first).to_contain_text("approved")
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)  # the answer was faster
    lines.last.get_by_role("button", name="Approve").dblclick()
    expect(lines.last).to_contain_text("approved")
    assert [one.rsplit("/", 1)[-1] for one in asked] == ["approve", "approve"]
    page.reload()
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()


def test_who_decides_by_keyboard_goes_on_from_there(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("max", role="manager"))
    for name in ("Grace Hopper", "Mary Shaw", "Ann Lee"):
        make_access_request(name, f"{name.split()[0].lower()}@example.org")
    page.goto("/admin/requests")
    lines = page.get_by_role("listitem").filter(has=page.get_by_text("example.org"))
    lines.nth(1).get_by_role("button", name="Approve").press("Enter")
    expect(lines.nth(1)).to_contain_text("approved")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(lines.nth(2).get_by_role("button", name="Decline")).to_be_focused()


def test_who_stands_on_a_request_stays_there_while_more_come_beneath_it(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("max", role="manager"))
    for at in range(60):
        make_access_request(f"Stranger {at}")
    page.goto("/admin/requests")
    buttons = page.get_by_role("button", name=re.compile("^Approve"))
    expect(buttons).to_have_count(50)
    buttons.nth(49).focus()
    expect(buttons).to_have_count(60)
    expect(buttons.nth(49)).to_be_focused()


def test_a_member_does_not_see_the_administration(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("mia"))
    page.goto("/admin/requests")
    expect(page.get_by_role("heading", name="This room is not yours to open")).to_be_visible()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)


@pytest.mark.parametrize(
    ("role", "address", "heading"),
    [
        ("admin", "/admin", "Access requests"),
        ("admin", "/admin/", "Access requests"),
        ("member", "/admin", "This room is not yours to open"),
    ],
)
def test_the_administration_typed_by_hand_is_its_first_page(
    page: Page, sign_in: SignIn, role: str, address: str, heading: str
) -> None:
    sign_in(make_user("ada", role=role))
    page.goto("/account")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page).to_have_url(re.compile("/admin/requests$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
