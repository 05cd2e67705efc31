"""The notes when the server does what servers do, planted by `control`: slow, silent, gone, at odds."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control

from .test_notes import listen, write


@pytest.fixture(autouse=True)
def ada(page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("No notes.")


def test_while_an_answer_is_held_back_the_page_says_that_it_works(page: Page, control: Control) -> None:
    control.stall("/notes", page, method="POST")
    write(page, "Milk")
    expect(page.get_by_role("status")).to_have_text("Working …")
    control.wait_until_met()  # the page says so before the server has heard of it
    assert [line.split(" (")[0] for line in control.in_flight()] == ["POST /notes"]
    control.release()
    expect(page.get_by_role("status")).to_have_text("Added.")


def test_a_dropped_connection_is_told(page: Page, control: Control) -> None:
    control.drop("/notes", page, method="POST")
    write(page, "Milk")
    expect(page.get_by_role("status")).to_have_text("That did not work. Try again.")


def test_a_slow_answer_arrives_whole(page: Page, control: Control) -> None:
    said = listen(page)
    control.slow(0.5, "/notes", page, method="GET")
    write(page, "Milk")
    expect(page.get_by_role("listitem")).to_contain_text(["Milk"])
    assert said.json_value()[0] == "Working …"


def test_only_the_named_session_is_refused(people_at_once: PeopleAtOnce, control: Control) -> None:
    ben, cleo = people_at_once("Ben", "Cleo")
    for page in (ben, cleo):
        page.goto("/")
    control.answer(429, "/notes", cleo, method="POST")
    write(ben, "Milk")
    expect(ben.get_by_role("status")).to_have_text("Added.")
    write(cleo, "Milk")
    expect(cleo.get_by_role("status")).to_have_text("That did not work. Try again.")


def test_the_server_can_live_in_another_time(page: Page, control: Control) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    control.clock_freeze(tomorrow)
    write(page, "Milk")
    expect(page.get_by_role("listitem").get_by_role("time")).to_have_text(tomorrow.date().isoformat())


@pytest.mark.parametrize("days", [-400, 400])
def test_who_signs_in_there_has_a_session_of_that_time(
    page: Page, control: Control, sign_in: SignIn, days: int
) -> None:
    control.clock_freeze(datetime.now(UTC) + timedelta(days=days))
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in("Ada")
    page.goto("/")
    expect(page.get_by_role("heading")).to_have_text("Notes of Ada")
