"""Five journeys through the notes, with what every test needs: pages, people, a database as new."""

import re

import pytest
from playwright.sync_api import JSHandle, Page, expect

from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control


def write(page: Page, text: str) -> None:
    # The list as the page first asked for it is there: later, it would take the place of the one with this note.
    page.get_by_role("status").filter(has_text=re.compile(r"\S")).wait_for()
    page.get_by_label("New note").fill(text)
    page.get_by_role("button", name="Add", exact=True).click()


def listen(page: Page) -> JSHandle:
    """All that the page says from now on: what it says in between may be gone before anybody looks."""
    return page.evaluate_handle("""() => {
      const status = document.querySelector("[role=status]");
      const said = [];
      new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
      return said;
    }""")


@pytest.mark.smoke
def test_signing_in_with_the_form_shows_the_notes(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Notes of Ada")).to_be_visible()


def test_a_note_is_there_until_it_is_deleted(page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    write(page, "Milk")
    expect(page.get_by_role("listitem")).to_contain_text(["Milk"])
    page.reload()
    expect(page.get_by_role("listitem")).to_contain_text(["Milk"])
    page.get_by_role("button", name="Delete Milk").click()
    expect(page.get_by_role("listitem")).to_have_count(0)


def test_two_people_see_their_own_notes(people_at_once: PeopleAtOnce) -> None:
    ada, ben = people_at_once("Ada", "Ben")
    ada.goto("/")
    write(ada, "For Ada only")
    expect(ada.get_by_role("listitem")).to_have_count(1)
    ben.goto("/")
    expect(ben.get_by_role("status")).to_have_text("No notes.")


def test_old_notes_are_forgotten(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in("Ada")
    page.goto("/")
    write(page, "Milk")
    expect(page.get_by_role("listitem")).to_have_count(1)
    control.clock_forward(days=8)
    control.run_jobs()
    page.reload()
    expect(page.get_by_role("status")).to_have_text("No notes.")


def test_a_note_that_could_not_be_saved_says_so(page: Page, sign_in: SignIn, control: Control) -> None:
    sign_in("Ada")
    page.goto("/")
    control.answer(503, "/notes", page, method="POST")
    write(page, "Milk")
    expect(page.get_by_role("status")).to_have_text("That did not work. Try again.")
