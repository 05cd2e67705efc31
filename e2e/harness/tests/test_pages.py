"""What somebody without eyes, mouse or a large screen would stumble over is found, and named."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from e2e.harness.accessibility import expect_accessible
from e2e.harness.devices import Clipboard, Drop, Network
from e2e.harness.keyboard import expect_usable_by_keyboard
from e2e.harness.widths import expect_to_fit

fails_because = pytest.mark.fails_because


def test_a_clean_page_passes(page: Page) -> None:
    page.goto("/clean")
    expect_accessible(page)
    expect_to_fit(page)
    assert expect_usable_by_keyboard(page) == ["button “Save”"]


@fails_because(
    "Buttons must have discernible text: button",
    "Elements must meet minimum color contrast ratio thresholds: .pale",
    "Elements must meet minimum color contrast ratio thresholds: .dark",
)
def test_a_button_without_a_name_and_text_that_is_pale_by_day_or_by_night(page: Page) -> None:
    page.goto("/unreadable")
    expect_accessible(page)


def test_a_dark_page_is_dark_again_when_both_were_looked_at(page: Page) -> None:
    page.goto("/clean")
    page.emulate_media(color_scheme="dark")
    expect_accessible(page)
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_an_animation_that_is_paused_is_not_waited_for(page: Page) -> None:
    page.goto("/paused")
    expect_accessible(page)


@fails_because("takes a dropped file")
def test_something_that_takes_no_files(page: Page, drop: Drop) -> None:
    page.goto("/clean")
    drop(page.get_by_role("button"), Path(__file__))


@fails_because("takes a dropped file")
def test_something_that_refuses_files(page: Page, drop: Drop) -> None:
    page.goto("/clean")
    page.evaluate(
        """addEventListener("dragover", (event) => {
          event.preventDefault();
          event.dataTransfer.dropEffect = "none";
        })"""
    )
    drop(page.get_by_role("button"), Path(__file__))


@fails_because("go to a page first")
@pytest.mark.chromium_only("the clipboard")
def test_a_page_that_has_been_nowhere_has_no_clipboard(clipboard: Clipboard) -> None:
    assert clipboard.text == ""


@fails_because("go to a page first")
@pytest.mark.chromium_only("a slow line")
def test_a_page_that_has_been_nowhere_has_no_line(page: Page, network: Network) -> None:
    with network.slow(page):
        page.goto("/clean")


@fails_because(
    '320 px wide, the page scrolls sideways because of <p class="banner">Everything must go',
    "1920 px wide: All touch targets must be 24px large, or leave sufficient space",
)
def test_something_that_sticks_out_and_targets_too_small_to_be_hit(page: Page) -> None:
    page.goto("/unfit")
    expect_to_fit(page)


@fails_because('320 px wide, the page scrolls sideways because of <p class="name">wwww')
def test_a_word_longer_than_its_box(page: Page) -> None:
    page.goto("/spilt")
    expect_to_fit(page)


@fails_because('320 px wide, the dialog scrolls sideways because of <p class="terms">All of the terms')
def test_a_dialog_that_scrolls_sideways_inside_itself(page: Page) -> None:
    page.goto("/overfull")
    expect_to_fit(page)


@fails_because("Tab does not get out of input “Search”", "Tab never reaches button “Last”")
def test_a_field_that_keeps_the_focus(page: Page) -> None:
    page.goto("/trap")
    expect_usable_by_keyboard(page)


@fails_because("Tab never reaches div “Text”")
def test_a_text_to_be_edited_that_is_passed_over(page: Page) -> None:
    page.goto("/skipped")
    expect_usable_by_keyboard(page)


def test_in_a_modal_dialog_the_walk_is_about_that_and_of_a_group_about_the_one_chosen(page: Page) -> None:
    page.goto("/modal")
    assert expect_usable_by_keyboard(page) == ["input “Large”", "button “Done”"]


def test_what_is_inert_is_no_control(page: Page) -> None:
    page.goto("/inert")
    assert expect_usable_by_keyboard(page) == ["button “Save”"]


def test_a_frame_with_many_controls_is_walked_through(page: Page) -> None:
    page.goto("/framed")
    assert expect_usable_by_keyboard(page) == ["iframe “A form”", "button “Done”"]


@fails_because("Tab does not get out of button “In”, button “Still in”")
def test_controls_that_pass_the_focus_round(page: Page) -> None:
    page.goto("/round")
    expect_usable_by_keyboard(page)


@fails_because("Tab does not get out of button “First”, button “Last”")
def test_a_page_that_lets_nobody_out(page: Page) -> None:
    page.goto("/circle")
    expect_usable_by_keyboard(page)


@fails_because("Nothing shows that the focus is on button “Save”")
def test_a_focus_that_nobody_sees(page: Page) -> None:
    page.goto("/unseen")
    expect_usable_by_keyboard(page)


def test_a_focus_that_is_a_shadow_is_seen(page: Page) -> None:
    page.goto("/shadow")
    assert expect_usable_by_keyboard(page) == ["button “Save”"]


@fails_because("Nothing shows that the focus is on button “Save”")
def test_a_focus_that_forced_colours_take_away(page: Page) -> None:
    page.goto("/shadow")
    page.emulate_media(forced_colors="active")
    expect_usable_by_keyboard(page)


@fails_because("There is nothing on this page to walk through.")
def test_a_walk_before_a_page_was_opened(page: Page) -> None:
    expect_usable_by_keyboard(page)


@fails_because("There is nothing on this page to be measured.")
def test_widths_before_a_page_was_opened(page: Page) -> None:
    expect_to_fit(page)
