"""A token for one's scripts, one's data to take along, and leaving."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from clubroom.accounts.leaving.departing import delete_due
from clubroom.accounts.models import User
from clubroom.core.clock import now
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from backend.tests import factories
from backend.tests.factories import make_authenticator, make_passkey, make_recovery_codes, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Clipboard
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.harness.server import Server
from e2e.steps import sign_in_by_form, sign_out, stop_timers


def ask_as_script(server: Server, token: str) -> int:
    request = urllib.request.Request(f"{server.url}/api/me", headers={"Authorization": f"Bearer {token}"})
    try:
        return int(urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.fixture
def parts(page: Page, sign_in: SignIn) -> Locator:
    """The links to the parts of Ada's account, on a phone, when all of it is there."""
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto("/account")
    expect(page.get_by_text("this device", exact=True)).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)  # what comes later moves what is beneath it
    return page.get_by_role("navigation", name="On this page")


def test_the_part_of_the_account_one_reads_is_marked_from_the_start(parts: Locator) -> None:
    expect(parts.get_by_role("link", name="Profile")).to_have_attribute("aria-current", "true")
    parts.get_by_role("link", name="Devices").click()
    expect(parts.get_by_role("link", name="Devices")).to_have_attribute("aria-current", "true")
    expect(parts.locator("[aria-current]")).to_have_count(1)
    for last in ("Delete my account", "Download my data"):  # both stand in the last window
        parts.get_by_role("link", name=last).click()
        expect(parts.locator("[aria-current]")).to_have_text(last)


def test_a_part_that_is_pressed_while_the_page_moves_is_gone_to(page: Page, parts: Locator) -> None:
    page.evaluate("document.getElementById('devices').scrollIntoView()")
    expect(parts.locator("[aria-current]")).to_have_text("Devices")
    link = parts.get_by_role("link", name="Delete my account")
    link.evaluate("link => link.parentElement.scrollLeft = 10000")  # a hover would scroll the page as well
    box = link.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.evaluate("document.getElementById('password').scrollIntoView()")
    expect(parts.locator("[aria-current]")).to_have_text("Password")
    page.mouse.up()
    expect(page).to_have_url(re.compile("#leaving$"))


def test_of_what_only_one_is_chosen_the_marks_are_round(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name="Delete my account").click()
    choices = page.get_by_role("dialog").get_by_role("radio")
    expect(choices).to_have_count(2)
    for choice in choices.all():
        expect(choice).to_have_css("border-radius", "50%")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_mailed_link_leads_to_its_part_of_the_account_whatever_comes_above_it(
    page: Page, sign_in: SignIn, width: int
) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": width, "height": 500})
    page.clock.install()
    stop_timers(page)  # else what comes late finds the page scrolled for good
    page.goto("/account#authenticator")
    expect(page.get_by_text("this device", exact=True)).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("heading", name="Authenticator app")).to_be_in_viewport()
    page.wait_for_function(
        "Math.abs(document.getElementById('authenticator-heading').getBoundingClientRect().y - 65) < 20"
    )


