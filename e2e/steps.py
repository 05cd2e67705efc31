"""What several journeys do, named as a person would say it. Steps do not assert."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from backend.tests.factories import PASSWORD, database


def forget_limits(app: Any) -> None:
    """Runs in the server: how often this machine has knocked is kept in memory, not in the database."""
    app.extensions.pop("limits", None)


def sign_in_by_form(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitem", name="Sign out").click()


def link_mailed_to(address: str) -> str:
    """The link in the newest mail to this address."""
    from clubroom.core.mail import Mail
    from sqlalchemy import select

    with database() as session:
        newest = select(Mail).where(Mail.recipient == address).order_by(Mail.created_at.desc())
        return session.scalars(newest).first().links[0]  # type: ignore[union-attr]  # no mail is a failure
