"""What is done with a file from its menu: another name, shown to the members and not, gone and back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Literal

import pytest
from clubroom.accounts.models import FORMER, Session, User
from clubroom.core.clock import now
from clubroom.files.models import StoredFile
from playwright.sync_api import Page, expect
from sqlalchemy import delete, update

from backend.tests.factories import database, make_user
from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Network
from e2e.harness.people import SignIn
from e2e.harness.remote import Control
from e2e.harness.watch import Watch
from e2e.steps import sign_in_by_form, sign_out, stop_timers


@pytest.fixture(autouse=True)
def heron(page: Page, sign_in: SignIn, picture: Path) -> None:
    """Ada looks at her files: one picture, `heron.png`."""
    sign_in(make_user("ada"))
    page.goto("/files")
    page.get_by_label("Choose files").set_input_files([picture])
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()
    wait_for_picture(page)


def wait_for_picture(page: Page) -> None:
    """Else it, which comes by itself, meets what a test does to the requests to come."""
    expect(page.get_by_role("main").locator("img")).not_to_have_js_property("naturalWidth", 0)


def do(page: Page, what: str) -> None:
    page.get_by_role("button", name=re.compile("heron.png")).click()
    page.get_by_role("menuitem", name=what).click()


def test_a_file_gets_another_name_and_keeps_its_ending_where_one_only_types(page: Page) -> None:
    do(page, "Rename")
    expect(page.get_by_role("dialog", name="Rename").get_by_label("Name")).to_be_focused()
    page.keyboard.type("kingfisher")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("kingfisher.png"))).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name=re.compile("kingfisher.png"))).to_be_visible()


def test_a_file_that_did_not_come_is_asked_for_again(page: Page, control: Control) -> None:
    control.answer(500, "/api/uploads/gone", method="GET", body='{"error": "That was us.", "code": "internal_error"}')
    page.goto("/files?file=gone")
    expect(page.get_by_text("That was us.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It was deleted, or nobody but its owner can see it.")).to_be_visible()
    expect_accessible(page)
    control.stall("/api/uploads/gone", method="GET")
    page.reload()
    control.wait_until_met()
    with page.expect_event("requestfailed"):  # the page takes it back: it would give its name to the window
        page.keyboard.press("Escape")


def test_a_file_that_is_waited_for_does_not_open_over_another_page(page: Page, control: Control) -> None:
    control.stall("/api/uploads", method="GET")
    page.goto("/files?file=gone")
    control.wait_until_met()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("link", name="ada")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_file_left_open_does_not_name_the_page_one_went_back_to(page: Page) -> None:
    page.get_by_role("link", name="People").click()
    expect(page).to_have_title(re.compile("^People"))
    expect(page.get_by_role("link", name="ada")).to_be_visible()  # else the list says its count in between
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("combobox").fill("heron")
    expect(page.get_by_role("status").filter(has_text="1 match")).to_be_attached()  # else it is drawn anew
    page.get_by_role("option", name=re.compile("heron.png")).click()
    expect(page).to_have_title(re.compile("^heron.png"))
    page.go_back()
    expect(page.get_by_role("link", name="ada")).to_be_visible()
    expect(page).to_have_title(re.compile("^People"))


def test_a_file_is_taken_along_while_another_goes_up(page: Page, picture: Path, control: Control) -> None:
    asked: list[str] = []
    page.on("dialog", lambda question: asked.append(question.type))  # "Leave this page?"
    page.on("dialog", lambda question: question.accept())
    control.stall("/api/upload", method="POST")
    page.get_by_label("Choose files").set_input_files([Path(shutil.copy(picture, picture.with_name("boat.png")))])
    expect(page.get_by_role("progressbar", name=re.compile("boat.png"))).to_be_visible()
    control.wait_until_met()
    with page.expect_download():
        do(page, "Download")
    assert not asked


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_way_back_is_in_reach_also_once_something_is_asked_about_another_file(
    page: Page, picture: Path, motion: Literal["reduce", "no-preference"]
) -> None:
    page.emulate_media(reduced_motion=motion)
    page.get_by_label("Choose files").set_input_files([Path(shutil.copy(picture, picture.with_name("boat.png")))])
    expect(page.get_by_role("link", name="boat.png")).to_be_visible()  # else what it moves closes the menu
    do(page, "Delete")
    page.get_by_role("button", name="What to do with boat.png").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("dialog", name="Rename").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_a_file_needs_a_name(page: Page) -> None:
    do(page, "Rename")
    name = page.get_by_role("dialog").get_by_label("Name")
    name.fill("")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(name).to_have_accessible_description("A file needs a name.")
    name.press("Enter")  # who stands there already hears it as well
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("A file needs a name.")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_on_a_phone_on_its_side_a_picture_is_beside_what_is_known_of_it(page: Page) -> None:
    page.set_viewport_size({"width": 844, "height": 390})
    page.get_by_role("link", name=re.compile("heron.png")).click()
    picture = page.get_by_role("dialog", name="heron.png").locator("img")
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    box = picture.bounding_box()
    assert box
    assert box["height"] > 150


def test_a_kind_that_is_not_known_is_told_by_the_ending(page: Page, tmp_path: Path) -> None:
    kinds = {"minutes.docx": "DOCX file", "minutes": "Other"}
    for name in kinds:
        (tmp_path / name).write_bytes(b"PK\3\4")
    page.get_by_label("Choose files").set_input_files([tmp_path / name for name in kinds])
    for name, kind in kinds.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("dialog", name=name).get_by_role("definition").first).to_have_text(kind)
        page.keyboard.press("Escape")
        expect(page).to_have_url(re.compile("/files$"))


def test_a_file_is_shown_to_the_members_and_kept_private_again(page: Page) -> None:
    do(page, "Show it to all members")
    expect(page.get_by_text("All members can see it now").first).to_be_visible()
    do(page, "Keep it private")
    expect(page.get_by_text("Only you can see it now").first).to_be_visible()


def test_what_is_empty_offers_one_button_and_it_has_the_focus_when_the_last_file_is_gone(page: Page) -> None:
    expect(page.get_by_role("button", name="Upload files")).to_be_visible()
    do(page, "Delete")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    expect(page.get_by_role("button", name="Upload files")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Upload files")).to_be_visible()
    expect(page.get_by_role("button", name="Choose files")).to_have_count(0)


def test_what_was_deleted_last_is_back_by_a_key_but_where_one_types(page: Page, picture: Path) -> None:
    page.get_by_label("Choose files").set_input_files([shutil.copy(picture, picture.with_name("boat.png"))])
    boat, heron = (page.get_by_role("link", name=name) for name in ("boat.png", "heron.png"))
    expect(boat).to_be_visible()
    page.clock.install()
    stop_timers(page)  # else each way back is there for ten seconds
    do(page, "Delete")
    expect(boat).to_be_focused()
    page.get_by_role("button", name="What to do with boat.png").click()
    page.get_by_role("menuitem", name="Delete").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_have_count(2)
    expect(undo.last).to_have_attribute("aria-keyshortcuts", re.compile(r"^(Control|Meta)\+Z$"))
    page.keyboard.press("ControlOrMeta+z")
    expect(boat).to_be_visible()
    expect(heron).to_have_count(0)
    page.get_by_role("searchbox", name="Search files").focus()
    page.keyboard.press("ControlOrMeta+z")
    expect(undo).to_have_count(1)
    page.get_by_role("searchbox", name="Search files").blur()
    page.keyboard.press("ControlOrMeta+z")
    expect(heron).to_be_visible()
    expect(undo).to_have_count(0)
    page.clock.resume()  # axe has timers, too
    do(page, "Delete")
    page.get_by_text("“heron.png” was deleted").hover()  # as long as one points at it, it stays
    expect_accessible(page)
    expect(undo).to_be_visible()


@pytest.mark.parametrize("beside", [False, True])
def test_who_signs_out_leaves_nothing_to_read_of_what_they_did(page: Page, beside: bool) -> None:
    do(page, "Delete")
    expect(page.get_by_text("“heron.png” was deleted")).to_be_visible()
    tab = page.context.new_page() if beside else page
    if beside:
        tab.goto("/people")
        expect(tab.get_by_role("button", name="(account menu)")).to_be_visible()
    sign_out(tab)
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("heron.png")).to_have_count(0)


def test_who_signs_out_leaves_nothing_to_hear_of_what_they_did(page: Page) -> None:
    do(page, "Rename")
    expect(page.get_by_role("dialog", name="Rename").get_by_label("Name")).to_be_focused()
    page.keyboard.type("kingfisher")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Renamed to kingfisher.png")).to_be_attached()
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("kingfisher.png")).to_have_count(0)


def test_a_choice_that_waits_is_not_made_in_the_name_of_who_signs_in_then(page: Page, control: Control) -> None:
    make_user("bo", role="admin")
    page.get_by_role("link", name=re.compile("heron.png")).click()
    dialog = page.get_by_role("dialog", name="heron.png")
    expect(dialog.get_by_role("radio", name="Private")).to_be_checked()
    expect(dialog.locator("img")).not_to_have_js_property("naturalWidth", 0)  # asked for later, it ends the session
    with database() as session:
        session.execute(delete(Session))
    changes: list[str] = []
    page.on("request", lambda one: changes.append(one.post_data or "") if one.method == "PATCH" else None)
    control.stall("/api/uploads/", method="PATCH")
    dialog.get_by_role("radio", name="All members").check(force=True)
    dialog.get_by_role("radio", name="Private").check(force=True)
    control.release()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(page, "bo")
    expect(page.get_by_text("You are signed in as somebody else now")).to_be_visible()
    expect(page.get_by_role("button", name="bo (account menu)")).to_be_visible()
    assert len(changes) == 1


def test_what_is_answered_late_is_not_said_to_who_signed_in_meanwhile(page: Page, control: Control) -> None:
    make_user("bo")
    control.stall("/api/uploads/", method="DELETE")
    do(page, "Delete")
    control.wait_until_met()
    sign_out(page)
    sign_in_by_form(page, "bo")
    expect(page.get_by_role("button", name="bo (account menu)")).to_be_visible()
    with page.expect_response(lambda one: one.request.method == "DELETE"):
        control.release()
    page.evaluate("fetch('/healthz').then(() => undefined)")  # by now it would be said
    expect(page.get_by_text("heron.png")).to_have_count(0)


def test_who_presses_delete_twice_deletes_once(page: Page, control: Control) -> None:
    deletions: list[str] = []
    page.on("request", lambda one: deletions.append(one.url) if one.method == "DELETE" else None)
    control.stall("/api/uploads/", method="DELETE")
    do(page, "Delete")
    control.wait_until_met()
    do(page, "Delete")
    control.release()
    expect(page.get_by_text("“heron.png” was deleted")).to_be_visible()
    assert len(deletions) == 1


def test_going_back_takes_along_what_is_asked_about_a_file(page: Page) -> None:
    file = page.get_by_role("link", name=re.compile("heron.png"))
    file.click()
    page.get_by_role("dialog", name="heron.png").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("dialog", name="Rename").get_by_label("Name")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(file).to_be_focused()


@pytest.mark.parametrize("walked", [False, True])
def test_who_deletes_what_they_look_at_by_keyboard_stands_on_the_next_file(
    page: Page, picture: Path, walked: bool
) -> None:
    others = [Path(shutil.copy(picture, picture.with_name(name))) for name in ("boat.png", "oar.png", "quay.png")]
    page.goto("/files?sort=name")
    page.get_by_label("Choose files").set_input_files(others)
    expect(page.get_by_role("link", name=re.compile("png"))).to_have_count(4)
    page.get_by_role("link", name="boat.png" if walked else "heron.png").press("Enter")
    if walked:
        page.keyboard.press("ArrowRight")
    dialog = page.get_by_role("dialog", name="heron.png")
    expect(dialog.locator("img")).not_to_have_js_property("naturalWidth", 0)  # else it is gone before it has come
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="heron.png")).to_have_count(0)
    expect(page).to_have_url(re.compile("sort=name$"))
    expect(page.get_by_role("link", name="oar.png")).to_be_focused()


def test_a_message_stays_while_its_button_has_the_focus(page: Page) -> None:
    page.clock.install()
    do(page, "Delete")
    undo = page.get_by_role("button", name="Undo")
    undo.hover()
    undo.focus()
    page.mouse.move(0, 0)
    page.clock.fast_forward("01:00")
    expect(undo).to_be_focused()
    page.get_by_role("button", name="Choose files").focus()
    page.clock.fast_forward("01:00")
    expect(undo).to_be_hidden()


def test_a_long_name_leaves_room_for_the_page_when_it_is_said(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    do(page, "Rename")
    page.keyboard.type("kingfisher" * 19)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("kingfisher")).click()
    page.get_by_role("menuitem", name="Delete").click()
    said = page.get_by_text(re.compile("“kingfisher.*” was deleted"))
    expect(said).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)
    box = said.bounding_box()
    assert box
    assert box["height"] < 80


def test_a_double_click_in_a_menu_does_not_reach_what_is_beneath_it(page: Page, picture: Path) -> None:
    others = [Path(shutil.copy(picture, picture.with_name(name))) for name in ("boat.png", "oar.png", "quay.png")]
    page.goto("/files?view=list&sort=-name")
    page.get_by_label("Choose files").set_input_files(others)
    expect(page.get_by_role("link", name=re.compile("png"))).to_have_count(4)
    page.get_by_role("button", name="What to do with quay.png").click()  # beside it may be "Cancel quay.png"
    page.get_by_role("menuitem", name="Delete").dblclick()
    expect(page.get_by_text("“quay.png” was deleted")).to_be_visible()
    expect(page).to_have_url(re.compile("sort=-name$"))


@pytest.mark.parametrize("view", ["grid", "list"])
def test_a_menu_stays_open_while_another_file_arrives(page: Page, control: Control, picture: Path, view: str) -> None:
    page.goto(f"/files?view={view}")
    wait_for_picture(page)
    control.stall("/api/uploads", method="GET")
    page.get_by_label("Choose files").set_input_files([shutil.copy(picture, picture.with_name("boat.png"))])
    control.wait_until_met()  # it is there, and its line above the list, which moved that, is gone
    page.get_by_role("button", name=re.compile("heron.png")).click()
    expect(page.get_by_role("menuitem", name="Download")).to_be_focused()
    page.keyboard.press("ArrowDown")
    control.release()
    expect(page.get_by_role("link", name="boat.png")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()


def test_a_list_that_was_on_its_way_before_a_change_does_not_undo_it(
    page: Page, control: Control, picture: Path
) -> None:
    control.stall("/api/uploads", method="GET")
    page.get_by_label("Choose files").set_input_files([shutil.copy(picture, picture.with_name("boat.png"))])
    while not any("held back" in one for one in control.in_flight()):  # before, it might know of the change
        pass
    do(page, "Delete")
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)
    control.release()
    expect(page.get_by_role("link", name="boat.png")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)


def test_what_could_not_be_done_is_told_and_changes_nothing(page: Page, control: Control) -> None:
    for what, method in (("Show it to all members", "PATCH"), ("Delete", "DELETE")):
        full = f"The disk is too full to {method}."
        control.answer(507, "/api/uploads/", method=method, body=f'{{"error": "{full}", "code": "no_space"}}')
        do(page, what)
        expect(page.get_by_text(full)).to_be_visible()
        expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_a_deleted_file_comes_back_to_the_page_one_came_back_to(page: Page) -> None:
    page.clock.install()
    stop_timers(page)  # else the way back is there for ten seconds
    do(page, "Delete")
    expect(page.get_by_text("“heron.png” was deleted")).to_be_visible()
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Files").click()
    expect(page.get_by_text("Drop files here")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="heron.png")).to_be_focused()


def test_who_empties_a_search_that_found_nothing_goes_on_typing(page: Page, control: Control) -> None:
    search = page.get_by_role("searchbox", name="Search files")
    search.fill("kingfisher")
    expect(page.get_by_text("No file found for “kingfisher”")).to_be_visible()
    control.stall("/api/uploads", method="GET")
    search.fill("")
    expect(page).to_have_url(re.compile("/files$"))
    expect(search).to_be_focused()
    page.keyboard.type("heron")
    expect(page).to_have_url(re.compile("q=heron$"))
    control.release()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_of_two_quick_choices_who_can_see_a_file_the_last_one_counts(page: Page, control: Control) -> None:
    page.get_by_role("link", name=re.compile("heron.png")).click()
    dialog = page.get_by_role("dialog", name="heron.png")
    order: list[str] = []
    page.on("request", lambda one: order.append("asked") if one.method == "PATCH" else None)
    page.on("requestfinished", lambda one: order.append("answered") if one.method == "PATCH" else None)
    control.stall("/api/uploads/", method="PATCH")
    dialog.get_by_role("radio", name="All members").check(force=True)
    dialog.get_by_role("radio", name="Private").check(force=True)
    control.release()
    expect(page.get_by_text("All members can see it now").first).to_be_visible()
    expect(page.get_by_text("Only you can see it now").first).to_be_visible()
    expect(dialog.get_by_role("radio", name="Private")).to_be_checked()
    page.reload()
    expect(dialog.get_by_role("radio", name="Private")).to_be_checked()
    assert order == ["asked", "answered"] * 2


def test_a_choice_for_one_file_does_not_wait_for_another(page: Page, picture: Path, control: Control) -> None:
    page.get_by_label("Choose files").set_input_files([shutil.copy(picture, picture.with_name("boat.png"))])
    expect(page.get_by_role("link", name="boat.png")).to_be_visible()
    control.stall("/api/uploads/", method="PATCH")
    do(page, "Show it to all members")
    control.wait_until_met()
    page.get_by_role("button", name="What to do with boat.png").click()
    page.get_by_role("menuitem", name="Show it to all members").click()
    expect(page.get_by_text("All members can see it now").first).to_be_visible()


def test_the_preview_says_once_who_can_see_the_file(page: Page) -> None:
    page.get_by_role("link", name=re.compile("heron.png")).click()
    dialog = page.get_by_role("dialog", name="heron.png")
    expect(dialog.get_by_role("group", name="Who can see it")).to_be_visible()
    expect(dialog.get_by_role("paragraph").filter(has_text="Who can see it")).to_have_count(0)


def test_a_change_that_comes_to_its_end_leaves_who_went_on_typing_where_they_are(page: Page, control: Control) -> None:
    control.stall("/api/uploads/", method="PATCH")
    do(page, "Show it to all members")
    search = page.get_by_role("searchbox", name="Search files")
    search.focus()
    control.release()
    expect(page.get_by_text("All members can see it now")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("All members can see it", exact=True)).to_be_attached()
    expect(search).to_be_focused()


def test_an_undo_that_failed_is_offered_again(page: Page, control: Control) -> None:
    do(page, "Delete")
    control.answer(507, "/api/uploads/", method="POST", body='{"error": "The disk is full.", "code": "no_space"}')
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The disk is full.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_a_form_that_works_says_so_at_its_button_and_takes_no_second_press(page: Page, control: Control) -> None:
    control.stall("/api/uploads/", method="PATCH")
    do(page, "Rename")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "PATCH" else None)
    page.keyboard.press("Enter")
    button = page.get_by_role("dialog").get_by_role("button", name="Rename")
    expect(button).to_have_css("cursor", "progress")
    page.keyboard.press("Enter")
    control.release()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(sent) == 1


def test_the_palette_opens_what_is_marked_whatever_comes_before_it_meanwhile(page: Page, control: Control) -> None:
    make_user("heron-keeper")
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()  # with it comes the key
    page.keyboard.press("ControlOrMeta+k")
    jump = page.get_by_role("combobox", name=re.compile("Jump"))
    jump.fill("nothing")
    expect(page.get_by_text("Nothing by that name.")).to_be_visible()
    expect(jump).to_have_attribute("aria-expanded", "false")
    control.stall("/api/users", method="GET")
    jump.fill("heron")
    marked = page.get_by_role("dialog").get_by_role("option", selected=True)
    expect(marked).to_contain_text("heron.png")
    expect(jump).to_have_attribute("aria-expanded", "true")
    control.release()
    expect(page.get_by_role("option", name=re.compile("heron-keeper"))).to_be_visible()
    expect(marked).to_contain_text("heron.png")
    expect(jump).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="heron.png")).to_be_visible()


def test_who_keeps_somebody_elses_file_private_is_asked_before_and_has_it_no_more(page: Page, sign_in: SignIn) -> None:
    do(page, "Show it to all members")
    expect(page.get_by_text("All members can see it now").first).to_be_visible()
    sign_in(make_user("max", role="manager"))
    page.goto("/files")
    page.get_by_role("link", name=re.compile("heron.png")).click()
    page.get_by_role("radio", name="Private").check(force=True)
    page.get_by_role("dialog", name="Keep “heron.png” private?").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("radio", name="All members")).to_be_checked()
    page.keyboard.press("Escape")
    for answer in ("Cancel", "Keep it private"):
        expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()
        do(page, "Keep it private")
        expect(page.get_by_role("dialog")).to_contain_text("It is not yours")
        page.get_by_role("dialog").get_by_role("button", name=answer).click()
    expect(page.get_by_text("Only its owner can see it now")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)


@pytest.mark.parametrize("way", ["Delete", "Rename", "Show it to all members"])
def test_a_file_that_somebody_else_deleted_meanwhile_goes_from_the_page(page: Page, way: str) -> None:
    other = page.context.new_page()
    other.goto("/files")
    do(other, "Delete")
    expect(other.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)
    do(page, way)
    if way == "Rename":
        page.keyboard.type("kingfisher")
        page.keyboard.press("Enter")
    expect(page.get_by_text("File not found")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_what_a_former_member_shared_is_kept_private_by_nobody(page: Page, sign_in: SignIn) -> None:
    ben = make_user("ben")
    with database() as session:
        former = User(username=FORMER, email="", name="Former member", status="disabled", confirmed_at=now())
        session.add(former)
        session.flush()
        session.execute(update(StoredFile).values(owner_id=former.id, visibility="members"))
        session.execute(update(User).where(User.id == ben.id).values(role="manager"))
    sign_in(ben)
    page.goto("/files")
    page.get_by_role("button", name=re.compile("heron.png")).click()
    expect(page.get_by_role("menuitem")).to_have_text(["Download", "Rename", "Delete"])
    page.keyboard.press("Escape")
    page.get_by_role("link", name=re.compile("heron.png")).click()
    expect(page.get_by_role("dialog").get_by_text("all members")).to_be_visible()
    expect(page.get_by_role("radio", name="Private")).to_have_count(0)


def test_a_picture_that_did_not_come_offline_comes_with_the_line(page: Page, network: Network) -> None:
    pictures = page.get_by_role("main").locator("img")
    with network.gone(page):
        page.get_by_role("radio", name="List").check(force=True)  # with smaller ones
        expect(pictures).to_have_count(0)
    wait_for_picture(page)


def test_a_file_that_somebody_else_deleted_meanwhile_is_not_there_to_be_looked_at(page: Page, watch: Watch) -> None:
    watch.allow("answered 404 to an img")
    other = page.context.new_page()
    other.goto("/files")
    do(other, "Delete")
    expect(other.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)
    page.get_by_role("link", name=re.compile("heron.png")).click()
    expect(page.get_by_text("File not found")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