def test_a_token_is_shown_once_lets_a_script_in_and_no_more_once_removed(
    page: Page, sign_in: SignIn, server: Server
) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name="New token").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Backup script")
    scopes = page.get_by_role("dialog").get_by_role("radio")
    expect(scopes).to_have_count(2)  # a member has none that administers
    expect(scopes.first).to_be_checked()
    scopes.last.check(force=True)
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_role("dialog", name="Your new token").locator("code").inner_text()
    page.get_by_role("button", name="Done").click()
    row = page.locator("#tokens").get_by_role("listitem").filter(has_text="Backup script")
    expect(row).to_contain_text("not used yet")
    expect(page.locator("#tokens :focus")).to_have_count(1)
    assert ask_as_script(server, token) == 200

    page.reload()
    expect(row).to_contain_text("write")
    expect(row).to_contain_text("last used now")
    expect(page.get_by_text(token)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^(Remove|End).*Backup script")).click()
    page.get_by_role("button", name="Remove token", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Backup script"))).to_have_count(0)
    assert ask_as_script(server, token) == 401


def turn_away_from_a_new_token(page: Page, control: Control) -> None:
    """While it is being made."""
    page.goto("/account")
    page.get_by_role("button", name="New token").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Backup script")
    control.stall("/api/tokens", method="POST")
    page.get_by_role("button", name="Make the token").click()
    control.wait_until_met()
    page.keyboard.press("Escape")


def test_a_token_whose_maker_did_not_wait_for_it_is_shown_all_the_same(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    turn_away_from_a_new_token(page, control)
    expect(page.get_by_role("dialog")).to_have_count(0)
    control.release()
    made = page.get_by_role("dialog", name="Your new token")
    expect(made).to_have_accessible_description(re.compile("it is not shown again"))
    made.get_by_role("button", name="Done").press("Enter")
    expect(page.get_by_role("button", name="New token")).to_be_focused()
    expect(page.locator("#tokens").get_by_role("listitem")).to_contain_text("Backup script")


def test_a_token_that_is_made_when_its_maker_has_left_is_shown_to_nobody(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    turn_away_from_a_new_token(page, control)
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    with page.expect_response("**/api/tokens"):
        control.release()
    page.evaluate("fetch('/healthz').then(() => undefined)")  # by now it would be shown
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_token_that_is_over_says_so(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.request.post("/api/tokens", data={"name": "Backup script", "scope": "read"})
    page.clock.install(time=datetime.now(UTC) + timedelta(days=91))
    page.goto("/account")
    expect(page.locator("#tokens").get_by_role("listitem")).to_contain_text("ended")


def test_who_is_asked_first_and_turns_away_has_changed_nothing(people_at_once: PeopleAtOnce) -> None:
    ada = make_user("ada")
    make_passkey(ada, "Laptop")
    make_authenticator(ada, now())
    make_recovery_codes(ada)
    page, _ = people_at_once(ada, ada)
    page.request.post("/api/tokens", data={"name": "Backup script", "scope": "read"})
    page.goto("/account")
    changes: list[str] = []
    page.on("request", lambda one: changes.append(f"{one.method} {one.url}") if one.method != "GET" else None)
    for button in (
        "Remove passkey: Laptop",
        "Remove the authenticator app",
        "Make new ones (recovery codes)",
        "Sign out all other devices",
        "Remove token: Backup script",
    ):
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("fetch('/healthz').then(() => undefined)")  # what was asked for has been heard of before
    assert not changes


@pytest.mark.chromium_only("reading the clipboard without being asked")
def test_the_secrets_shown_once_can_be_copied_and_no_slip_beside_loses_them(
    page: Page, sign_in: SignIn, clipboard: Clipboard
) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="New token").click()
    dialog.get_by_label("Name").fill("Backup script")
    page.get_by_role("button", name="Make the token").click()
    token = dialog.locator("code").inner_text()
    expect(dialog.get_by_role("button", name="Copy")).to_be_focused()
    page.mouse.click(4, 4)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert clipboard.text == token
    page.get_by_role("button", name="Done").click()

    page.get_by_role("button", name="Set up the authenticator app").click()
    key = dialog.locator("code").inner_text().replace(" ", "")
    page.mouse.click(4, 4)
    page.clock.install()
    stop_timers(page)  # else it says so for three seconds
    dialog.get_by_role("button", name="Copy key").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard.text == key


def test_what_cannot_be_copied_for_one_is_said(page: Page, sign_in: SignIn) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")  # as it is where there is no HTTPS
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name="Set up the authenticator app").click()
    page.clock.install()
    stop_timers(page)  # else it says so for three seconds
    page.get_by_role("button", name="Copy key").click()
    expect(page.get_by_role("button", name="Select and copy it by hand")).to_be_visible()


def test_ones_data_comes_as_a_zip(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada", email="ada@example.org"))
    page.clock.install()
    page.goto("/account")
    page.get_by_role("button", name="Put my data together").click()
    expect(page.get_by_role("status").filter(has_text="Your data is being put together.")).to_have_count(1)
    control.run_jobs()
    page.clock.fast_forward(2_000)  # it is looked after by itself
    expect(page.get_by_role("status").filter(has_text="Your data is ready")).to_be_attached()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(r"^Download \(")).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(b"ada@example.org" in archive.read(name) for name in archive.namelist())


def test_data_that_could_not_be_put_together_is_told(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada"))
    page.clock.install()
    page.goto("/account")
    page.get_by_role("button", name="Put my data together").click()
    expect(page.get_by_text("Your data is being put together.").first).to_be_visible()
    control.clock_forward(hours=2)
    page.clock.fast_forward(2_000)
    expect(page.locator("#data").get_by_text("This did not work. Try again in a while.")).to_be_visible()


def test_nothing_goes_on_asking_after_ones_data_once_the_page_is_left(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    control.stall("/api/me/export", method="POST")
    page.get_by_role("button", name="Put my data together").click()
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/api/me/export") as answer:
        control.release()
    answer.value.finished()
    page.evaluate("fetch('/healthz').then(() => undefined)")
    assert not [url for url in asked if url.endswith("/export")]


def test_who_leaves_is_asked_when_they_come_back_and_may_stay(page: Page) -> None:
    leave_and_come_back(page)
    expect(page.get_by_text(re.compile("This account will be deleted on ")).first).to_be_visible()
    expect_accessible(page)
    page.get_by_role("link", name="Files").click()
    expect(page).to_have_url(re.compile(r"/stay\?next=%2Ffiles$"))
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_who_leaves_may_let_it_be_so(page: Page) -> None:
    leave_and_come_back(page)
    page.get_by_role("button", name="Let it be deleted").click()
    expect(page.get_by_role("heading", name=re.compile("^Goodbye"))).to_be_visible()
    expect(page.get_by_text(re.compile("will be deleted on .* 20"))).to_be_visible()
    expect(page.get_by_role("button", name="(account menu)")).to_have_count(0)
    page.goto("/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_until_it_is_decided_ones_data_can_be_taken_along(page: Page) -> None:
    leave_and_come_back(page)
    page.goto("/account")
    page.get_by_role("button", name="Put my data together").click()
    expect(page.get_by_text("Your data is being put together.").first).to_be_visible()
    page.get_by_role("link", name="Keep it after all").click()
    expect(page.get_by_role("heading", name="Keep your account?")).to_be_visible()


def test_when_the_seven_days_are_over_the_account_is_gone_and_what_it_shared_as_was_chosen(
    page: Page, sign_in: SignIn
) -> None:
    sign_in(make_user("ada"))
    leave(page, "Delete them, too")
    expect(page.get_by_role("button", name="(account menu)")).to_have_count(0)
    with factories.database() as session:
        assert session.scalar(select(User.leaving_files)) == "delete"
        session.execute(update(User).values(delete_at=now()))
    with factories.bound[0].app_context():
        delete_due()  # what the server does every hour
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("alert")).to_contain_text("Wrong username, e-mail or password.")


def test_leaving_needs_ones_name_typed(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    expect(dialog.get_by_role("radio", name="Leave them to the club")).to_be_checked()
    dialog.get_by_label(re.compile("^Type")).fill("somebody else")
    dialog.get_by_role("button", name="Delete my account").click()
    expect(dialog.get_by_label(re.compile("^Type"))).to_have_attribute("aria-invalid", "true")


def leave_and_come_back(page: Page) -> None:
    make_user("ada")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    page.get_by_role("heading", name="People").wait_for()
    leave(page)
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    page.get_by_role("heading", name="Keep your account?").wait_for()


def leave(page: Page, files: str = "Leave them to the club") -> None:
    page.goto("/account")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    dialog.get_by_role("radio", name=files).check()
    dialog.get_by_label(re.compile("^Type")).fill("ada")
    dialog.get_by_role("button", name="Delete my account").click()
    page.get_by_role("heading", name=re.compile("^Goodbye")).wait_for()


def test_back_goes_through_the_sections_one_came_by(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    expect(page.get_by_role("button", name="New token")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)  # what comes later moves what is beneath it
    parts = page.get_by_role("navigation", name="On this page")
    for part in ("Devices", "Delete my account"):
        parts.get_by_role("link", name=part).click()
        expect(page.get_by_role("heading", name=part)).to_be_in_viewport()
    for part in ("Devices", "Profile"):
        page.go_back()
        expect(page.get_by_role("heading", name=part)).to_be_in_viewport()
