"""What holds for every page: nothing axe finds in light or dark, all of it by keyboard, no width at which it breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyotp
import pytest
from clubroom.accounts.factors.models import Authenticator
from clubroom.accounts.models import User
from clubroom.core.audit import AuditEvent
from clubroom.core.clock import now
from clubroom.core.frontend import first_modules
from playwright.sync_api import BrowserContext, Locator, Page, Request, Response, Route, expect
from sqlalchemy import update

from backend.tests.factories import PASSWORD, database, make_access_request, make_people, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Network
from e2e.harness.keyboard import expect_usable_by_keyboard
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.watch import Watch
from e2e.harness.widths import expect_to_fit
from e2e.steps import sign_in_by_form

NewContext = Callable[..., BrowserContext]

VISITORS = {
    "/sign-in": "Sign in",
    "/sign-up": "Create an account",
    "/confirm": "Confirm your address",
    "/confirm#token=x": "Confirm your address",
    "/welcome": "Welcome",
    "/welcome#token=x": "Welcome",
    "/setup#token=x": "Create the administrator",
    "/forgotten": "Forgotten password",
    "/reset": "Choose a new password",
    "/reset#token=x": "Choose a new password",
    "/confirm-email": "Confirm",
    "/confirm-email#token=x": "Confirm",
    "/undo-email": "address",
    "/undo-email#token=x": "address",
    "/form": "Request access",
}
MEMBERS = {
    "/people": "People",
    f"/people?q=nobody+is+called+{'x' * 60}": "People",
    "/files": "Files",
    "/account": "Account",
    "/second-factor": "No second factor is needed",
    "/admin/requests": "Access requests",
    "/admin/outbox": "Outbox",
    "/admin/audit": "Audit log",
    "/admin/policies": "Policies",
    "/no/such/page": "not found|no such|does not exist|nothing here",
}


# A browser without windows hides its scrollbars. This keeps the room for one, as a window with them does.
SCROLLBAR = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("html:not(:has(dialog:modal)) { scrollbar-gutter: stable }");
    document.adoptedStyleSheets = [sheet];
}"""


def wait_for_all(page: Page) -> None:
    """What is still to come would not be looked at."""
    expect(page.locator(".skeleton, #rail:not([hidden]):empty")).to_have_count(0)


def check(page: Page) -> None:
    wait_for_all(page)
    expect_accessible(page)
    expect_usable_by_keyboard(page)
    expect_to_fit(page)


@pytest.mark.parametrize("address", VISITORS)
def test_visitors_pages_work_for_everybody(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name=re.compile(VISITORS[address], re.IGNORECASE))).to_be_visible()
    if address == "/sign-in":
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    check(page)


@pytest.mark.parametrize("address", MEMBERS)
def test_members_pages_work_for_everybody(page: Page, sign_in: SignIn, address: str) -> None:
    sign_in(make_user("ada", name="Ada Lovelace", role="admin"))
    make_people(5)
    make_access_request()
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name=re.compile(MEMBERS[address], re.IGNORECASE))).to_be_visible()
    check(page)


