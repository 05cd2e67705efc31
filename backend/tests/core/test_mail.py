from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from clubroom.core import jobs, mail
from clubroom.core.clock import now
from clubroom.core.database import db
from clubroom.core.mail import Mail
from clubroom.settings import Settings
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables
from sqlalchemy import select, update
from time_machine import TimeMachineFixture

from ..factories import PASSWORD, database, make_user
from ..inbox import Inbox
from ..steps import link_in, mails_to


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox, port: int) -> Iterator[Controller]:
    """A mail server; a test starts and stops it as it likes."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    return Settings.load(
        {"CLUBROOM_MAIL_URL": f"smtp://127.0.0.1:{port}", "CLUBROOM_MAIL_FROM": "club@club.example"},
        data_dir=settings.data_dir,
        secret_key="only in tests",
    )


def deliver_to_one_of_ascii(app: Flask, inbox: Inbox, port: int) -> None:
    """Do the jobs while the mail server is one that knows only ASCII."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    jobs.run_all(app)
    controller.stop()


def sign_up(client: FlaskClient, email: str = "ada@example.org", username: str = "ada") -> Mail:
    """Queue a mail by signing up."""
    client.post("/api/users", json={"username": username, "email": email, "password": PASSWORD})
    return mails_to(email)[0]


@pytest.mark.usefixtures("smtp")
def test_a_mail_is_delivered_once_and_then_forgotten(app: Flask, client: FlaskClient, inbox: Inbox) -> None:
    queued = sign_up(client)
    assert queued.state == "waiting"
    assert (jobs.run_all(app), jobs.run_all(app)) == (1, 0)
    ((recipients, received),) = inbox.received
    assert recipients == ["ada@example.org"]
    assert received["Message-ID"] == f"<{queued.id}@localhost>"
    assert received["From"] == "Clubroom <club@club.example>"
    assert received["Subject"] == "Confirm your address for Clubroom"
    assert received["Auto-Submitted"] == "auto-generated"
    (sent,) = mails_to("ada@example.org")
    assert (sent.state, sent.text, sent.html) == ("sent", "", "")


@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize(
    "name", ["Rowing, Zürich", "Zürich: Rowing; Sailing", "Rüdern @ home", "=?utf-8?q?a=0aBcc:_b?="]
)
def test_a_club_of_any_name_is_the_one_sender(app: Flask, client: FlaskClient, inbox: Inbox, name: str) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], name=name)
    sign_up(client)
    jobs.run_all(app)
    (sender,) = inbox.received[0][1]["From"].addresses
    assert (sender.addr_spec, sender.display_name) == ("club@club.example", name.replace("=?", "= ?"))


def test_a_club_whose_name_ends_in_a_stop_ends_a_sentence_with_that_one(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], name="Ruderclub e.V.")
    with app.app_context():
        user = SimpleNamespace(username="ada", name="Ada")
        mail.queue("welcome", "ada@example.org", user=user, by="grace", link="http://localhost/welcome#token=x")
        db.session.commit()
    (queued,) = mails_to("ada@example.org")
    for words in (queued.text, queued.html):
        assert "an account for you at Ruderclub e.V. You sign in with this address" in words


def test_a_mail_that_stayed_in_the_outbox_is_forgotten_after_ninety_days(app: Flask, clock: TimeMachineFixture) -> None:
    with database() as session:
        for state in ("kept", "failed", "waiting"):
            session.add(Mail(recipient="ada@example.org", subject="", text="", html="", state=state))
    for days, left in ((89, 3), (2, 1)):
        clock.shift(timedelta(days=days))
        jobs.sweep_all(app, threading.Event())
        assert len(mails_to("ada@example.org")) == left


