"""Finding people among two hundred."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from backend.tests.factories import make_people, make_user
from e2e.harness.devices import Network
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.server import Server
from e2e.harness.watch import Watch
from e2e.steps import stop_timers


@pytest.fixture
def members(sign_in: SignIn) -> None:
    """Two hundred made-up people, and somebody who looks them up."""
    make_people(199)
    sign_in(make_user("zz-reader", name="Ruth Reader"))


@pytest.mark.usefixtures("members")
def test_the_list_grows_while_one_reads_until_everybody_is_there(page: Page, control: Control) -> None:
    page.clock.install()
    page.goto("/people")
    expect(page.get_by_text("200 people").first).to_be_visible()
    stop_timers(page)  # else more comes by itself, too
    links = page.locator("main").get_by_role("row").get_by_role("link")
    expect(links).to_have_count(50)
    control.answer(500, "/api/users", body='{"error": "That was us.", "code": "internal_error"}')
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That was us.")
    for shown in (100, 150, 200):
        page.get_by_role("button", name="Show more").focus()
        page.keyboard.press("Enter")
        expect(links).to_have_count(shown)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    expect(page.get_by_role("row").nth(151)).to_be_focused()  # the first that came last; above stand the headings
    expect(links.last).to_have_text("Ruth Reader")
    page.clock.run_for(60)  # and it is said
    expect(page.get_by_role("status").get_by_text("50 more shown")).to_be_attached()


@pytest.mark.usefixtures("members")
def test_searching_while_typing_finds_a_part_of_a_name_and_keeps_it_in_the_address(page: Page) -> None:
    page.goto("/people")
    page.get_by_role("searchbox", name="Search people").press_sequentially("h read")
    expect(page.get_by_text("1 person").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=h(\+|%20)read"))
    page.reload()
    expect(page.get_by_role("link", name="Ruth Reader")).to_be_visible()
    page.get_by_role("searchbox", name="Search people").fill("nobody is called this")
    page.get_by_role("button", name="Show everyone").click()
    expect(page.get_by_text("200 people").first).to_be_visible()


@pytest.mark.usefixtures("members")
def test_who_finds_nobody_is_told_what_may_help(page: Page) -> None:
    page.goto("/people?q=ea")
    expect(page.get_by_text("type one more")).to_be_visible()
    page.get_by_role("searchbox", name="Search people").fill("read")
    expect(page.get_by_role("link", name="Ruth Reader")).to_be_visible()
    page.go_back()
    expect(page).to_have_url("about:blank")  # a search is one step, however long one types
    page.goto("/people?q=nobody")
    expect(page.get_by_text("Try fewer letters.")).to_be_visible()
    page.goto("/people?role=admin")
    expect(page.get_by_text("Take a filter away.")).to_be_visible()


def search_without_an_answer(page: Page, control: Control, words: str) -> None:
    """The whole list is there; what is searched for comes once `control.release` says so."""
    page.goto("/people")
    expect(page.get_by_text("200 people").first).to_be_visible()
    control.stall("/api/users", method="GET")
    page.get_by_role("searchbox", name="Search people").fill(words)
    page.get_by_role("searchbox", name="Search people").press("Enter")
    control.wait_until_met()


@pytest.mark.usefixtures("members")
def test_an_older_answer_that_comes_late_does_not_replace_a_newer_one(page: Page, control: Control) -> None:
    search_without_an_answer(page, control, "a")
    with page.expect_event("requestfailed", lambda asked: "q=a&" in f"{asked.url}&"):  # the page takes it back
        page.get_by_role("searchbox", name="Search people").fill("ruth reader")
    expect(page.get_by_text("1 person").first).to_be_visible()
    control.release()
    expect(page.get_by_text("1 person").first).to_be_visible()


@pytest.mark.usefixtures("members")
def test_more_of_the_list_before_does_not_take_the_place_of_what_is_searched_for(page: Page, control: Control) -> None:
    search_without_an_answer(page, control, "ruth reader")
    page.get_by_text("Show more").dispatch_event("click")  # it may come by itself, seen or not
    control.release()
    expect(page.get_by_text("1 person").first).to_be_visible()


@pytest.mark.usefixtures("members")
def test_a_page_left_before_it_was_scrolled_back_does_not_scroll_the_next(page: Page, control: Control) -> None:
    page.goto("/people")
    expect(page.get_by_text("200 people").first).to_be_visible()
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitem", name="Account").click()
    expect(page.get_by_text("this device", exact=True)).to_be_visible()
    control.stall("/api/users", method="GET")
    page.go_back()
    control.wait_until_met()
    page.go_forward()
    expect(page.get_by_text("this device", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New token")).to_be_visible()
    assert page.evaluate("scrollY") == 0


# Safari before 26
NO_SCROLLEND = """
delete window.onscrollend;
addEventListener("scrollend", (event) => event.stopImmediatePropagation(), true);
"""


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("script", ["", NO_SCROLLEND], ids=["any", "old Safari"])
def test_who_goes_back_and_forward_again_reads_on_where_they_were(page: Page, script: str) -> None:
    page.add_init_script(script)
    page.clock.install()
    page.goto("/account")
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("200 people").first).to_be_visible()
    page.evaluate("scrollTo(0, 500)")
    page.wait_for_function("() => history.state.scroll === 500")
    stop_timers(page)  # else a list that comes late is not scrolled any more
    page.go_back()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.wait_for_function("() => scrollY === 500")


@pytest.mark.usefixtures("members")
def test_sorting_by_a_heading_turns_the_list_around_and_back_returns(page: Page) -> None:
    page.goto("/people")
    first = page.locator("main").get_by_role("row").get_by_role("link").first
    expect(first).not_to_have_text("Ruth Reader")
    page.get_by_role("button", name="Person").click()
    expect(first).to_have_text("Ruth Reader")
    expect(page.get_by_role("columnheader", name="Person")).to_have_attribute("aria-sort", "descending")
    page.go_back()
    expect(first).not_to_have_text("Ruth Reader")


def test_an_administrator_alone_is_told_how_the_club_fills(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    expect(page.get_by_text("You are the first here")).to_be_visible()
    page.get_by_role("button", name="Add the first member").click()
    page.get_by_label("Username").fill("grace")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="grace")).to_be_visible()
    expect(page.get_by_text("You are the first here")).to_be_hidden()
    page.evaluate("new Promise(requestAnimationFrame)")  # only then does a browser take the focus from what is hidden
    assert page.evaluate("document.activeElement !== document.body")


def test_a_dialog_that_is_waited_for_does_not_open_over_another_page(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    held: list[Route] = []
    page.route("**/people/add.js", lambda route: held.append(route))
    page.goto("/people")
    with page.expect_request("**/people/add.js") as wanted:
        page.get_by_role("button", name="Add a person").click()
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    held[0].continue_()
    page.evaluate("one => import(one).then(() => undefined)", wanted.value.url)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_slip_beside_a_dialog_does_not_lose_what_was_typed_into_it(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    add = page.get_by_role("button", name="Add a person")
    add.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.mouse.click(4, 4)
    expect(page.get_by_role("dialog")).to_have_count(0)
    add.click()
    page.get_by_label("Username").hover()
    page.mouse.down()
    page.mouse.move(4, 4)
    page.mouse.up()  # as who marks words does, and lets go beside the dialog
    page.get_by_label("Username").fill("grace")
    page.mouse.click(4, 4)
    expect(page.get_by_role("dialog")).to_have_js_property("open", True)
    expect(page.get_by_label("Username")).to_have_value("grace")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.smoke
def test_a_person_opens_beside_the_list_and_back_closes(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    grace = make_user("grace", name="Grace Hopper")
    page.goto("/people?q=grace")
    for close in (page.go_back, lambda: page.keyboard.press("Escape")):
        with page.expect_response(f"**/api/users/{grace.id}"):  # one still on its way would be taken for the next
            page.get_by_role("link", name="Grace Hopper").click()
        expect(page).to_have_url(re.compile(rf"/people/{grace.id}\?q=grace$"))
        expect(page.get_by_role("dialog", name="Grace Hopper")).to_be_visible()
        close()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page).to_have_url(re.compile(r"/people\?q=grace$"))
        expect(page.get_by_role("searchbox", name="Search people")).to_have_value("grace")
    control.stall("/api/users/", method="GET")
    page.get_by_role("link", name="Grace Hopper").click()
    control.wait_until_met()
    with page.expect_event("requestfailed"):  # the page takes it back: it would give its name to the window
        page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/people\?q=grace$"))
    page.go_back()
    expect(page).to_have_url("about:blank")


def test_a_double_click_opens_a_person_and_one_dialog(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", name="Ada Lovelace", role="admin"))
    page.goto("/people")
    page.get_by_role("link", name="Ada Lovelace").dblclick()
    expect(page.get_by_role("dialog", name="Ada Lovelace")).to_have_js_property("open", True)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a person").dblclick()
    page.get_by_label("Username").fill("grace")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_a_person_who_did_not_come_still_names_the_drawer(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    page.goto("/people")
    control.answer(500, "/api/users/", method="GET", body='{"error": "That was us.", "code": "internal_error"}')
    page.get_by_role("link", name="Ada Lovelace").click()
    drawer = page.get_by_role("dialog", name="Ada Lovelace")
    expect(drawer).to_contain_text("That was us.")
    control.answer(500, "/api/users/", method="GET", body='{"error": "That was us.", "code": "internal_error"}')
    again = drawer.get_by_role("button", name="Try again")
    with page.expect_response("**/api/users/*"):
        again.press("Enter")
    expect(again).not_to_have_attribute("aria-busy", "true")
    expect(again).to_be_focused()
    again.press("Enter")
    expect(drawer.get_by_role("heading", name="Ada Lovelace")).to_be_focused()
    expect(drawer).to_contain_text("Member since")


def test_a_person_who_is_not_there_is_not_asked_for_again(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people/404404")
    expect(page.get_by_role("dialog")).to_contain_text("There is no such person")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.usefixtures("members")
def test_columns_stay_where_they_are_whoever_is_in_them(page: Page) -> None:
    page.goto("/people")
    expect(page.get_by_text("200 people").first).to_be_visible()
    seen = page.get_by_role("columnheader", name="Last seen")
    before = seen.bounding_box()
    page.get_by_role("searchbox", name="Search people").fill("ruth reader")
    expect(page.get_by_text("1 person").first).to_be_visible()
    assert seen.bounding_box() == before


def test_addresses_are_shown_only_to_those_who_may_see_them(page: Page, sign_in: SignIn) -> None:
    make_user("grace", email="grace@example.org")
    member, manager = make_user("mia"), make_user("max", role="manager")
    sign_in(member)
    page.goto("/people")
    expect(page.get_by_role("link", name="grace")).to_be_visible()
    expect(page.get_by_text("grace@example.org")).to_have_count(0)
    sign_in(manager)
    page.reload()
    expect(page.get_by_text("grace@example.org")).to_be_visible()


def test_an_address_addresses_one_mail_to_one_person(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("max", role="manager"))
    odd = make_user("grace", email="grace?bcc=mallory%40example.net&x@example.org")
    page.goto(f"/people/{odd.id}")
    link = page.get_by_role("link", name="mallory").and_(page.locator("[href^=mailto]"))
    expect(link).to_have_js_property("search", "")
    expect(link).to_have_js_property("pathname", "grace%3Fbcc%3Dmallory%2540example.net%26x@example.org")


def test_a_name_that_looks_like_markup_is_only_text(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("mallory", name="<img src=x onerror=alert(1)>"))
    page.goto("/people")
    expect(page.get_by_role("link", name="<img src=x onerror=alert(1)>")).to_be_visible()


@pytest.mark.smoke
def test_the_palette_jumps_to_a_person_by_typing(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    make_user("grace", name="Grace Hopper")
    page.goto("/people")
    expect(page.get_by_role("link", name="Grace Hopper")).to_be_visible()  # else the list says its count in between
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()  # with it comes the key
    page.evaluate("document.dispatchEvent(new Event('keydown'))")  # as a browser does that fills in a field
    for _ in range(2):
        page.keyboard.press("ControlOrMeta+k")
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.get_by_role("combobox").fill("hopp")
    expect(page.get_by_role("option", name=re.compile("Grace Hopper"))).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("status").filter(has_text="1 match")).to_be_attached()
    for of_a_character in ({"isComposing": True}, {"keyCode": 229}):
        page.get_by_role("combobox").dispatch_event("keydown", {"key": "Enter", **of_a_character})
    expect(page.get_by_role("dialog", name="Jump to")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Grace Hopper")).to_be_visible()


def test_who_jumps_to_where_they_are_has_no_step_more_to_go_back(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()  # with it comes the key
    page.keyboard.press("ControlOrMeta+k")
    expect(page.get_by_role("option", name="People")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page).to_have_url("about:blank")


@pytest.mark.parametrize(
    ("machine", "key", "other"), [("MacIntel", "Meta", "Control"), ("Linux x86_64", "Control", "Meta")]
)
def test_the_palette_takes_the_key_of_the_machine_and_leaves_it_the_other(
    page: Page, sign_in: SignIn, machine: str, key: str, other: str
) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'platform', {{ value: '{machine}' }})")
    sign_in(make_user("ada"))
    page.goto("/people")
    expect(page.get_by_role("button", name="Jump to")).to_have_attribute("aria-keyshortcuts", f"{key}+K")
    page.keyboard.press(f"{other}+k")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press(f"{key}+k")
    expect(page.get_by_role("dialog", name="Jump to")).to_be_visible()


def test_with_letters_of_twice_the_size_every_name_can_be_read(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/people")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    name = page.get_by_role("link", name="Ada Lovelace")
    expect(name).to_be_visible()
    assert name.evaluate("one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth")


def test_the_palette_does_not_say_that_there_is_nothing_where_it_could_not_look(
    page: Page, sign_in: SignIn, control: Control
) -> None:
    sign_in(make_user("ada"))
    make_user("grace", name="Grace Hopper")
    page.goto("/people")
    expect(page.get_by_role("link", name="Grace Hopper")).to_be_visible()  # else the list gets the answer
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()
    page.keyboard.press("ControlOrMeta+k")
    control.answer(500, "/api/users", body='{"error": "That was us.", "code": "internal_error"}')
    page.get_by_role("combobox").fill("hopp")
    palette = page.get_by_role("dialog", name="Jump to")
    expect(palette.get_by_role("paragraph").filter(has_text="Not everything could be searched")).to_be_visible()
    page.get_by_role("combobox").fill("hoppe")
    expect(page.get_by_role("option", name=re.compile("Grace Hopper"))).to_be_visible()
    expect(palette.get_by_role("paragraph").filter(has_text="Not everything")).to_have_count(0)


def test_what_fails_once_more_is_shown_once(page: Page, sign_in: SignIn, network: Network) -> None:
    sign_in(make_user("ada"))
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    expect(page.get_by_role("button", name="(account menu)")).to_be_visible()
    with network.gone(page):
        for _ in range(2):
            with page.expect_event("requestfailed", lambda one: one.url.endswith("/api/logout")):
                page.get_by_role("button", name="(account menu)").click()
                page.get_by_role("menuitem", name="Sign out").click()
            expect(page.get_by_text("Clubroom could not be reached.")).to_be_visible()  # only then can one try again
        page.evaluate("fetch('/healthz').catch(() => undefined)")  # the page has heard of both before
        expect(page.get_by_text("Clubroom could not be reached.")).to_have_count(1)


def test_what_opens_on_demand_says_offline_that_the_line_is_away(page: Page, sign_in: SignIn, network: Network) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    expect(page.get_by_role("button", name="(account menu)")).to_be_visible()
    add = page.get_by_role("button", name="Add a person")
    with network.gone(page):
        add.click()
        expect(page.get_by_text("Clubroom could not be reached.")).to_be_visible()
        expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    add.click()
    expect(page.get_by_role("dialog", name="Add a person")).to_be_visible()


def test_nor_is_what_answers_for_the_server_taken_for_it(page: Page, sign_in: SignIn, watch: Watch) -> None:
    sign_in(make_user("ada", role="admin"))
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    watch.allow("answered 502")
    page.route(re.compile("/people/add.js|/healthz|/readyz"), lambda route: route.fulfill(status=502))
    page.get_by_role("button", name="Add a person").click()
    expect(page.get_by_text("Clubroom could not be reached.")).to_be_visible()
    expect(page.get_by_text("Clubroom is not answering.")).to_be_visible()


def test_a_list_that_did_not_come_can_be_asked_for_again(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in(make_user("ada", name="Ada Lovelace"))
    control.answer(500, "/api/users", body='{"error": "Something went wrong on our side.", "code": "internal_error"}')
    page.goto("/people")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side.")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    expect(page.locator(".listing")).to_be_focused()  # where the button stood


def test_a_list_that_broke_off_on_its_way_is_asked_for_again(
    page: Page, sign_in: SignIn, control: Control, server: Server, watch: Watch
) -> None:
    watch.allow("/api/users.* failed", "/readyz failed")  # the answer that breaks off, and what is asked meanwhile
    sign_in(make_user("ada"))
    control.answer(200, "/api/users", method="GET", body="[", headers={"Content-Length": "1000"})
    with page.expect_response("**/api/users?*"):
        page.goto("/people")
    server.restart()
    page.evaluate("dispatchEvent(new Event('online'))")  # it may have asked in vain, and wait for eight seconds
    expect(page.get_by_role("link", name="ada")).to_be_visible()
    control.answer(503, "/api/users")
    control.answer(503, "/readyz")
    control.stall("/readyz")  # else it answers within a second
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_text("Clubroom is not answering.")).to_be_visible()
    control.release()
    expect(page.get_by_text("Nobody found for “nobody”")).to_be_visible()
    expect(page.get_by_text("Clubroom is not answering.")).to_have_count(0)