def test_an_open_person_and_an_open_palette_work_for_everybody(page: Page, sign_in: SignIn) -> None:
    ada = make_user("ada", name="Ada Lovelace", role="admin")
    sign_in(ada)
    page.goto(f"/people/{ada.id}")
    expect(page.get_by_role("button", name="Send a reset link")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    expect_accessible(page)


@pytest.mark.parametrize(
    ("button", "dialog"),
    [("Change role", "What may Bo Ek do?"), ("Delete account", "Delete the account of Bo Ek?")],
)
def test_what_is_decided_about_a_person_works_for_everybody(
    page: Page, sign_in: SignIn, button: str, dialog: str
) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto(f"/people/{make_user('bo', name='Bo Ek').id}")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
    check(page)


@pytest.mark.parametrize(
    ("button", "dialog"),
    [
        ("Set up the authenticator app", "Set up an authenticator app"),
        ("Add a passkey", "Add a passkey"),
        ("New token", "New API token"),
        ("Delete my account", "Delete your account?"),
    ],
)
def test_what_opens_on_ones_account_works_for_everybody(page: Page, sign_in: SignIn, button: str, dialog: str) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
    check(page)


def test_confirming_who_one_is_and_the_codes_after_it_work_for_everybody(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    later = datetime.now(UTC) + timedelta(minutes=11)
    control.clock_freeze(later)
    page.get_by_role("button", name="Set up the authenticator app").click()
    question = page.get_by_role("dialog", name="Confirm it is you")
    expect(question).to_be_visible()
    check(page)
    question.get_by_label("Your password").fill(PASSWORD)
    question.get_by_role("button", name="Confirm").click()
    app = pyotp.TOTP(page.get_by_role("dialog").locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code from the app").fill(app.at(later))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("dialog", name="Your recovery codes")).to_be_visible()
    check(page)


def test_the_second_step_works_for_everybody(page: Page) -> None:
    ada = make_user("ada")
    with database() as session:
        session.add(Authenticator(user_id=ada.id, sealed="no key that opens anything"))
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    check(page)


def test_a_dialog_has_the_whole_window_and_what_is_behind_it_stays_in_place(page: Page, sign_in: SignIn) -> None:
    ada = make_user("ada", name="Ada Lovelace")
    sign_in(ada)
    page.goto("/people")
    search = page.get_by_role("searchbox")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    page.evaluate(SCROLLBAR)
    assert page.evaluate("document.documentElement.offsetWidth < innerWidth")
    before = search.bounding_box()
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.offsetWidth === innerWidth")
    assert page.locator("[type=search]").bounding_box() == before


def test_the_question_to_who_is_leaving_works_for_everybody(page: Page, sign_in: SignIn) -> None:
    ada = make_user("ada")
    with database() as session:
        session.execute(update(User).values(delete_at=now() + timedelta(days=5)))
    sign_in(ada)
    page.goto("/people")
    expect(page.get_by_role("button", name="Keep my account")).to_be_visible()
    check(page)


def test_refusals_in_a_form_work_for_everybody(page: Page) -> None:
    page.goto("/sign-up")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Username")).to_be_focused()
    check(page)


def test_a_narrow_page_has_its_places_in_reach_of_a_thumb(new_context: NewContext, sign_in: SignIn) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    sign_in(make_user("ada"), context)
    page = context.new_page()
    page.goto("/people")
    places = page.get_by_role("navigation", name="Places")
    box = places.bounding_box()
    assert box
    assert box["y"] + box["height"] > 780
    places.get_by_role("link", name="Files").tap()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_a_row_that_is_too_long_shows_that_it_goes_on_and_what_is_chosen_in_it(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/admin/requests")
    rooms, fading = page.get_by_role("navigation", name="Administration"), re.compile("gradient")
    expect(rooms).to_have_css("mask-image", fading)
    page.goto("/admin/policies")
    expect(rooms.get_by_role("link", name="Policies")).to_be_in_viewport(ratio=1)
    expect(rooms).to_have_css("mask-image", fading)
    page.goto("/files?type=other")
    expect(page.get_by_text("Other", exact=True)).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/admin/requests")
    expect(rooms.get_by_role("link", name="Policies")).to_be_in_viewport(ratio=1)
    expect(rooms).to_have_css("mask-image", "none")


def test_a_menu_that_is_higher_than_the_window_can_be_gone_through(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": 640, "height": 300})
    page.goto("/people")
    button = page.get_by_role("button", name="(account menu)")
    expect(button).to_be_visible()
    page.evaluate("document.documentElement.style.fontSize = '150%'")
    button.press("Enter")
    for key, item in (("Home", "Account"), ("End", "Sign out")):
        page.keyboard.press(key)
        expect(page.get_by_role("menuitem", name=item)).to_be_focused()
        expect(page.get_by_role("menuitem", name=item)).to_be_in_viewport(ratio=1)


def test_a_name_that_is_written_from_the_right_keeps_its_beginning_where_it_is_cut_off(
    page: Page, sign_in: SignIn, control: Control, tmp_path: Path
) -> None:
    sign_in(make_user("ada", name="שלום" * 20))
    file = tmp_path / ("שלום" * 25 + ".txt")
    file.write_text("Shalom")
    page.set_viewport_size({"width": 960, "height": 700})
    page.goto("/files")
    expect_to_begin(page.get_by_role("button", name="(account menu)").get_by_text("שלום"))
    control.stall("/api/upload", method="POST")
    page.get_by_label("Choose files").set_input_files(file)
    expect_to_begin(page.get_by_role("region", name="Uploads").get_by_text(file.name))
    control.release()
    expect(page.get_by_role("link", name=file.name)).to_be_visible()
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("dialog").get_by_role("combobox").fill(file.stem)
    expect(page.get_by_role("status").filter(has_text="1 match")).to_be_attached()  # else it is drawn anew
    expect_to_begin(page.get_by_role("option").get_by_text(file.name))
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"What to do with {file.name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect_to_begin(page.locator("#toasts").get_by_text(file.name, exact=True))


def expect_to_begin(name: Locator) -> None:
    """It is cut off, and its first letter is there."""
    expect(name).to_be_visible()
    assert name.evaluate(
        """one => {
            const range = new Range();
            range.setStart(one.firstChild, 0);
            range.setEnd(one.firstChild, 1);
            const [letter, room] = [range, one].map((it) => it.getBoundingClientRect());
            return one.scrollWidth > one.clientWidth && letter.left >= room.left - 1 && letter.right <= room.right + 1;
        }"""
    )


@pytest.mark.parametrize("role", ["member", "admin"])
def test_what_is_under_the_thumb_stands_at_one_distance(new_context: NewContext, sign_in: SignIn, role: str) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    sign_in(make_user("ada", role=role), context)
    page = context.new_page()
    page.goto("/people")
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()
    widths = page.evaluate(
        "[...document.querySelectorAll('#rail li, #rail > button')].map((one) => one.getBoundingClientRect().width)"
    )
    assert len(widths) == {"member": 4, "admin": 5}[role]
    assert max(widths) - min(widths) < 1


@pytest.mark.parametrize("address", ["/people", "/account"])
def test_on_a_phone_nothing_that_has_the_focus_is_under_a_bar(page: Page, sign_in: SignIn, address: str) -> None:
    sign_in(make_user("ada"))
    make_people(12)
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(address)
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()  # one of the bars
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    seen = set()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(30):
            page.keyboard.press(key)
            name, is_covered = page.evaluate(
                """() => {
                    const one = document.querySelector("main :focus");
                    const box = one?.getBoundingClientRect();
                    const bars = [...document.querySelectorAll("#rail, .account-nav")];
                    return [one?.textContent || one?.name, one && bars.some((bar) => {
                        const { top, bottom } = bar.getBoundingClientRect();
                        return !bar.contains(one) && box.top < bottom && box.bottom > top;
                    })];
                }"""
            )
            assert not is_covered, name
            seen.add(name)
    assert len(seen) > 15


def test_with_letters_of_twice_the_size_everything_to_choose_from_is_there(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.set_viewport_size({"width": 390, "height": 844})
    for address, last in (("/admin/requests", "Declined"), ("/account", "System")):
        page.goto(address)
        expect(page.get_by_role("button", name="Jump to")).to_be_visible()
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        box = page.get_by_text(last, exact=True).bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] < 390
        places = page.locator("#rail li > a, #rail > button")
        assert places.evaluate_all("all => all.every((one) => one.scrollWidth <= one.clientWidth)")


def test_a_long_word_in_what_the_club_or_an_event_is_called_by_sticks_out_nowhere(page: Page, sign_in: SignIn) -> None:
    page.goto("/sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.locator(".entrance-name > span").evaluate("one => { one.textContent = 'Donaudampfschifffahrtsgesellschaft' }")
    expect_to_fit(page)
    with database() as session:
        session.add(AuditEvent(at=now(), event="signed_in", actor_name="w" * 32, address="2001:db8" + ":1234" * 6))
    sign_in(make_user("ada", role="admin"))
    page.goto("/admin/audit")
    expect(page.get_by_text("2001:db8:1234")).to_be_visible()
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect_to_fit(page, (390,))


def test_a_menu_is_seen_whole_beside_the_room_for_a_scrollbar(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/people")
    page.evaluate(SCROLLBAR)
    page.get_by_role("button", name="(account menu)").click()
    expect(page.get_by_role("menuitem", name="Account")).to_be_focused()  # before, it may stand in a corner
    box = page.get_by_role("menu").bounding_box()
    assert box
    assert box["x"] + box["width"] < page.evaluate("document.documentElement.offsetWidth")


def test_a_menu_stays_beside_its_button_when_the_page_moves(page: Page, sign_in: SignIn, picture: Path) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": 1280, "height": 480})
    page.goto("/files")
    page.get_by_label("Choose files").set_input_files([picture])
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()
    button = page.get_by_role("button", name=re.compile("heron.png"))
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    beside = """() => {
        const button = document.querySelector("[aria-expanded=true]").getBoundingClientRect();
        const menu = document.querySelector("[role=menu]:popover-open").getBoundingClientRect();
        return Math.min(Math.abs(menu.top - button.bottom), Math.abs(button.top - menu.bottom)) < 8;
    }"""
    page.wait_for_function(beside)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 480})
        page.wait_for_function(beside)
    page.locator("main").evaluate("one => (one.style.marginTop = '2rem')")  # as when something above comes or goes
    page.wait_for_function(beside)
    page.keyboard.press("Tab")
    expect(page.get_by_role("menu")).to_be_hidden()


def test_space_presses_what_is_in_a_menu_also_where_it_is_a_link(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    page.get_by_role("button", name="(account menu)").press("Space")
    expect(page.get_by_role("menuitem", name="Account")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_focused()
    expect(page.get_by_role("menu")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_news_of_the_line_moves_nothing_and_covers_nothing(
    page: Page, sign_in: SignIn, network: Network, width: int
) -> None:
    sign_in(make_user("ada"))
    make_people(20)
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/people")
    expect(page.locator(".people-row")).to_have_count(21)
    person, heading = page.get_by_role("button", name="(account menu)"), page.get_by_role("heading", name="People")
    before = person.bounding_box(), heading.bounding_box()
    with network.gone(page):
        page.get_by_role("searchbox").fill("a")
        news = page.get_by_text("You are offline. The page goes on when you are back.")
        expect(news).to_be_visible()
        assert (person.bounding_box(), heading.bounding_box()) == before
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        last = page.locator(".people-row").last.bounding_box()
        banner = news.bounding_box()
        assert last
        assert banner
        assert last["y"] + last["height"] <= banner["y"]


def test_news_of_the_line_is_seen_over_what_is_open(page: Page, sign_in: SignIn, network: Network) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/people")
    ada = page.get_by_role("link", name="Ada Lovelace")
    expect(ada).to_be_visible()
    expect(page.get_by_role("button", name="(account menu)")).to_be_visible()
    news = page.get_by_text("You are offline. The page goes on when you are back.")
    with network.gone(page):
        ada.click()
        news.hover()  # nothing is over it
        expect(page.get_by_role("dialog", name="Ada Lovelace").filter(has=news)).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(news).to_have_count(0)


def test_a_line_that_swallows_what_is_asked_is_found_out(page: Page, sign_in: SignIn) -> None:
    stand_among_people(page, sign_in)
    page.clock.install()
    page.reload()
    expect(page.get_by_role("link", name="ada")).to_be_visible()
    swallowed: list[Route] = []
    page.route(re.compile("/api/users|/readyz"), lambda route: swallowed.append(route))
    with page.expect_request("**/api/users?*"):
        page.get_by_role("searchbox").fill("a")
    with page.expect_request("**/readyz"):
        page.clock.fast_forward("00:10")
    with page.expect_event("requestfailed"):  # the page does not wait for it longer
        page.clock.fast_forward("00:08")
    expect(page.get_by_text("Clubroom is not answering.")).to_be_visible()
    page.route(re.compile("/api/users|/readyz"), lambda route: route.continue_())
    page.clock.fast_forward("00:09")  # also where it has asked once more meanwhile
    expect(page.get_by_text("Clubroom is not answering.")).to_have_count(0)
    swallowed[0].continue_()
    expect(page.get_by_role("link", name="ada")).to_be_visible()


def test_news_of_the_line_moves_nothing_for_a_visitor(page: Page, network: Network) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/sign-in")
    heading = page.get_by_role("heading", name="Sign in")
    before = heading.bounding_box()
    with network.gone(page):
        sign_in_by_form(page, "ada")
        expect(page.get_by_text("You are offline. The page goes on when you are back.")).to_be_visible()
        assert heading.bounding_box() == before


def test_signing_in_works_with_the_keyboard_alone(page: Page) -> None:
    make_user("ada", name="Ada Lovelace")
    page.goto("/sign-in")
    page.get_by_label("Username or e-mail").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_first_tab_on_a_page_offers_to_skip_to_its_content(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()  # with it comes the key
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("option", name="Files").click()
    expect(page.get_by_role("heading", name="Files")).to_be_focused()


@pytest.mark.parametrize("address", ["/sign-in", "/people", "/files", "/account"])
def test_with_forced_colours_the_focus_still_shows(page: Page, sign_in: SignIn, address: str) -> None:
    if address != "/sign-in":
        sign_in(make_user("ada", name="Ada Lovelace", role="admin"))
    page.emulate_media(forced_colors="active")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if address == "/sign-in":
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    wait_for_all(page)
    expect_usable_by_keyboard(page)


def test_with_forced_colours_one_place_in_a_row_is_marked(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(forced_colors="active")
    for address, row in (("/admin/outbox", "Administration"), ("/account", "On this page")):
        page.goto(address)
        links = page.get_by_role("navigation", name=row).get_by_role("link")
        expect(links.first).to_be_visible()
        underlined = links.evaluate_all(
            """(all) => {
                const paper = getComputedStyle(document.documentElement).backgroundColor;
                const marked = all.filter((one) => getComputedStyle(one).borderBottomColor !== paper);
                return marked.map((one) => one.ariaCurrent);
            }"""
        )
        assert len(underlined) == 1
        assert underlined[0]


def test_with_forced_colours_it_is_seen_that_something_is_on_its_way(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.emulate_media(forced_colors="active")
    control.stall("/api/users", method="GET")
    page.goto("/people")
    expect(page.locator(".skeleton-row i").first).to_have_css("border-top-width", "1px")
    control.release()
    expect(page.get_by_role("table", name="People")).to_be_visible()
    files = page.get_by_role("link", name="Files")
    files.wait_for()  # else the frame gets what is meant for the next page
    control.stall("/s/", method="GET")
    files.click()
    expect(page.get_by_role("main")).to_have_attribute("aria-busy", "true")
    assert page.get_by_role("main").evaluate(
        """(main) => {
            const paper = getComputedStyle(document.documentElement).backgroundColor;
            return getComputedStyle(main, "::before").backgroundColor !== paper;
        }"""
    )


def test_an_empty_box_in_the_dark_is_as_empty_as_a_field(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/sign-in")
    box = page.get_by_role("checkbox")
    card = page.get_by_label("Password", exact=True).evaluate("one => getComputedStyle(one).backgroundColor")
    expect(box).to_have_css("background-color", card)
    expect(box).to_have_css("appearance", "none")
    box.check()
    expect(box).not_to_have_css("background-color", card)
    page.emulate_media(color_scheme="dark", forced_colors="active")
    expect(box).to_have_css("appearance", "auto")


LONGEST = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((one) => {
  const { animationDuration, transitionDuration } = getComputedStyle(one);
  return `${animationDuration}, ${transitionDuration}`.split(", ").map(parseFloat);
}))"""


def test_with_reduced_motion_nothing_moves(page: Page, sign_in: SignIn) -> None:
    ada = make_user("ada", name="Ada Lovelace")
    sign_in(ada)
    page.goto(f"/people/{ada.id}")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)  # which waits by an animation until it is shown
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(LONGEST) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(LONGEST) == 0


FOUND_LATER = """() => {
  const told = [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href);
  const asked = performance.getEntriesByType("resource").map((entry) => entry.name);
  return asked.filter((name) => name.endsWith(".js") && !told.includes(name));
}"""

ALL_THERE = """(names) => {
  const there = performance.getEntriesByType("resource").map((entry) => entry.name);
  return names.every((name) => there.some((one) => one.endsWith(`/${name}`)));
}"""


def test_a_first_visit_asks_nobody_else_and_is_small(page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    hosts = {re.sub("^(https?://[^/]+).*", r"\1", one.url) for one in answers}
    assert hosts == {re.sub("^(https?://[^/]+).*", r"\1", page.url)}
    assert sum(one.request.sizes()["responseBodySize"] for one in answers) < 60_000


@pytest.mark.parametrize("path", ["/reset", *(path for path in MEMBERS if "?" not in path and "no/such" not in path)])
def test_the_browser_is_told_of_all_that_a_page_is_made_of_at_once(page: Page, sign_in: SignIn, path: str) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Files")).to_be_visible()
    assert page.evaluate(FOUND_LATER) == []


def test_who_types_at_the_door_finds_the_rooms_behind_it_ready(page: Page) -> None:
    make_user("ada")
    page.goto("/sign-in")
    page.get_by_label("Username or e-mail").fill("ada")
    page.wait_for_function(ALL_THERE, arg=["styles/members.css", *first_modules("/people", signed_in=True)])
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("table", name="People")).to_be_visible()
    assert [url for url in asked if "/s/" in url] == []


FILES = "import(document.querySelector('script[src]').src.replace('main.js', 'files/page.js'))"


def stand_among_people(page: Page, sign_in: SignIn) -> None:
    """All of that page is there, and the frame: else the frame gets what is meant for the next page."""
    sign_in(make_user("ada"))
    page.goto("/people")
    page.get_by_role("table", name="People").wait_for()
    page.get_by_role("link", name="Files").wait_for()


def test_a_page_whose_code_is_gone_after_an_update_loads_itself_again(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    stand_among_people(page, sign_in)
    for _ in range(2):  # also where it is asked for once more
        control.answer(404, "/s/", method="GET")
    with page.expect_event("load"):
        page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_a_page_that_does_not_come_is_loaded_again_once(page: Page, sign_in: SignIn, watch: Watch) -> None:
    watch.allow("files/page.js")
    stand_among_people(page, sign_in)
    page.route("**/files/page.js", lambda route: route.abort())
    loads: list[Request] = []
    ready: list[Response] = []
    page.on("request", lambda one: loads.append(one) if one.is_navigation_request() else None)
    page.on("response", lambda one: ready.append(one) if one.url.endswith("/readyz") else None)
    with page.expect_event("load"):
        page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="This page did not load")).to_be_visible()
    while len(ready) < 2:  # the page asks this, and for what did not come, before it loads itself again
        page.title()
    page.evaluate(f"{FILES}.catch(() => fetch('/healthz')).then(() => undefined)")
    assert len(loads) == 1


@pytest.mark.parametrize(
    ("motion", "line"),
    [("no-preference", {"animation-name": "run"}), ("reduce", {"animation-name": "appear", "transform": "none"})],
)
def test_a_page_that_is_long_in_coming_is_seen_to_be_on_its_way_also_where_nothing_moves(
    page: Page, sign_in: SignIn, control: Control, motion: Literal["no-preference", "reduce"], line: dict[str, str]
) -> None:
    stand_among_people(page, sign_in)
    page.emulate_media(reduced_motion=motion)
    control.stall("/s/", method="GET")
    page.get_by_role("link", name="Files").click()
    for name, value in line.items():
        expect(page.get_by_role("main")).to_have_css(name, value, pseudo="before")
    control.release()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    expect(page.get_by_role("main")).to_have_css("animation-name", "none", pseudo="before")


def test_who_has_gone_back_is_not_loaded_anew_by_a_page_that_did_not_come(
    page: Page, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("files/page.js")
    stand_among_people(page, sign_in)
    asked: list[Route] = []

    def lose(route: Route) -> None:
        asked.append(route)
        if len(asked) != 2:
            route.abort()

    page.route("**/files/page.js", lose)
    page.evaluate("window.stays = true")
    with page.expect_request(lambda one: one.url.endswith("/files/page.js") and len(asked) == 1):
        page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="This page did not load")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
    asked[1].abort()
    page.evaluate(f"{FILES}.catch(() => fetch('/healthz')).then(() => undefined)")
    assert page.evaluate("window.stays")


def test_who_goes_back_before_a_page_has_come_stays_where_they_are(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    stand_among_people(page, sign_in)
    control.stall("/s/", method="GET")
    page.get_by_role("link", name="Files").click()
    page.wait_for_url("**/files")
    page.go_back()
    control.release()
    page.evaluate(f"{FILES}.then(() => undefined)")  # by now it would have been shown
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
    expect(page.get_by_role("main")).not_to_have_attribute("aria-busy", "true")


def test_a_page_asked_for_offline_comes_with_the_line(page: Page, sign_in: SignIn, network: Network) -> None:
    stand_among_people(page, sign_in)
    with network.gone(page):
        page.get_by_role("link", name="Files").click()
        expect(page.get_by_role("heading", name="This page did not load")).to_be_visible()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()


def test_a_server_that_restarts_is_waited_for_and_nothing_typed_is_lost(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    control.answer(503, "/api/me", method="PATCH", body='{"error": "Starting.", "code": "busy"}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("Starting.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Ada Lovelace (account menu)")).to_be_visible()


def test_what_answers_in_the_place_of_the_server_is_not_believed(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    control.answer(200, "/api/me", method="PATCH", body="<!doctype html><title>Accept our terms to go on</title>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("in a way this page does not understand")
    expect(page.get_by_role("button", name="ada (account menu)")).to_be_visible()


def test_dates_are_written_in_the_language_of_the_page(new_context: NewContext, sign_in: SignIn) -> None:
    context = new_context(locale="de-DE")
    ada = make_user("ada", name="Ada Lovelace")
    sign_in(ada, context)
    page = context.new_page()
    page.goto(f"/people/{ada.id}")
    expect(page.get_by_role("dialog")).to_contain_text(re.compile(r"Member since\s*\d+ \w+ \d{4}"))
