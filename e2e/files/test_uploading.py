"""Files go up, are looked at, come back byte for byte, and are deleted."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from clubroom.accounts.models import Session
from clubroom.files.models import StoredFile
from playwright.sync_api import BrowserContext, Error, Page, Route, expect
from sqlalchemy import delete

from backend.tests.factories import database, make_user
from e2e.conftest import MAX_UPLOAD
from e2e.harness.devices import Drop, Network
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.steps import sign_in_by_form, sign_out, stop_timers

NewContext = Callable[..., BrowserContext]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "minutes of May.txt"
    path.write_bytes(b"Present: Ada, Grace.\n" * 500)
    return path


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The third of three files, which waits for its turn."""
    path = tmp_path / "later.txt"
    path.write_text("Waits for its turn.")
    return path


def open_files(page: Page, sign_in: SignIn) -> None:
    """The files of somebody who has none, in a page whose clock can be moved."""
    sign_in(make_user("ada"))
    page.clock.install()
    page.goto("/files")
    page.get_by_text("Drop files here").wait_for()  # else the list says its count in the midst of the test


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Choose files").set_input_files(list(files))


@pytest.mark.smoke
def test_several_files_go_up_at_once_and_come_back_byte_for_byte(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    choose(page, notes, picture)
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    expect(page.get_by_text("2 files", exact=True).first).to_be_visible()
    expect(page.get_by_label("Choose files")).to_have_value("")  # else the same ones could not be chosen again

    page.get_by_role("link", name=re.compile(notes.name)).click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == notes.name
    assert download.value.path().read_bytes() == notes.read_bytes()


def test_progress_is_shown_while_a_file_goes_up(page: Page, sign_in: SignIn, notes: Path, control: Control) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    control.stall("/api/upload", method="POST")
    choose(page, notes)
    expect(page.get_by_role("progressbar", name=re.compile(notes.name))).to_be_visible()
    control.release()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    page.get_by_role("heading", name="Files").click()  # who did nothing yet is not asked whether to leave
    asked: list[str] = []
    page.on("dialog", lambda question: asked.append(question.type))
    page.on("dialog", lambda question: question.accept())
    page.reload()
    assert not asked


def test_what_has_arrived_stands_among_the_files_and_no_more_in_the_queue(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    open_files(page, sign_in)
    stop_timers(page)  # else the first may be out of sight before the second is there
    choose(page, notes, picture)
    queue = page.get_by_role("region", name="Uploads")
    expect(queue).to_contain_text("2 files uploaded")
    expect(queue.get_by_role("listitem")).to_have_count(0)
    page.clock.fast_forward(2_500)
    expect(queue).to_be_hidden()
    said = page.get_by_role("status").filter(has_text="2 files uploaded")
    expect(said.get_by_text("uploaded")).to_have_text(["2 files uploaded"])


def test_what_has_arrived_is_shown_though_more_goes_on_arriving(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    open_files(page, sign_in)
    stop_timers(page)
    for number, file in enumerate((notes, picture), 1):
        choose(page, file)
        expect(page.get_by_role("region", name="Uploads")).to_contain_text(re.compile(f"{number} files? uploaded"))
        page.clock.run_for(100)
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


@pytest.mark.chromium_only("the others know no fingers")
def test_fingers_are_not_told_to_drop_anything(new_context: NewContext, sign_in: SignIn) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    sign_in(make_user("ada"), context)
    page = context.new_page()
    page.goto("/files")
    expect(page.get_by_text("No files yet")).to_be_visible()
    expect(page.get_by_text("Drop or paste")).to_have_count(0)


def test_a_file_that_is_too_large_is_refused_and_the_others_go_up(
    page: Page, sign_in: SignIn, notes: Path, tmp_path: Path
) -> None:
    sign_in(make_user("ada"))
    large = tmp_path / "film.bin"
    large.write_bytes(bytes(MAX_UPLOAD + 1))
    page.goto("/files")
    choose(page, large, notes)
    queue = page.get_by_role("region", name="Uploads")
    expect(queue.get_by_role("listitem").filter(has_text="film.bin")).to_contain_text(re.compile("1 MB"))
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    expect(page.get_by_text("1 file", exact=True).first).to_be_visible()


@pytest.mark.parametrize(("many", "read_out"), [(2, 2), (7, 5)])
def test_of_several_that_are_too_large_as_many_are_read_out_as_one_listens_to(
    page: Page, sign_in: SignIn, tmp_path: Path, many: int, read_out: int
) -> None:
    sign_in(make_user("ada"))
    films = [tmp_path / f"film {number}.bin" for number in range(many)]
    for film in films:
        film.write_bytes(bytes(MAX_UPLOAD + 1))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    expect(page.locator("#announcements")).to_have_text("0 files")  # else that would be one of them
    choose(page, *films)
    expect(page.locator("#announcements > div")).to_have_text(
        [re.compile(f"^{film.name}: Too large") for film in films[:read_out]]
    )


DRAG = """(steps) => {
  const given = new DataTransfer();
  given.items.add(new File(["Milk"], "list.txt"));
  const row = document.body.appendChild(document.createElement("div"));
  const places = { row, main: document.querySelector("main") };
  for (const [what, where] of steps) {
    if (what === "remove") places[where].remove();
    else places[where].dispatchEvent(
      new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer: given }));
  }
}"""


def test_the_sheet_to_drop_on_goes_though_what_was_dragged_over_is_gone(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    over = [["dragenter", "main"], ["dragenter", "row"], ["dragleave", "main"]]
    page.evaluate(DRAG, over)
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Drop files here")).to_be_visible()
    page.evaluate(DRAG, [*over, ["remove", "row"], ["dragenter", "main"], ["dragleave", "row"], ["dragleave", "main"]])
    expect(page.get_by_text("Drop to upload")).to_be_hidden()


def test_a_picture_dragged_about_in_the_page_is_not_uploaded(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.evaluate(DRAG, [["dragstart", "main"], ["dragenter", "main"], ["drop", "main"], ["dragend", "main"]])
    expect(page.get_by_text("Drop to upload")).to_be_hidden()
    page.evaluate(DRAG, [["dragenter", "main"], ["drop", "main"]])
    expect(page.get_by_role("link", name="list.txt")).to_be_visible()
    assert len(sent) == 1


def test_the_head_of_the_queue_tells_what_goes_on_and_what_was_refused(
    page: Page, sign_in: SignIn, notes: Path, tmp_path: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    large = tmp_path / "film.bin"
    large.write_bytes(bytes(MAX_UPLOAD + 1))
    page.goto("/files")
    control.stall("/api/upload", method="POST")
    choose(page, large, notes)
    expect(page.get_by_role("heading", name="Uploading 1 file, 1 not uploaded")).to_be_visible()
    control.release()
    expect(page.get_by_role("heading", name="1 file was not uploaded")).to_be_visible()


@pytest.mark.chromium_only("only its line can be made slow")
def test_a_cancelled_upload_leaves_nothing(page: Page, sign_in: SignIn, tmp_path: Path, network: Network) -> None:
    sign_in(make_user("ada"))
    large = tmp_path / "film.bin"
    large.write_bytes(bytes(MAX_UPLOAD - 1000))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    with network.slow(page):
        choose(page, large)
        page.get_by_role("button", name="Cancel film.bin").click()
        expect(page.get_by_role("region", name="Uploads")).to_be_hidden()
        expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    page.reload()
    expect(page.get_by_text("Drop files here")).to_be_visible()


def test_an_upload_that_failed_is_tried_again_by_a_press(
    page: Page, sign_in: SignIn, notes: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()  # else the list says its count in between
    control.answer(507, "/api/upload", method="POST", body='{"error": "The disk is full.", "code": "no_space"}')
    choose(page, notes)
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("The disk is full.")
    expect(page.locator("#announcements")).to_contain_text(f"{notes.name}: The disk is full.")
    control.stall("/api/upload", method="POST")
    page.get_by_role("region", name="Uploads").get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Cancel {notes.name}")).to_be_focused()
    control.release()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


def test_who_has_gone_on_is_told_what_became_of_the_files(
    page: Page, sign_in: SignIn, notes: Path, picture: Path, later: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    for _ in range(2):
        control.stall("/api/upload", method="POST")
    control.answer(507, "/api/upload", method="POST", body='{"error": "The disk is full.", "code": "no_space"}')
    choose(page, notes, picture, later)
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("table", name="People")).to_be_visible()
    control.release()
    expect(page.locator("#toasts").get_by_text("2 files uploaded")).to_be_visible()
    page.get_by_text("1 file was not uploaded.").get_by_role("link").click()
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("The disk is full.")


@pytest.mark.parametrize("width", [1280, 390])
def test_what_can_be_done_with_a_failed_upload_stands_in_the_order_of_the_keys(
    page: Page, sign_in: SignIn, notes: Path, control: Control, width: int
) -> None:
    sign_in(make_user("ada"))
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/files")
    control.drop("/api/upload", method="POST")
    choose(page, notes)
    page.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Tab")
    away = page.get_by_role("button", name=f"Dismiss {notes.name}")
    expect(away).to_be_focused()
    boxes = [one.bounding_box() for one in (page.get_by_role("button", name="Try again"), away)]
    first, second = ((box["y"] + box["height"] / 2, box["x"]) for box in boxes if box)
    assert first < second


def test_what_did_not_go_up_offline_is_kept_also_where_the_next_page_does_not_come(
    page: Page, sign_in: SignIn, notes: Path, network: Network
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()
    with network.gone(page):
        choose(page, notes)
        expect(page.get_by_role("region", name="Uploads")).to_contain_text("The connection broke")
        page.get_by_role("link", name="People").click()
        expect(page.get_by_role("heading", name="This page did not load")).to_be_visible()
    expect(page.get_by_role("table", name="People")).to_be_visible()
    page.get_by_role("link", name="Files").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


def test_who_leaves_with_a_file_that_could_be_tried_again_is_asked(
    page: Page, sign_in: SignIn, notes: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    page.get_by_role("heading", name="Files").click()  # who did nothing yet is not asked whether to leave
    control.drop("/api/upload", method="POST")
    choose(page, notes)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda question: asked.append(question.type))
    page.on("dialog", lambda question: question.accept())
    page.reload()
    assert asked == ["beforeunload"]


def test_an_upload_that_the_line_swallows_is_told_and_can_be_tried_again(
    page: Page, sign_in: SignIn, notes: Path
) -> None:
    open_files(page, sign_in)
    swallowed = re.compile("/api/upload$|/readyz$")
    page.route(swallowed, lambda _: None)
    with page.expect_request("**/api/upload"):
        choose(page, notes)
    with page.expect_request("**/readyz"):
        for _ in range(2):  # in the first, some of it may have gone out
            page.clock.fast_forward("00:10")
    with page.expect_event("requestfailed"):  # the page does not wait for it longer
        page.clock.fast_forward("00:08")
    away = page.get_by_text("Clubroom is not answering.")
    expect(away).to_be_visible()
    page.route(swallowed, lambda route: route.continue_())
    page.clock.fast_forward("00:09")  # also where it has asked once more meanwhile
    expect(away).to_have_count(0)
    page.clock.fast_forward("01:01")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


def test_an_upload_that_stands_still_though_the_line_is_there_can_be_tried_again(
    page: Page, sign_in: SignIn, notes: Path
) -> None:
    open_files(page, sign_in)
    page.route("**/api/upload", lambda _: None)
    with page.expect_request("**/api/upload"):
        choose(page, notes)
    with page.expect_response("**/readyz"):
        for _ in range(2):  # in the first, some of it may have gone out
            page.clock.fast_forward("00:10")
    page.evaluate("fetch('/healthz').then(() => undefined)")  # the page has heard of the answer before
    page.clock.fast_forward("05:01")
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("The connection broke")
    page.route("**/api/upload", lambda route: route.continue_())
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


def test_a_list_that_the_line_swallows_keeps_back_nothing_that_arrives_after_it(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    open_files(page, sign_in)
    page.route("**/api/uploads?*", lambda _: None, times=1)
    with page.expect_request("**/api/uploads?*"):
        choose(page, notes)
    with page.expect_response("**/api/upload"):
        choose(page, picture)
    page.clock.fast_forward("00:11")
    for file in (notes, picture):
        expect(page.get_by_role("link", name=re.compile(file.name))).to_be_visible()


def test_who_signs_out_while_files_go_up_is_asked(page: Page, sign_in: SignIn, notes: Path, control: Control) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    control.stall("/api/upload", method="POST")
    choose(page, notes)
    control.wait_until_met()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    question = page.get_by_role("dialog", name="Sign out and stop the uploads?")
    sign_out(page)
    question.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="(account menu)")).to_be_focused()
    sign_out(page)
    question.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_upload_that_went_out_with_the_token_before_goes_up_once_more(
    page: Page, sign_in: SignIn, notes: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    control.answer(401, "/api/upload", page, method="POST", body='{"error": "Unauthorized", "code": "unauthorized"}')
    choose(page, notes)
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


def test_uploads_that_hear_of_the_end_of_the_session_late_disturb_nobody_who_signs_in_again(
    page: Page, sign_in: SignIn, notes: Path, picture: Path, later: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    with database() as session:
        session.execute(delete(Session))
    control.stall("/api/upload", method="POST")
    choose(page, notes, picture, later)
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    page.get_by_label("Username or e-mail").fill("ada")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/api/upload")):
        control.release()
    expect(page.get_by_label("Username or e-mail")).to_have_value("ada")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("link", name=re.compile(later.name))).to_be_visible()
    expect(page.get_by_role("heading", name="2 files were not uploaded")).to_be_visible()


def test_what_waits_is_not_sent_for_somebody_else_who_signs_in_instead(
    page: Page, sign_in: SignIn, notes: Path, picture: Path, later: Path
) -> None:
    make_user("grace")
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    page.context.clear_cookies(name="session")
    choose(page, notes, picture, later)
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/api/upload") else None)
    sign_in_by_form(page, "grace")
    expect(page.get_by_text("Drop files here")).to_be_visible()
    expect(page.get_by_role("region", name="Uploads")).to_be_hidden()
    assert not sent


def test_nothing_more_is_sent_when_somebody_else_signs_in_beside_and_one_stays(
    page: Page, sign_in: SignIn, notes: Path, picture: Path, later: Path, control: Control
) -> None:
    make_user("grace")
    sign_in(make_user("ada"))
    page.goto("/files")
    page.get_by_role("heading", name="Files").click()  # who did nothing yet is not asked whether to leave
    expect(page.get_by_text("Drop files here")).to_be_visible()  # what is asked for later ends the session
    expect(page.get_by_role("button", name="ada (account menu)")).to_be_visible()  # by now it listens
    for _ in range(2):
        control.stall("/api/upload", method="POST")
    choose(page, notes, picture, later)
    expect(page.get_by_role("heading", name="Uploading 3 files")).to_be_visible()
    page.on("dialog", lambda question: question.dismiss())  # "Leave this page?"
    other = page.context.new_page()
    page.context.clear_cookies()
    other.goto("/sign-in")
    with page.expect_event("dialog"):
        sign_in_by_form(other, "grace")
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/api/upload") else None)
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/api/upload")):
        control.release()
    expect(other.get_by_role("button", name="grace (account menu)")).to_be_visible()
    other.get_by_role("link", name="Files").click()
    expect(other.get_by_text("Drop files here")).to_be_visible()
    assert not sent


def test_files_are_taken_also_where_the_frame_came_after_the_page(
    page: Page, sign_in: SignIn, drop: Drop, picture: Path
) -> None:
    sign_in(make_user("ada"))
    held: list[Route] = []
    page.route("**/components/frame.js", lambda route: held.append(route))
    page.goto("/files")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    held.pop().continue_()
    expect(page.get_by_role("button", name="Jump to")).to_be_visible()
    drop(page.get_by_role("main"), picture)
    expect(page.get_by_role("link", name=re.compile("heron.png"))).to_be_visible()


def test_dropping_files_anywhere_on_the_page_uploads_them(
    page: Page, sign_in: SignIn, drop: Drop, picture: Path
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    drop(page.get_by_role("main"), picture)
    expect(page.get_by_role("link", name=re.compile(picture.name))).to_be_visible()


PASTE = """(target) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File(["hello"], "pasted.txt", { type: "text/plain" }));
  return target.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
}"""


def test_a_pasted_file_goes_up_but_where_one_types(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/files?q=pasted")
    left_alone = page.get_by_role("searchbox").evaluate(PASTE)
    assert left_alone
    page.get_by_role("main").evaluate(PASTE)
    expect(page.get_by_role("link", name="pasted.txt")).to_be_visible()


def test_a_deleted_file_is_back_by_undo(page: Page, sign_in: SignIn, notes: Path) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    choose(page, notes)
    page.get_by_role("link", name=re.compile(notes.name)).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()


@pytest.mark.smoke
def test_others_see_a_file_only_once_it_is_shown_to_the_members(people_at_once: PeopleAtOnce, notes: Path) -> None:
    ada, grace = people_at_once(make_user("ada"), make_user("grace"))
    ada.goto("/files")
    choose(ada, notes)
    expect(ada.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    grace.goto("/files")
    expect(grace.get_by_text("Drop files here")).to_be_visible()

    ada.get_by_role("link", name=re.compile(notes.name)).click()
    ada.get_by_role("dialog").get_by_role("radio", name=re.compile("members", re.IGNORECASE)).check(force=True)
    expect(ada.get_by_role("status").filter(has_text=re.compile("members", re.IGNORECASE)).first).to_be_attached()
    grace.reload()
    grace.get_by_role("button", name=re.compile(notes.name)).click()
    expect(grace.get_by_role("menuitem")).to_have_text(["Download"])  # it is not hers to change


def open_first_of_two(page: Page, sign_in: SignIn, first: Path, second: Path) -> None:
    """Ada has uploaded both, and looks at the one that stands before the other."""
    sign_in(make_user("ada"))
    page.goto("/files")
    choose(page, second)
    expect(page.get_by_role("link", name=re.compile(second.name))).to_be_visible()
    choose(page, first)
    page.get_by_role("link", name=re.compile(first.name)).click()


def test_the_preview_walks_by_arrow_keys_and_escape_returns_to_the_file(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    open_first_of_two(page, sign_in, picture, notes)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name=re.compile(picture.name))).to_be_visible()
    there = page.url
    page.keyboard.press("Alt+ArrowRight")  # the browser's own
    assert page.evaluate("location.href") == there
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("Present: Ada, Grace.")
    expect(dialog.get_by_role("status").filter(has_text=notes.name)).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_focused()


def test_a_page_named_as_a_picture_is_never_run(page: Page, sign_in: SignIn, tmp_path: Path) -> None:
    sign_in(make_user("ada"))
    trap = tmp_path / "photo.jpg"
    trap.write_text("<!doctype html><script>document.title = 'run'</script>")
    page.goto("/files")
    choose(page, trap)
    page.get_by_role("link", name=re.compile(trap.name)).click()
    link = page.get_by_role("dialog").get_by_role("link", name="Download").get_attribute("href") or ""
    with page.expect_download() as download, contextlib.suppress(Error):  # what is kept is no page one gets to
        page.goto(link.partition("?")[0])
    assert download.value.suggested_filename == trap.name


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("clip.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 100, "This video does not play here"),
        ("song.mp3", b"ID3\3\0\0\0\0\0\0" + b"\0" * 100, "This recording does not play here"),
        ("later.txt", b"", "There is nothing in this file"),
    ],
)
def test_where_there_is_nothing_to_see_the_preview_says_so(
    page: Page, sign_in: SignIn, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    sign_in(make_user("ada"))
    (tmp_path / name).write_bytes(content)
    page.goto("/files")
    choose(page, tmp_path / name)
    page.get_by_role("link", name=re.compile(name)).click()
    expect(page.get_by_role("dialog")).to_contain_text(words)


def test_a_text_opened_offline_comes_with_the_line(page: Page, sign_in: SignIn, notes: Path, network: Network) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    choose(page, notes)
    expect(page.get_by_role("link", name=re.compile(notes.name))).to_be_visible()
    with network.gone(page):
        page.get_by_role("link", name=re.compile(notes.name)).click()
        expect(page.get_by_role("dialog")).to_contain_text("This text did not load")
    expect(page.get_by_role("dialog")).to_contain_text("Present: Ada, Grace.")


def test_the_preview_goes_on_by_keyboard_past_the_last_file_and_after_a_change(
    page: Page, sign_in: SignIn, notes: Path, picture: Path
) -> None:
    open_first_of_two(page, sign_in, picture, notes)
    dialog = page.get_by_role("dialog", name=picture.name)
    dialog.get_by_role("radio", name="Private").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("All members can see it now").first).to_be_visible()
    expect(dialog.get_by_role("radio", name="All members")).to_be_focused()
    page.get_by_role("button", name="Next file").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=notes.name)).to_contain_text("Present: Ada, Grace.")
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("img", name=picture.name)).to_be_visible()


def keep_files(sign_in: SignIn, number: int) -> None:
    """Sign in as somebody who has so many; the list shows 48 at first."""
    ada = make_user("ada")
    sign_in(ada)
    with database() as session:
        for n in range(number):
            known = {"id": f"file{n}", "key": f"file{n}", "name": f"{n:02}.bin", "owner_id": ada.id, "size": 1}
            session.add(StoredFile(**known, type="application/octet-stream", kind="other", sha256=""))


def test_the_preview_goes_on_where_the_list_has_more(page: Page, sign_in: SignIn) -> None:
    keep_files(sign_in, 49)
    page.goto("/files?sort=name&file=file47")
    expect(page.get_by_role("dialog", name="47.bin")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="48.bin")).to_be_visible()
    expect(page.get_by_role("button", name="Next file")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="47.bin")).to_be_visible()


def test_a_file_is_counted_no_more_though_it_was_deleted_from_beyond_the_list(page: Page, sign_in: SignIn) -> None:
    keep_files(sign_in, 49)
    page.goto("/files?sort=name&file=file48")
    page.get_by_role("dialog", name="48.bin").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("main").get_by_text("48 files", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_text_on_its_way_comes_also_when_its_file_gets_another_name(
    page: Page, sign_in: SignIn, notes: Path, control: Control
) -> None:
    sign_in(make_user("ada"))
    page.goto("/files")
    choose(page, notes)
    control.stall("/api/uploads/", method="GET")
    page.get_by_role("link", name=re.compile(notes.name)).click()
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.keyboard.type("June")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="June.txt")).to_be_visible()
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    control.release()
    expect(page.get_by_role("dialog")).to_contain_text("Present: Ada, Grace.")


STRAY = """(target) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["hello"], "hello.txt"));
  return ["dragover", "drop"].map((what) => {
    Object.defineProperty(dataTransfer, "dropEffect", { value: "copy", writable: true, configurable: true });
    const event = new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer });
    target.dispatchEvent(event);
    return [event.defaultPrevented, dataTransfer.dropEffect];
  });
}"""


def test_a_file_dropped_beside_its_place_does_not_take_the_place_of_the_page(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("ada"))
    page.goto("/account")
    expect(page.get_by_role("button", name="(account menu)")).to_be_visible()
    assert page.get_by_role("main").evaluate(STRAY) == [[True, "none"]] * 2