@pytest.mark.usefixtures("smtp")
def test_to_whom_a_mail_was_delivered_is_forgotten_a_day_later(
    app: Flask, client: FlaskClient, clock: TimeMachineFixture
) -> None:
    sign_up(client)
    jobs.run_all(app)
    client.post("/api/users", json={"username": "ben", "email": "ben@example.org"})  # its mail still waits
    counts = []
    for hours in (23, 1):
        clock.shift(timedelta(hours=hours))
        jobs.sweep_all(app, threading.Event())
        counts.append((len(mails_to("ada@example.org")), len(mails_to("ben@example.org"))))
    assert counts == [(1, 1), (0, 1)]


@pytest.mark.usefixtures("smtp")
def test_a_mail_says_the_same_as_text_and_as_a_page(app: Flask, client: FlaskClient, inbox: Inbox) -> None:
    link = link_in(sign_up(client))
    jobs.run_all(app)
    body = inbox.received[0][1]
    for kind in ("plain", "html"):
        part = body.get_body((kind,))
        assert part is not None
        assert link in part.get_content()


def test_no_mail_is_lost_while_the_server_is_away(
    app: Flask, client: FlaskClient, as_admin: FlaskClient, inbox: Inbox, port: int, clock: TimeMachineFixture
) -> None:
    sign_up(client)
    assert jobs.run_all(app) == 1
    (shown,) = as_admin.get("/api/outbox").json or []
    assert (shown["state"], shown["text"]) == ("waiting", "")
    assert shown["reason"] == "Not delivered yet. The last try: Connection refused"
    clock.shift(10)
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    jobs.run_all(app)
    controller.stop()
    assert [recipients for recipients, _ in inbox.received] == [["ada@example.org"]]
    (sent,) = mails_to("ada@example.org")
    assert (sent.state, sent.reason) == ("sent", None)


def test_the_first_mail_that_goes_out_takes_all_along_that_waited_for_the_server(
    app: Flask, client: FlaskClient, request: pytest.FixtureRequest, inbox: Inbox, clock: TimeMachineFixture
) -> None:
    three_sign_up(app)
    for _ in range(5):
        jobs.run_all(app)
        clock.shift(timedelta(minutes=15))
    jobs.run_all(app)
    request.getfixturevalue("smtp")
    clock.shift(1)  # nobody's turn yet
    sign_up(client, "kay@example.org", "kay")
    jobs.run_all(app)
    assert [who for (who,), _ in inbox.received] == [f"{name}@example.org" for name in ("kay", "ada", "ben", "eve")]


def test_that_mails_are_held_up_is_told_with_each_answer_to_who_may_read_the_outbox(
    app: Flask,
    client: FlaskClient,
    as_admin: FlaskClient,
    as_manager: FlaskClient,
    request: pytest.FixtureRequest,
    inbox: Inbox,
    clock: TimeMachineFixture,
) -> None:
    def told() -> list[str | None]:
        jobs.run_all(app)
        return [one.get("/api/users").headers.get("X-Mail-Held-Up") for one in (as_admin, as_manager)]

    assert told() == ["false", None]
    sign_up(client)
    assert told() == ["true", None]
    with database() as session:
        session.execute(update(Mail).values(until=now()))
    clock.shift(timedelta(hours=1))
    assert told() == ["true", None]  # it has failed, and nothing shows that the server is back
    inbox.answer = "550 5.1.1 Nobody lives here"
    request.getfixturevalue("smtp")
    sign_up(client, "kay@example.org", "kay")
    assert told() == ["false", None]


def test_a_mail_whose_link_has_ended_keeps_none_that_waits_behind_it(
    app: Flask, client: FlaskClient, request: pytest.FixtureRequest, inbox: Inbox, clock: TimeMachineFixture
) -> None:
    three_sign_up(app)
    jobs.run_all(app)
    clock.shift(1)
    with database() as session:
        session.execute(update(Mail).where(Mail.recipient == "ada@example.org").values(until=now()))
    request.getfixturevalue("smtp")
    sign_up(client, "kay@example.org", "kay")
    jobs.run_all(app)
    assert [who for (who,), _ in inbox.received] == [f"{name}@example.org" for name in ("kay", "ben", "eve")]


