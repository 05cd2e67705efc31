"""Changing one's e-mail address, and taking the change back from the old one."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from backend.tests.factories import make_user
from e2e.harness.server import Server
from e2e.steps import link_mailed_to, sign_in_by_form


def at(server: Server, link: str) -> str:
    return re.sub("^https?://[^/]+", server.url, link)


def test_a_new_address_counts_once_confirmed_and_the_old_one_can_undo_it(page: Page, server: Server) -> None:
    make_user("ada", email="old@example.org")
    page.goto("/sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto("/account")
    page.get_by_label("New e-mail address").fill("new@example.org")
    page.get_by_role("button", name="Change address").click()
    expect(page.get_by_text(re.compile("new@example.org")).first).to_be_visible()

    page.goto(at(server, link_mailed_to("new@example.org")))
    page.get_by_role("button", name=re.compile("[Cc]onfirm")).click()
    expect(page.get_by_role("link", name=re.compile("club|Sign in")).first).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("new@example.org").first).to_be_visible()

    page.goto(at(server, link_mailed_to("old@example.org")))
    page.get_by_role("button", name=re.compile("back|undo|keep", re.IGNORECASE)).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.goto("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in_by_form(page, "old@example.org")
    expect(page.get_by_text("old@example.org").first).to_be_visible()
