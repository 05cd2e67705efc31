"""The first administrator, and what only administrators see."""

from __future__ import annotations

import re

import pytest
from clubroom.accounts.signup import set_up_token
from clubroom.core.audit import AuditEvent
from clubroom.core.clock import now
from clubroom.core.mail import Mail
from playwright.sync_api import Page, expect
from sqlalchemy import update

from backend.tests import factories
from backend.tests.factories import PASSWORD, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Clipboard, Network
from e2e.harness.keyboard import expect_usable_by_keyboard
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.steps import link_mailed_to, path_of, sign_out, stop_timers

WORDS = re.compile("Choose a password:\\shttp")


def set_up(page: Page, username: str, token: str | None = None) -> str:
    """Become the administrator by the link from the terminal; its token."""
    if token is None:
        with factories.bound[0].app_context():
            token = set_up_token()
    assert token
    page.goto(f"/setup#token={token}")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(f"{username}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("administrator")).click()
    return token


def test_the_link_from_the_terminal_makes_the_first_administrator_once(page: Page) -> None:
    token = set_up(page, "ada")
    expect(page.get_by_role("link", name="Admin")).to_be_visible()

    page.context.clear_cookies()
    page.goto("about:blank")
    set_up(page, "eve", token)
    expect(page.get_by_role("alert")).to_contain_text(
        "has been used or has run out. Each start of Clubroom shows a new one"
    )
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/sign-up"])
def test_who_comes_without_the_link_hears_that_there_is_one(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("open the link in its terminal")
    expect_accessible(page)


def test_once_there_is_an_administrator_no_link_is_spoken_of(page: Page) -> None:
    set_up(page, "ada")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("terminal")).to_have_count(0)


def test_half_of_the_link_from_the_terminal_asks_for_all_of_it(page: Page) -> None:
    page.goto("/setup")
    expect(page.get_by_text("only the beginning of the link")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect_accessible(page)
    set_up(page, "ada")  # pasted over the half of it
    expect(page.get_by_role("table", name="People")).to_be_visible()


def test_the_outbox_shows_a_mail_and_its_link_works(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    page.goto("/admin/outbox")
    page.get_by_text("Your account at Clubroom").first.click()
    mail = page.frame_locator("iframe[title='Your account at Clubroom']")
    expect(mail.get_by_text("Hello")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_have_count(0)
    expect_accessible(page)
    assert any("Your account at Clubroom" in name for name in expect_usable_by_keyboard(page))
    link = mail.get_by_role("link", name="Choose a password")
    expect(link).to_have_attribute("target", "_top")
    page.goto(path_of(link.get_attribute("href") or ""))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="You are a member")).to_be_focused()


@pytest.mark.chromium_only("reading the clipboard without being asked")
def test_the_link_of_a_mail_is_copied_to_be_passed_on(page: Page, sign_in: SignIn, clipboard: Clipboard) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    page.goto("/admin/outbox")
    page.get_by_text("Your account at Clubroom").first.click()
    copy = page.get_by_role("button", name="Copy the link")
    expect(copy).to_be_visible()  # with the frame, which would not hear of a clock while it loads
    page.clock.install()
    stop_timers(page)  # else it says so for three seconds
    copy.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert path_of(clipboard.text) == link_mailed_to("grace@example.org")


def test_who_adds_somebody_without_a_mail_server_is_led_to_the_mail(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    told = page.get_by_role("status").filter(has_text="grace was added. The mail waits in the outbox.")
    told.get_by_role("link", name="outbox").click()
    expect(page.get_by_role("searchbox", name="Search mails")).to_have_value("grace@example.org")
    expect(page.get_by_text("Your account at Clubroom")).to_be_visible()


def test_a_message_with_a_link_stays_as_long_as_one_with_a_way_back(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.clock.install()
    stop_timers(page)
    add_grace(page)
    link = page.get_by_role("status").get_by_role("link", name="outbox")
    expect(link).to_be_visible()
    page.clock.fast_forward("00:08")
    expect(link).to_be_visible()
    page.clock.fast_forward("00:03")
    expect(link).to_have_count(0)


def test_the_palette_jumps_to_a_room_of_the_administration_that_is_open(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    expect(page.get_by_role("link", name="ada")).to_be_visible()  # else the list says its count in between
    page.get_by_role("button", name="Jump to").click()
    page.get_by_role("combobox").fill("audit")
    expect(page.get_by_role("status").filter(has_text="1 match")).to_be_attached()  # else it is drawn anew
    page.get_by_role("option", name="Audit log").click()
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()


def test_the_palette_shows_nothing_of_words_that_were_taken_back(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    page.get_by_role("button", name="Jump to").click()
    finder = page.evaluate("new URL('admin/find.js', document.querySelector('script[src]').src).pathname")
    control.stall(finder)
    with page.expect_request(f"**{finder}"):
        page.get_by_role("combobox").fill("audit")
    page.get_by_role("combobox").fill("")
    control.release()
    page.evaluate(f"import('{finder}').then(() => undefined)")  # by now it has found
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text("Files")
    expect(page.get_by_role("option", name="Audit log")).to_have_count(0)


def test_a_mail_opened_without_a_line_is_read_as_plain_text(page: Page, sign_in: SignIn, network: Network) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    page.goto("/admin/outbox")
    mail = page.get_by_text("Your account at Clubroom")
    expect(mail).to_be_visible()
    with network.gone(page):
        mail.click()
        expect(page.get_by_text(WORDS)).to_be_visible()


def test_reading_the_outbox_asks_who_it_is_as_its_links_let_in_as_anybody(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    control.clock_forward(minutes=11)
    page.goto("/admin/outbox")
    dialog = page.get_by_role("dialog", name="Confirm it is you")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not confirmed.")
    page.get_by_role("button", name="Try again").click()
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("to grace@example.org")).to_be_visible()


def test_the_outbox_says_of_a_mail_that_was_not_sent_why(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    page.goto("/admin/outbox")
    mail = page.get_by_role("listitem").filter(has_text="grace@example.org")
    expect(mail).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("No mail server is set, so mail stays here for 90 days.")
    with factories.database() as session:
        session.execute(update(Mail).values(state="failed", reason="The mail server refused it: 550 Nobody lives here"))
    page.reload()
    expect(mail).to_contain_text("failed")
    expect(mail).to_contain_text("The mail server refused it: 550 Nobody lives here")
    expect_accessible(page)


def test_a_mail_is_found_by_any_part_of_its_address_and_going_back_shows_all(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    for name in ("grace", "henri"):
        page.request.post("/api/users", data={"username": name, "email": f"{name}@example.org"})
    page.goto("/admin/outbox")
    expect(page.get_by_text("to henri@example.org")).to_be_visible()
    search = page.get_by_role("searchbox", name="Search mails")
    search.fill("GRA")
    expect(page.get_by_text("to henri@example.org")).to_have_count(0)
    expect(page.get_by_text("to grace@example.org")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1 mail")).to_be_attached()
    search.fill("nobody")
    expect(page.get_by_text("No mail found for “nobody”")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("to henri@example.org")).to_be_visible()
    expect(search).to_have_value("")
    search.fill("nobody")
    page.get_by_role("button", name="Show all mails").click()
    expect(page.get_by_text("to henri@example.org")).to_be_visible()
    expect(search).to_have_value("")


def test_a_mail_stays_open_and_keeps_the_focus_while_more_come_beneath_it(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    with factories.database() as session:
        for at in range(60):
            session.add(
                Mail(recipient=f"{at}@example.org", subject="Minutes", text="Enclosed.", html="Enclosed.", state="kept")
            )
    page.goto("/admin/outbox")
    mails = page.locator("details.mail")
    expect(mails).to_have_count(50)
    mails.nth(20).locator("summary").press("Enter")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(mails).to_have_count(60)
    expect(mails.nth(20)).to_have_attribute("open", "")
    expect(mails.nth(20).locator("summary")).to_be_focused()


def test_the_audit_log_shows_one_kind_of_event_and_going_back_all(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.request.post("/api/users", data={"username": "grace", "email": "grace@example.org"})
    page.request.post("/api/login", data={"username": "grace", "password": "not hers"})
    page.goto("/admin/audit")
    created, failed = (
        page.get_by_role("listitem").filter(has_text=kind) for kind in ("Account created", "Sign-in failed")
    )
    expect(failed).to_be_visible()
    kind = page.get_by_role("combobox", name="Event")
    kind.select_option("Account created")
    expect(failed).to_have_count(0)
    expect(created).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1 event")).to_be_attached()
    page.reload()
    expect(kind.locator("option:checked")).to_have_text("Account created")
    page.go_back()
    expect(failed).to_be_visible()
    expect(kind.locator("option:checked")).to_have_text("All events")


def test_the_audit_log_says_who_did_what(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    add_grace(page)
    page.goto("/admin/audit")
    expect(page.get_by_role("listitem").filter(has_text="Account created")).to_contain_text("grace")
    expect(page.get_by_role("listitem").filter(has_text="Account created")).to_contain_text("ada")


def test_the_audit_log_tells_the_server_from_a_visitor(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    with factories.database() as session:
        session.add(AuditEvent(at=now(), event="account_created", address=None, detail={}))
        session.add(AuditEvent(at=now(), event="sign_in_failed", address="192.0.2.1", detail={}))
    page.goto("/admin/audit")
    expect(page.get_by_role("listitem").filter(has_text="Account created")).to_contain_text("the server")
    expect(page.get_by_role("listitem").filter(has_text="Sign-in failed")).to_contain_text("a visitor")


def add_grace(page: Page) -> None:
    page.goto("/people")
    page.get_by_role("button", name="Add a person").click()
    page.get_by_role("dialog").get_by_label("Username").fill("grace")
    page.get_by_role("dialog").get_by_label("E-mail").fill("grace@example.org")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^(Add|Invite)")).click()
    page.get_by_role("dialog").wait_for(state="detached")
