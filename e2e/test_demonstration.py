"""`clubroom demo`, as somebody starts it to look around."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.command import serving
from e2e.harness.accessibility import expect_accessible
from e2e.harness.keyboard import expect_usable_by_keyboard
from e2e.harness.widths import expect_to_fit


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("demo", tmp_path_factory.mktemp("demo"), name="Heron Rowing Club") as url:
        yield url


def come_in(page: Page, demo: str, sample: str) -> None:
    page.goto(f"{demo}/sign-in")
    page.get_by_role("button", name=sample).click()
    page.get_by_role("table", name="People").wait_for()


REQUESTS = "Access requests (somebody asks for access)"


@pytest.mark.parametrize(
    ("sample", "name", "rooms"),
    [
        ("ada admin", "Ada Lindgren", [REQUESTS, "Outbox", "Audit log", "Policies"]),
        ("milo manager", "Milo Okafor", [REQUESTS, "Outbox"]),
        ("rosa member", "Rosa Novak", []),
    ],
)
def test_a_button_lets_in_as_somebody_of_each_level(
    page: Page, demo: str, sample: str, name: str, rooms: list[str]
) -> None:
    come_in(page, demo, sample)
    expect(page.get_by_role("button", name=f"{name} (account menu)")).to_be_visible()
    page.goto(f"{demo}/admin/outbox")
    expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
    links = page.get_by_role("navigation", name="Administration").get_by_role("link")
    expect(links).to_have_text(rooms, use_inner_text=True)
    page.goto(f"{demo}/admin")
    expect(page.get_by_role("heading", name="Access requests" if rooms else "Outbox")).to_be_visible()


def test_every_member_finds_the_mail_and_its_link_leads_on(page: Page, demo: str) -> None:
    come_in(page, demo, "rosa member")
    page.get_by_role("complementary", name="Demonstration").get_by_role("link", name="outbox").click()
    page.get_by_text(re.compile("to theo@example.org")).click()
    mail = page.frame_locator("iframe[title='Your account at Heron Rowing Club demo']")
    mail.get_by_role("link", name="Choose a password").click()
    expect(page.get_by_role("heading", name="Welcome to Heron Rowing Club demo")).to_be_visible()


def test_who_waits_for_a_mail_is_told_that_it_is_in_the_outbox(page: Page, demo: str) -> None:
    page.goto(f"{demo}/forgotten")
    page.get_by_label("Your e-mail address").fill("rosa@example.org")
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("main")).to_contain_text("sign in as one of the sample people, and read it in the outbox")
    come_in(page, demo, "rosa member")
    page.goto(f"{demo}/account")
    page.get_by_label("New e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Change address").click()
    page.locator("#email").get_by_role("link", name="outbox").click()
    expect(page.get_by_text("to new@example.org")).to_be_visible()


def test_strangers_are_not_shown_the_mail(page: Page, demo: str) -> None:
    page.goto(f"{demo}/admin/outbox")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name="outbox")).to_have_count(0)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgotten", "/form", "/no/such/page"])
def test_nobody_takes_it_for_the_real_club(page: Page, demo: str, path: str) -> None:
    page.goto(demo + path)
    expect(page.get_by_role("complementary", name="Demonstration")).to_contain_text("Everybody here is made up")
    expect(page).to_have_title(re.compile("Heron Rowing Club demo$"))


@pytest.mark.parametrize("width", [1280, 390])
def test_what_says_so_ends_at_the_edge_also_where_nothing_scrolls(page: Page, demo: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1200})
    page.goto(f"{demo}/no/such/page")
    strip = page.get_by_role("complementary", name="Demonstration")
    expect(strip).to_be_visible()
    box = strip.bounding_box()
    assert box
    assert box["x"] + box["width"] == page.evaluate("document.documentElement.clientWidth")


@pytest.mark.chromium_only("only Chromium tells what moved")
def test_what_says_so_pushes_nothing_away(page: Page, demo: str) -> None:
    page.add_init_script(
        """window.moved = [];
        new PerformanceObserver((list) => moved.push(...list.getEntries().map((one) => one.value)))
            .observe({ type: "layout-shift", buffered: true });"""
    )
    come_in(page, demo, "ada admin")
    page.goto(f"{demo}/account")
    expect(page.get_by_role("complementary", name="Demonstration")).to_contain_text("Everybody here is made up")
    expect(page.get_by_text("this device", exact=True)).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert page.evaluate("moved.reduce((all, one) => all + one, 0)") < 0.01


def test_its_pages_work_for_everybody(page: Page, demo: str) -> None:
    page.goto(f"{demo}/sign-in")
    expect(page.get_by_role("complementary", name="Demonstration")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    expect_accessible(page)
    expect_usable_by_keyboard(page)
    expect_to_fit(page)
    come_in(page, demo, "rosa member")
    expect_accessible(page)
    expect_to_fit(page)


def test_the_real_club_offers_nobody_to_be(page: Page) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    expect(page.get_by_text("Look around as")).to_have_count(0)
    expect(page.get_by_role("complementary", name="Demonstration")).to_have_count(0)
