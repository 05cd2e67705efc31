"""A club with a mail server: what people do with mails that arrive, and what is seen of those that do not."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Coroutine, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from clubroom.core.mail import Mail
from playwright.sync_api import Page, expect
from sqlalchemy import update

from backend.tests import factories
from backend.tests.factories import PASSWORD, make_user
from backend.tests.inbox import Inbox
from e2e.harness import App
from e2e.harness.accessibility import expect_accessible
from e2e.harness.people import PeopleAtOnce, SignIn
from e2e.harness.remote import Control
from e2e.harness.widths import expect_to_fit
from e2e.steps import path_of, sign_in_by_form, sign_up

CLUB = 'Schach & Go "Süd", e.V.'


@pytest.fixture(scope="session")
def mail_port() -> Iterator[int]:
    """Where the mail server is. While it is down, its port is held by what never listens: nobody else gets it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="session")
def app_under_test(club: Callable[..., App], mail_port: int) -> App:
    return club(name=CLUB, mail_url=f"smtp://127.0.0.1:{mail_port}")


class MailServer(Controller):
    def _create_server(self) -> Coroutine[Any, Any, Any]:
        return self.loop.create_server(self._factory_invoker, self.hostname, self.port, reuse_port=True)


@contextlib.contextmanager
def delivering(port: int, inbox: Inbox | None = None) -> Iterator[Inbox]:
    """The mail server is up for the length of a with block; what it takes."""
    inbox = inbox or Inbox()
    server = MailServer(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield inbox
    finally:
        server.stop()


class Choosy(Inbox):
    """Knows no Grace."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address == "grace@example.org":
            return "550 5.1.1 Nobody lives here"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_the_button_in_the_mail_that_arrived_confirms_the_address(
    page: Page, people_at_once: PeopleAtOnce, control: Control, mail_port: int
) -> None:
    sign_up(page, "ada", "ada@example.org")
    expect(page.get_by_text("It may take a minute, or hide among the spam.")).to_be_visible()
    with delivering(mail_port) as inbox:
        control.run_jobs()
    ((recipients, mail),) = inbox.received
    assert (recipients, mail["To"]) == (["ada@example.org"], "ada@example.org")
    assert [sender.display_name for sender in mail["From"].addresses] == [CLUB]

    (mailbox,) = people_at_once(None)
    mailbox.set_content(part(mail, "html"))
    button = mailbox.get_by_role("link", name="Confirm my address")
    page.goto(path_of(button.get_attribute("href") or ""))
    page.get_by_role("button", name="Confirm my address").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_a_mail_fits_a_phone_whatever_its_reader_is_called(page: Page, control: Control, mail_port: int) -> None:
    page.request.post("/api/users", data={"username": "w" * 32, "email": "ada@example.org"})
    with delivering(mail_port) as inbox:
        control.run_jobs()
    page.set_content(part(inbox.received[0][1], "html"))
    expect_to_fit(page)


def test_what_is_mailed_while_the_mail_server_is_down_comes_later_and_once(
    page: Page, people_at_once: PeopleAtOnce, control: Control, mail_port: int
) -> None:
    (admin,) = people_at_once(make_user("grace", role="admin"))
    sign_up(page, "ada", "ada@example.org")
    page.get_by_role("heading", name="Check your mail").wait_for()
    control.run_jobs()
    admin.goto("/admin/outbox")
    waiting = admin.get_by_role("listitem").filter(has_text="to ada@example.org")
    expect(waiting).to_contain_text("Not delivered yet. The last try: Connection refused")
    waiting.get_by_text("Confirm your address").click()
    expect(waiting).to_contain_text("for two days or until its link ends. What it says is for its reader alone.")
    expect_accessible(admin)

    control.clock_forward(seconds=10)
    with delivering(mail_port) as inbox:
        control.run_jobs()
        control.clock_forward(hours=1)
        control.run_jobs()
    ((_, mail),) = inbox.received
    admin.reload()
    dialog = admin.get_by_role("dialog", name="Confirm it is you")
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()
    expect(admin.get_by_text("What was delivered is not kept.")).to_be_visible()
    code = re.search("^[A-Z0-9]{4}-[A-Z0-9]{4}", part(mail, "plain"), re.MULTILINE)
    page.get_by_label("Code from the mail").fill(code[0] if code else "")
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()


def test_who_runs_the_club_sees_on_any_page_that_mails_do_not_go_out_until_they_do(
    page: Page, people_at_once: PeopleAtOnce, control: Control, mail_port: int
) -> None:
    admin, manager = people_at_once(make_user("grace", role="admin"), make_user("mary", role="manager"))
    places = admin.get_by_role("navigation", name="Places")
    admin.goto("/people")
    expect(places.get_by_role("link", name="Admin", exact=True)).to_be_visible()
    sign_up(page, "ada", "ada@example.org")
    page.get_by_role("heading", name="Check your mail").wait_for()
    control.run_jobs()
    places.get_by_role("link", name="Files").click()
    places.get_by_role("link", name="Admin (mails do not go out)").click()
    admin.get_by_role("link", name="Outbox (mails do not go out)").click()
    expect(admin.get_by_text("the mail server is away, or takes none of the club’s")).to_be_visible()
    expect_accessible(admin)
    expect_to_fit(admin)
    admin.reload()
    expect(places.get_by_role("link", name="Admin (mails do not go out)")).to_be_visible()
    manager.goto("/admin/requests")
    expect(manager.get_by_text("Nobody is waiting")).to_be_visible()
    expect(manager.get_by_role("link", name="Admin", exact=True)).to_be_visible()

    control.clock_forward(seconds=10)
    with delivering(mail_port):
        control.run_jobs()
    places.get_by_role("link", name="People").click()
    expect(places.get_by_role("link", name="Admin", exact=True)).to_be_visible()


def test_a_mail_from_before_there_was_a_mail_server_says_that_it_was_not_sent(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user("grace", role="admin"))
    page.request.post("/api/users", data={"username": "ada", "email": "ada@example.org"})
    with factories.database() as session:
        session.execute(update(Mail).values(state="kept"))
    page.goto("/admin/outbox")
    mail = page.get_by_role("listitem").filter(has_text="to ada@example.org")
    expect(mail).to_contain_text("not sent, as no mail server was set")


def test_a_mail_that_is_refused_for_good_is_passed_on_by_an_administrator(
    page: Page, people_at_once: PeopleAtOnce, sign_in: SignIn, control: Control, mail_port: int
) -> None:
    sign_in(make_user("ada", role="admin"), page)
    page.goto("/people")
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog", name="Add a person")
    dialog.get_by_label("Username").fill("grace")
    dialog.get_by_label("E-mail").fill("grace@example.org")
    dialog.get_by_role("button", name="Add and send the mail").click()
    expect(page.get_by_text("grace was added. A mail is on its way.")).to_be_visible()
    with delivering(mail_port, Choosy()):
        control.run_jobs()
    page.goto("/admin/outbox")
    failed = page.get_by_role("listitem").filter(has_text="to grace@example.org")
    expect(failed).to_contain_text("The mail server refused it: 550 5.1.1 Nobody lives here")
    failed.get_by_text(f"Your account at {CLUB}").click()
    link = failed.frame_locator("iframe").get_by_role("link", name="Choose a password").get_attribute("href")

    page.goto("/people?q=grace")
    page.get_by_role("link", name="grace").click()
    page.get_by_role("button", name="Send a reset link").click()  # a mail that would be refused as well
    expect(page.get_by_role("button", name="Send the link")).to_be_visible()

    (grace,) = people_at_once(None)
    grace.goto(path_of(link or ""))
    grace.get_by_label("Password", exact=True).fill(PASSWORD)
    grace.get_by_role("button", name="Set password").click()
    expect(grace.get_by_role("heading", name="You are a member")).to_be_focused()
