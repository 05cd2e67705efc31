"""What several journeys do, named as a person would say it. Steps do not assert."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pyotp
from clubroom import create_app
from clubroom.accounts.models import User
from clubroom.core.mail import Mail
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from backend.tests.accounts.factors.device import raw
from backend.tests.factories import PASSWORD, database, make_passkey
from backend.tests.steps import code_in
from e2e.harness.devices import Passkeys
from e2e.harness.remote import Control


def served() -> Flask:
    """Runs in the server: the application as people get it, but for the time that passwords take."""
    return create_app({"CHEAP_PASSWORDS": True})


def forget_limits(app: Any) -> None:
    """Runs in the server: how often this machine has knocked is kept in memory, not in the database."""
    app.extensions["limiter"].forget()


def sign_up(page: Page, username: str, email: str, password: str = PASSWORD) -> None:
    page.goto("/sign-up")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()


def sign_in_by_form(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="(account menu)").click()
    page.get_by_role("menuitem", name="Sign out").click()


def stop_the_clock(control: Control) -> datetime:
    """Let the server's clock stand where it is, so that sessions made before go on; the moment."""
    moment = datetime.now(UTC)
    control.clock_freeze(moment)
    return moment


def stop_timers(page: Page) -> None:
    """What the page does by itself after a while, it does no more. Its clock must be a `page.clock.install()`."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)


def set_up_app(page: Page, moment: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the authenticator app on, where its button stands; the app, and the recovery codes.

    The server's clock has to stand at this moment (`stop_the_clock`): a code is good for half a minute.
    """
    page.get_by_role("button", name="Set up the authenticator app").click()
    app = pyotp.TOTP(page.get_by_role("dialog").locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code from the app").fill(app.at(moment))
    page.get_by_role("button", name="Turn on").click()
    return app, keep_codes(page)


def hold_passkey(passkeys: Passkeys, user: User, name: str) -> None:
    """Let a device hold a passkey of this person, which the server knows."""
    made = make_passkey(user, name)
    secret = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    passkeys.hold(
        [
            {
                "rpId": made.rp_id,
                "credentialId": b64encode(made.id).decode(),
                "userHandle": b64encode(raw(made.handle)).decode(),
                "privateKey": b64encode(secret).decode(),
                "signCount": made.count,
                "isResidentCredential": True,
            }
        ]
    )


def add_passkey(page: Page, name: str) -> None:
    """Add a passkey of this device. After the first factor of all the recovery codes are shown: `keep_codes`."""
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Continue").click()


def keep_codes(page: Page) -> list[str]:
    """The recovery codes, which are shown once."""
    codes = page.get_by_role("dialog", name="Your recovery codes").locator("code")
    codes.last.wait_for()
    kept = codes.all_inner_texts()
    page.get_by_role("button", name="I have kept them").click()
    return kept


def link_mailed_to(address: str) -> str:
    """The path of the link in the newest mail to this address."""
    return path_of(_newest_mail(address).links[0])


def path_of(link: str) -> str:
    """A mailed link as it leads to the test's server: it names the club's address, which is another."""
    return urlsplit(link)._replace(scheme="", netloc="").geturl()


def code_mailed_to(address: str) -> str:
    """The short code in the newest mail to this address, as its reader would type it elsewhere."""
    return code_in(_newest_mail(address))


def _newest_mail(address: str) -> Mail:
    with database() as session:
        newest = select(Mail).where(Mail.recipient == address).order_by(Mail.created_at.desc())
        return session.scalars(newest).first()  # type: ignore[return-value]  # no mail is a failure
