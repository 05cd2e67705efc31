"""The notes with what surrounds a page: passkeys, dropped files, a clipboard, a bad line, a dying server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.harness.devices import Clipboard, Drop, Network, Passkeys
from e2e.harness.people import SignIn
from e2e.harness.server import Server

from .test_notes import listen, write


@pytest.fixture(autouse=True)
def ada(page: Page, sign_in: SignIn) -> None:
    sign_in("Ada")
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("No notes.")


@pytest.mark.chromium_only("a virtual authenticator")
def test_a_passkey_is_made_for_this_site(page: Page, passkeys: Passkeys) -> None:
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("Passkey added.")
    assert [passkey["rpId"] for passkey in passkeys.kept] == ["localhost"]


@pytest.mark.chromium_only("a virtual authenticator")
def test_without_its_owner_there_is_no_passkey(page: Page, passkeys: Passkeys) -> None:
    passkeys.know_owner(False)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("That did not work. Try again.")


def test_a_dropped_file_becomes_a_note(page: Page, drop: Drop, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("Milk, bread – and tea")
    drop(page.get_by_role("main"), file)
    expect(page.get_by_role("listitem")).to_contain_text("Milk, bread – and tea")


@pytest.mark.chromium_only("reading the clipboard without being asked")
def test_a_note_is_copied(page: Page, clipboard: Clipboard) -> None:
    write(page, "Milk")
    page.get_by_role("button", name="Copy Milk").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    assert clipboard.text == "Milk"


def test_offline_a_note_is_not_lost_silently(page: Page, network: Network) -> None:
    with network.gone(page):
        write(page, "Milk")
        expect(page.get_by_role("status")).to_have_text("That did not work. Try again.")
    write(page, "Bread")
    expect(page.get_by_role("listitem")).to_have_count(1)


@pytest.mark.chromium_only("a slow line")
def test_on_a_slow_line_the_page_says_that_it_works(page: Page, network: Network) -> None:
    said = listen(page)
    with network.slow(page):
        write(page, "Milk")
        expect(page.get_by_role("status")).to_have_text("Added.")
    assert said.json_value()[0] == "Working …"


def test_a_note_survives_a_power_cut(page: Page, server: Server) -> None:
    write(page, "Milk")
    expect(page.get_by_role("status")).to_have_text("Added.")
    with server.down():
        write(page, "Bread")
        expect(page.get_by_role("status")).to_have_text("That did not work. Try again.")
    page.reload()
    expect(page.get_by_role("listitem")).to_contain_text(["Milk"])