@pytest.mark.usefixtures("smtp")
def test_a_mail_that_is_refused_for_now_is_not_tried_again_with_each_that_goes_out(
    app: Flask, client: FlaskClient, inbox: Inbox, clock: TimeMachineFixture
) -> None:
    tries = []

    async def be_full(server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address == "ada@example.org":
            tries.append(address)
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    setattr(inbox, "handle_RCPT", be_full)  # noqa: B010
    three_sign_up(app)
    jobs.run_all(app)
    clock.shift(1)
    sign_up(client, "kay@example.org", "kay")
    jobs.run_all(app)
    assert (len(tries), len(inbox.received)) == (1, 3)


@pytest.mark.parametrize("answer", ["250 OK", "550 5.1.8 Not yours to send from"])
def test_a_start_tries_what_waits_if_the_server_takes_mails_of_ours(
    app: Flask, inbox: Inbox, request: pytest.FixtureRequest, clock: TimeMachineFixture, answer: str
) -> None:
    async def judge(server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return answer

    setattr(inbox, "handle_MAIL", judge)  # noqa: B010
    three_sign_up(app)
    jobs.run_all(app)
    request.getfixturevalue("smtp")
    jobs.sweep_all(app, threading.Event())
    assert (jobs.run_all(app), len(inbox.received)) == ((3, 3) if answer == "250 OK" else (0, 0))


def test_a_server_that_lets_one_wait_is_waited_for_once_not_by_each_mail(
    app: Flask, port: int, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clubroom.core.smtp.TIMEOUT", 0.1)
    three_sign_up(app)
    tries = []
    with socket.create_server(("127.0.0.1", port)) as silent:
        for _ in range(2):
            jobs.run_all(app)
            tries.append(callers(silent))
            clock.shift(timedelta(minutes=1))
    assert tries == [1, 1]
    mails = [mails_to(f"{name}@example.org")[0] for name in ("ada", "ben", "eve")]
    assert [mail.state for mail in mails] == ["waiting"] * 3
    before = "Not delivered yet. The last try: "
    assert {mail.reason for mail in mails} == {
        f"{before}Connection unexpectedly closed: timed out",
        f"{before}the mail server let another mail wait too long",
    }


def test_a_server_of_whose_addresses_one_is_deaf_is_waited_for_once_too(
    app: Flask, port: int, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clubroom.core.smtp.TIMEOUT", 0.1)
    three_sign_up(app)
    asked = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.socket() as first:
        first.connect(deaf.getsockname())  # whoever comes now is not heard

        def addresses(*_: object, **__: object) -> list[tuple[Any, ...]]:
            asked.append(1)
            places = (deaf.getsockname(), ("127.0.0.1", port))
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place) for place in places]

        monkeypatch.setattr(socket, "getaddrinfo", addresses)
        jobs.run_all(app)
    assert len(asked) == 1
    reasons = {mails_to(f"{name}@example.org")[0].reason for name in ("ada", "ben", "eve")}
    assert "Not delivered yet. The last try: Connection refused" in reasons


def test_a_clock_that_is_set_back_makes_nobody_wait_for_the_server_longer(
    app: Flask, client: FlaskClient, port: int, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clubroom.core.smtp.TIMEOUT", 0.1)
    three_sign_up(app)
    with socket.create_server(("127.0.0.1", port)) as silent:
        jobs.run_all(app)
        clock.shift(-timedelta(days=1))
        sign_up(client, "kay@example.org", "kay")
        jobs.run_all(app)
        assert callers(silent) == 2


def three_sign_up(app: Flask) -> None:
    for name in ("ada", "ben", "eve"):
        sign_up(app.test_client(), f"{name}@example.org", name)


def callers(listening: socket.socket) -> int:
    """How many have connected since, and were never answered."""
    listening.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count


def test_a_mail_that_waits_is_kept_once_no_mail_server_is_set_any_more(
    app: Flask, client: FlaskClient, clock: TimeMachineFixture
) -> None:
    text = sign_up(client).text
    jobs.run_all(app)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_url="")
    clock.shift(10)
    jobs.run_all(app)
    (kept,) = mails_to("ada@example.org")
    assert (kept.state, kept.reason, kept.text) == ("kept", None, text)


@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize("answer", ["451 try again", "452 full", "421 closing", "530 sign in first"])
def test_a_mail_the_server_refuses_for_now_comes_again(
    app: Flask, client: FlaskClient, inbox: Inbox, clock: TimeMachineFixture, answer: str
) -> None:
    sign_up(client)
    inbox.answer = answer
    jobs.run_all(app)
    (waiting,) = mails_to("ada@example.org")
    assert (waiting.state, inbox.received) == ("waiting", [])
    assert waiting.reason == f"Not delivered yet. The last try: {answer}"
    inbox.answer = "250 OK"
    clock.shift(10)
    jobs.run_all(app)
    assert len(inbox.received) == 1


@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize("where", ["handle_RCPT", "handle_DATA"])
def test_a_mail_the_server_refuses_for_good_fails_at_once_and_says_why(
    app: Flask, client: FlaskClient, inbox: Inbox, as_admin: FlaskClient, clock: TimeMachineFixture, where: str
) -> None:
    async def refuse(*_: Any) -> str:
        return "550 5.1.1 Nobody lives here"

    setattr(inbox, where, refuse)
    text = sign_up(client).text
    jobs.run_all(app)
    (shown,) = as_admin.get("/api/outbox").json or []
    assert (shown["state"], shown["text"]) == ("failed", text)
    assert shown["reason"] == "The mail server refused it: 550 5.1.1 Nobody lives here"
    setattr(inbox, where, Inbox().handle_DATA)
    clock.shift(timedelta(hours=1))
    assert (jobs.run_all(app), inbox.received) == (0, [])


@pytest.mark.usefixtures("smtp")
def test_a_sender_the_server_does_not_want_loses_no_mail(
    app: Flask, client: FlaskClient, inbox: Inbox, clock: TimeMachineFixture
) -> None:
    async def refuse(*_: Any) -> str:
        return "553 5.7.1 Not yours to send from"

    async def take(server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return "250 OK"

    setattr(inbox, "handle_MAIL", refuse)  # noqa: B010
    sign_up(client)
    jobs.run_all(app)
    assert mails_to("ada@example.org")[0].state == "waiting"
    setattr(inbox, "handle_MAIL", take)  # noqa: B010
    clock.shift(timedelta(hours=1))
    jobs.run_all(app)
    assert len(inbox.received) == 1


@pytest.mark.usefixtures("smtp")
def test_a_mail_on_its_way_is_for_its_reader_alone(client: FlaskClient, as_admin: FlaskClient) -> None:
    sign_up(client)
    (shown,) = as_admin.get("/api/outbox").json or []
    assert (shown["state"], shown["text"], shown["html"], shown["links"]) == ("waiting", "", "", [])


def test_a_mail_to_letters_the_server_does_not_know_fails_at_once(
    app: Flask, client: FlaskClient, inbox: Inbox, port: int
) -> None:
    sign_up(client, "\u00e4da@example.org")
    deliver_to_one_of_ascii(app, inbox, port)
    (failed,) = mails_to("\u00e4da@example.org")
    assert (failed.state, "SMTPUTF8" in (failed.reason or "")) == ("failed", True)


@pytest.mark.parametrize(
    ("answer", "said"), [("452 4.2.2 Mailbox full", "452 4.2.2 Mailbox full"), (None, "Connection refused")]
)
def test_a_mail_that_could_not_be_delivered_in_two_days_has_failed(
    app: Flask, client: FlaskClient, request: pytest.FixtureRequest, inbox: Inbox, clock: TimeMachineFixture,
    answer: str | None, said: str,
) -> None:  # fmt: skip
    sign_up(client)
    if answer:
        request.getfixturevalue("smtp")
        inbox.answer = answer
    with database() as session:
        session.execute(update(jobs.Job).values(attempts=jobs.MOST_ATTEMPTS - 3))
    for _ in range(3):
        assert mails_to("ada@example.org")[0].state == "waiting"
        jobs.run_all(app)
        clock.shift(jobs.LONGEST_RETRY)
    (failed,) = mails_to("ada@example.org")
    assert failed.state == "failed"
    assert failed.reason is not None
    assert failed.reason.startswith("Not delivered in two days. The last try: ")
    assert said in failed.reason


@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize(
    "email", ["o'brien+tag@example.org", "a..b@example.org", ".ada@example.org", "ada@sub.example.org"]
)
def test_a_mail_goes_to_exactly_one_recipient(app: Flask, client: FlaskClient, inbox: Inbox, email: str) -> None:
    sign_up(client, email)
    jobs.run_all(app)
    assert [recipients for recipients, _ in inbox.received] == [[email]]


def test_a_mail_to_a_domain_in_other_letters_reaches_every_server(
    app: Flask, client: FlaskClient, inbox: Inbox, port: int
) -> None:
    sign_up(client, "ada@fu\u00dfball.example")
    deliver_to_one_of_ascii(app, inbox, port)
    ((recipients, mail),) = inbox.received
    assert recipients == ["ada@xn--fuball-cta.example"]
    assert mail["To"] == recipients[0]


@pytest.mark.usefixtures("smtp")
def test_a_club_at_a_bare_address_sends_from_it(app: Flask, client: FlaskClient, inbox: Inbox) -> None:
    settings = Settings.load({"CLUBROOM_BASE_URL": "http://[::1]:8000"})
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url=settings.base_url, mail_from=settings.mail_from)
    sign_up(client)
    jobs.run_all(app)
    ((_, mail),) = inbox.received
    assert mail["From"] == "Clubroom <clubroom@[IPv6:::1]>"
    assert mail["Message-ID"].endswith("@[IPv6:::1]>")


@pytest.mark.usefixtures("smtp")
def test_a_name_in_a_subject_makes_no_header(app: Flask, inbox: Inbox) -> None:
    with app.app_context():
        factor = "the passkey “my =?utf-8?q?=0aBcc=3a_eve=40evil.example?= phone”"
        where = {"device": "Firefox on Linux", "address": "192.0.2.7", "at": now(), "link": mail.page("/account")}
        values: dict[str, Any] = {"user": make_user("ada"), "factor": factor, **where}
        mail.queue("factor_added", "ada@example.org", **values)
        db.session.commit()
    jobs.run_all(app)
    ((_, received),) = inbox.received
    assert "Bcc" not in received
    assert "eve=40evil. example" in received["Subject"]


@pytest.mark.usefixtures("smtp")
def test_a_mail_done_twice_is_sent_once(app: Flask, client: FlaskClient, inbox: Inbox) -> None:
    queued = sign_up(client)
    with app.app_context():
        mail.deliver(queued.id)
        mail.deliver(queued.id)
        mail.deliver("gone")
    assert len(inbox.received) == 1


def test_a_mail_is_queued_only_with_what_it_tells(app: Flask) -> None:
    with app.app_context():
        mail.queue("taken", "ada@example.org")
        db.session.rollback()
    with database() as session:
        assert [*session.scalars(select(Mail)), *session.scalars(select(jobs.Job))] == []


def test_a_page_has_a_button_that_says_what_it_does_and_a_code_to_read(app: Flask) -> None:
    link, code = "http://localhost/undo-email#token=x", "ABCD-EFGH"
    with app.app_context():
        user = SimpleNamespace(username="ada", name="Ada")
        here: dict[str, Any] = {"device": "Firefox on Linux", "address": "192.0.2.7", "at": now()}
        mail.queue("address_changed", "ada@example.org", user=user, link=link, code=code, **here)
        db.session.commit()
    (queued,) = mails_to("ada@example.org")
    assert f"Put the old address back:\n{link}\n" in queued.text
    assert re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', queued.html) == [(link, "Put the old address back")]
    assert re.search(rf"<p [^>]*letter-spacing[^>]*>{code}</p>", queued.html)


@pytest.mark.parametrize("name", ["https://evil.example/", "Ada:\nhttps://evil.example/", "EVIL-CODE"])
def test_a_name_in_a_mail_is_no_link_and_no_code(app: Flask, name: str) -> None:
    link = "http://localhost/welcome#token=x"
    with app.app_context():
        user = SimpleNamespace(username="ada", name=name)
        mail.queue("welcome", "ada@example.org", user=user, by=name, link=link, code="ABCD-EFGH")
        db.session.commit()
    (queued,) = mails_to("ada@example.org")
    assert re.findall(r'<a href="([^"]*)"', queued.html) == [link]
    assert queued.html.count("letter-spacing") == 1


class Chosen(str):
    """What somebody has chosen: themselves, and all of a thing of theirs but what the club says of it."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError
        return {"role": "member", "scope": "read", "expires_at": now()}.get(name, self)


OURS: dict[str, Any] = {
    "link": "http://localhost:8000/page#token=x", "code": "ABCD-EFGH", "address": "192.0.2.7", "at": now(),
    "day": "2 January 2027", "may": {"read": "reads"}, "tries": 5, "left": 5,
}  # fmt: skip
TEMPLATES = {one.stem: one.read_text() for one in (Path(mail.__file__).parents[1] / "templates/mail").glob("*.txt")}

PARTS = {"code", "where"}  # which others include


@pytest.mark.parametrize("template", sorted(TEMPLATES.keys() - PARTS))
def test_what_somebody_chose_is_no_link_in_any_mail(app: Flask, template: str) -> None:
    source = TEMPLATES[template]
    whole = Environment().parse(source + "".join(TEMPLATES[part] for part in PARTS))
    names = find_undeclared_variables(whole) - {"club", "hello", "unlinked"}
    with app.app_context():
        for words in ("evil.com", "www.evil.рф/a", "https://evil.com/", "evil。com", "evil．com", "\\\\evil\\x"):
            values = {name: Chosen(words) for name in names} | OURS
            mail.queue(template, "ada@example.org", **values)
            if "if by" in source:
                mail.queue(template, "ada@example.org", **values | {"by": None})
        db.session.commit()
    for queued in mails_to("ada@example.org"):
        for part in (queued.subject, queued.text, queued.html):
            assert not re.search(r"evil[.。．]\w|www\.\w|:/|\\\S", part.replace(OURS["link"], ""))
        assert queued.links in ([], [OURS["link"]])


@pytest.mark.parametrize(
    ("name", "username", "hello"),
    [
        ("Ada Lovelace", "ada.lovelace", "Hello Ada Lovelace,"),
        ("J.R.R. Tolkien", "ronald", "Hello J. R. R. Tolkien,"),
        ("", "ada", "Hello ada,"),
        ("", "ada.lovelace", "Hello,"),  # not "ada. lovelace"
    ],
)
def test_a_mail_calls_one_by_a_name_that_makes_no_link(app: Flask, name: str, username: str, hello: str) -> None:
    who = make_user(username, name=name)
    with app.app_context():
        mail.queue("password_changed", who.email, user=who, link="http://localhost/account")
        db.session.commit()
    (queued,) = mails_to(who.email)
    assert queued.text.startswith(f"{hello}\n\nThe password")


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "Ada\u2028Bcc: x@y.org", "& Co"])
def test_a_name_in_a_mail_is_only_a_name(app: Flask, name: str) -> None:
    someone = SimpleNamespace(username="ada", name=name)
    with app.app_context():
        mail.queue("welcome", "ada@example.org", user=someone, by="grace", link="http://localhost/welcome#token=x")
        db.session.commit()
    (queued,) = mails_to("ada@example.org")
    assert mail.unlinked(name) in queued.text
    assert "<img" not in queued.html
    assert queued.links == ["http://localhost/welcome#token=x"]
