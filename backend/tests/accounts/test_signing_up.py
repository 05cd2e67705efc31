from __future__ import annotations

from datetime import timedelta

import pytest
from clubroom.accounts import signup
from clubroom.accounts.hashing import hash_password
from clubroom.accounts.leaving import departing
from clubroom.accounts.models import User
from clubroom.core import jobs
from clubroom.core.mail import Mail
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import TimeMachineFixture

from ..factories import PASSWORD, database, make_user
from ..steps import browser, code_in, events, link_in, mails_to, token_in

NEW = {"username": "ada", "email": "ada@example.org", "password": PASSWORD, "name": "Ada Lovelace"}
MARKS = "\u0301\u0316" * 15_000
LONGEST = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(256))
private = pytest.mark.settings(registration="private")
closed = pytest.mark.settings(registration="closed")


def test_a_new_account_answers_itself_and_nothing_else(client: FlaskClient) -> None:
    answer = client.post("/api/users", json=NEW)
    assert answer.status_code == 201
    assert answer.json == {
        "id": 1, "username": "ada", "name": "Ada Lovelace", "email": "ada@example.org", "role": "member",
        "status": "active", "created_at": (answer.json or {})["created_at"], "last_seen": None,
    }  # fmt: skip
    assert events() == ["account_created"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("username", "", "missing_fields"),
        ("username", "   ", "missing_fields"),
        ("email", "", "missing_fields"),
        ("username", "a b", "invalid"),
        ("username", ".ada", "invalid"),
        ("username", "ada-", "invalid"),
        ("username", "ـ", "invalid"),
        ("username", "ada\u0301\u0323b", "invalid"),
        ("username", "นั\u0e31น", "invalid"),
        ("username", "\u093fन", "invalid"),
        ("username", "adaि", "invalid"),
        ("username", "न" * 20 + "ि" * 13, "invalid"),
        ("username", "a" * 33, "invalid"),
        ("username", "ada@home", "invalid"),
        ("username", "../etc", "invalid"),
        ("username", "a\u200bb", "invalid"),
        ("username", "\u3164", "invalid"),
        ("username", "a\u1160b", "invalid"),
        ("username", "a\u0000b", "invalid"),
        ("username", "<script>", "invalid"),
        ("username", "ada\u202egnp", "invalid"),
        ("username", MARKS, "invalid"),
        ("email", "ada", "invalid"),
        ("email", "ada@", "invalid"),
        ("email", "ada@example..org", "invalid"),
        ("email", "a@b@c.org", "invalid"),
        ("email", "ada@example.org, eve@example.org", "invalid"),
        ("email", "ada@example.org\nBcc: eve@example.org", "invalid"),
        ("email", "Ada <ada@example.org>", "invalid"),
        ("email", "=?utf-8?q?eve=40evil.example=2C?=@example.org", "invalid"),
        ("email", "a" * 250 + "@example.org", "invalid"),
        ("email", "a" + MARKS, "invalid"),
        ("email", "ada\u034f@example.org", "invalid"),
        ("email", "ada\ufe0f@example.org", "invalid"),
        ("name", "a" * 81, "invalid"),
        ("name", "Ada\nLovelace", "invalid"),
        ("name", "Ada\u202e", "invalid"),
        ("name", "\u3164", "invalid"),
        ("name", "\ufe0f", "invalid"),
        ("name", "Ada \U000e0100", "invalid"),
        ("name", "A\u034fda", "invalid"),
        ("name", MARKS, "invalid"),
        ("password", "a" + MARKS, "invalid"),
        ("role", "admin", "invalid"),
        ("id", 7, "invalid"),
        ("confirmed_at", "2026-01-01", "invalid"),
    ],
)
def test_what_makes_no_account_names_the_field(client: FlaskClient, field: str, value: object, code: str) -> None:
    answer = client.post("/api/users", json=NEW | {field: value})
    assert answer.status_code == 400
    assert answer.json is not None
    assert (answer.json["code"], list(answer.json["fields"])) == (code, [field])
    assert mails_to("ada@example.org") == []


@pytest.mark.parametrize("name", ["Ada \u2764\ufe0f", "\u845b\U000e0100\u57ce"])
def test_a_name_keeps_the_shapes_of_its_signs(client: FlaskClient, name: str) -> None:
    assert (client.post("/api/users", json=NEW | {"name": name}).json or {})["name"] == name


@pytest.mark.parametrize("username", ["Ada", "ADA", "ａｄａ", " ada "])
def test_a_name_that_reads_the_same_is_taken(client: FlaskClient, username: str) -> None:
    make_user("ada")
    answer = client.post("/api/users", json=NEW | {"username": username, "email": "other@example.org"})
    assert (answer.json or {})["code"] == "username_taken"


@pytest.mark.parametrize("email", ["ADA@example.org", "ada@EXAMPLE.org", " ada@example.org "])
def test_an_address_that_reads_the_same_is_taken(client: FlaskClient, email: str) -> None:
    make_user("other", email="ada@example.org")
    answer = client.post("/api/users", json=NEW | {"email": email})
    assert (answer.json or {})["code"] == "email_taken"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("fourteen chars", "At least 15 characters. A short sentence is easy to keep in mind."),
        ("n\u0303" * 14, "At least 15 characters. A short sentence is easy to keep in mind."),
        ("x7" * 129, "At most 256 characters."),
        ("aaaaaaaaaaaaaaaaaaaa", "This is too easy to guess. Try a few words that do not belong together."),
        ("passwordpassword", "This is too easy to guess. Try a few words that do not belong together."),
        ("123456789012345", "This is too easy to guess. Try a few words that do not belong together."),
        ("qwertyuiopasdfgh", "This is too easy to guess. Try a few words that do not belong together."),
        ("Ada Lovelace Ada", "This is made of your own or the club's name."),
        ("Lovelace1Lovelace", "This is made of your own or the club's name."),
        ("ada@example.org!", "This is made of your own or the club's name."),
        ("clubroomclubroom", "This is made of your own or the club's name."),
    ],
)
def test_a_weak_password_is_refused_with_what_is_wrong(client: FlaskClient, password: str, sentence: str) -> None:
    answer = client.post("/api/users", json=NEW | {"password": password})
    assert answer.status_code == 400
    assert answer.json == {"error": sentence, "code": "weak_password", "fields": {"password": sentence}}


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet herons",
        "ⵣ чаща ☂ 山 dawn moth",
        LONGEST,
        "        herons  at dusk ",
    ],
)
def test_any_characters_make_a_password(client: FlaskClient, password: str) -> None:
    assert client.post("/api/users", json=NEW | {"password": password}).status_code == 201
    client.post("/api/users/confirm", json={"token": token_in(mails_to("ada@example.org")[0])})
    assert client.post("/api/login", json={"username": "ada", "password": password}).status_code == 200
    assert client.post("/api/login", json={"username": "ada", "password": password + " "}).status_code == 401


def test_without_a_password_the_link_asks_for_one(client: FlaskClient) -> None:
    client.post("/api/users", json={"username": "ada", "email": "ada@example.org"})
    (mail,) = mails_to("ada@example.org")
    assert "/welcome#token=" in link_in(mail)
    token = token_in(mail)
    refused = client.post("/api/users/confirm", json={"token": token})
    assert (refused.json or {})["code"] == "password_required"
    assert client.post("/api/users/confirm", json={"token": token, "password": "short"}).status_code == 400
    assert client.post("/api/users/confirm", json={"token": token, "password": PASSWORD}).status_code == 200
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200


def test_a_stranger_writes_nothing_into_a_mail_to_somebody_else(client: FlaskClient) -> None:
    name = "Win a prize at https://evil.example/x"
    client.post("/api/users", json={"username": "ada", "email": "ada@example.org", "name": name})
    (mail,) = mails_to("ada@example.org")
    assert "evil.example" not in mail.text + mail.html


def test_who_knows_only_the_link_does_not_replace_a_password(client: FlaskClient) -> None:
    client.post("/api/users", json=NEW)
    token = token_in(mails_to("ada@example.org")[0])
    answer = client.post("/api/users/confirm", json={"token": token, "password": "another fine password"})
    assert answer.status_code == 400
    assert client.post("/api/users/confirm", json={"token": token}).status_code == 200


def test_an_administrator_adds_a_person_who_gets_a_welcome(as_admin: FlaskClient) -> None:
    answer = as_admin.post("/api/users", json={"username": "ada", "email": "ada@example.org"})
    assert answer.status_code == 201
    (mail,) = mails_to("ada@example.org")
    assert "admin has made an account for you" in mail.text


def test_whom_an_administrator_adds_with_a_password_signs_in_at_once_and_is_told(
    client: FlaskClient, as_admin: FlaskClient
) -> None:
    assert as_admin.post("/api/users", json=NEW).status_code == 201
    assert client.post("/api/login", json={"username": "ada", "password": PASSWORD}).status_code == 200
    (mail,) = mails_to("ada@example.org")
    assert "the password you get from admin" in mail.text
    assert link_in(mail) == "http://localhost:8000/forgotten"


@private
def test_private_sign_up_says_the_same_whether_the_address_is_known_or_not(client: FlaskClient) -> None:
    make_user("other", email="known@example.org")
    known = client.post("/api/users", json=NEW | {"username": "ben", "email": "known@example.org"})
    unknown = client.post("/api/users", json=NEW)
    assert known.status_code == unknown.status_code == 202
    assert known.data == unknown.data == b'{"message":"Check your mail"}'
    assert known.headers == unknown.headers
    assert [mail.subject for mail in mails_to("known@example.org")] == ["You already have an account at Clubroom"]
    assert [mail.subject for mail in mails_to("ada@example.org")] == ["Confirm your address for Clubroom"]


@private
def test_private_sign_up_brings_who_never_confirmed_a_link_that_opens_the_account(client: FlaskClient) -> None:
    client.post("/api/users", json=NEW)
    answer = client.post("/api/users", json=NEW | {"username": "ada2", "password": "another fine password"})
    assert (answer.status_code, answer.json) == (202, {"message": "Check your mail"})
    confirm, told = mails_to("ada@example.org")
    assert told.subject == "You already have an account at Clubroom"
    assert "sign in with this address." in told.text
    assert "simply sign in" not in told.text
    chosen = {"email": "ada@example.org", "code": code_in(told), "password": "another fine password"}
    assert client.post("/api/password/reset", json=chosen).status_code == 200
    credentials = {"username": "ada", "password": "another fine password"}
    assert client.post("/api/login", json=credentials).status_code == 200
    assert client.post("/api/users/confirm", json={"token": token_in(confirm)}).status_code == 400


@private
def test_private_sign_up_leaves_a_mailbox_that_is_full_its_link(client: FlaskClient) -> None:
    make_user("ada", confirmed=False)
    for number in range(8):
        client.post("/api/users", json=NEW | {"username": f"ada{number}"})
    mails = mails_to("ada@example.org")
    assert len(mails) == 5
    chosen = {"token": token_in(mails[-1]), "password": "another fine password"}
    assert client.post("/api/password/reset", json=chosen).status_code == 200


@private
@pytest.mark.parametrize(("status", "said"), [("active", True), ("disabled", False)])
def test_private_sign_up_tells_only_who_can_sign_in_to_do_so(client: FlaskClient, status: str, said: bool) -> None:
    make_user("ada", status=status)
    client.post("/api/users", json=NEW | {"username": "ada2"})
    (told,) = mails_to("ada@example.org")
    assert "wanted to use this address" in told.text
    assert ("simply sign in" in told.text) is said


@private
def test_private_sign_up_with_a_taken_user_name_says_so_only_by_mail(client: FlaskClient) -> None:
    make_user("ada", email="first@example.org")
    answer = client.post("/api/users", json=NEW | {"email": "second@example.org"})
    assert (answer.status_code, answer.json) == (202, {"message": "Check your mail"})
    assert [mail.subject for mail in mails_to("second@example.org")] == ["Choose another username at Clubroom"]


@private
def test_no_word_of_a_stranger_stands_in_a_mail_to_an_address_they_typed(app: Flask) -> None:
    def post(path: str, **body: str) -> None:
        app.test_client().post(path, json=body)

    make_user("evil.org")
    for username, email, more in (
        ("evil.com", "ada@example.org", {"password": PASSWORD}),
        ("evil.net", "ben@example.org", {}),
        ("evil.app", "ben@example.org", {}),  # has an account that waits
        ("evil.org", "eve@example.org", {}),  # a name that somebody has
    ):
        post("/api/users", username=username, email=email, name="Go to evil.com", **more)
    post("/api/password/forgot", email="ada@example.org")
    post("/api/users/confirm/resend", email="ben@example.org")
    browser(app, make_user("evil.info")).post("/api/me/email", json={"email": "kay@example.org"})
    jobs.run_all(app)
    mails = [mail for name in ("ada", "ben", "eve", "kay") for mail in mails_to(f"{name}@example.org")]
    assert len({mail.subject for mail in mails}) == 6
    assert not [mail.text for mail in mails if "evil" in mail.subject + mail.text + mail.html]


@private
def test_private_sign_up_takes_the_user_name_whether_the_address_is_known_or_not(client: FlaskClient) -> None:
    other = make_user("other", email="known@example.org")
    for name, address in (("first", "known@example.org"), ("second", "free@example.org")):
        client.post("/api/users", json=NEW | {"username": name, "email": address})
        client.post("/api/users", json=NEW | {"username": name, "email": f"{name}@stranger.example"})
    heard = [[mail.subject for mail in mails_to(f"{name}@stranger.example")] for name in ("first", "second")]
    assert heard == [["Choose another username at Clubroom"]] * 2
    seen = browser(client.application, other).get("/api/users").json or []
    assert [one["username"] for one in seen] == ["first", "other", "second"]


@private
@pytest.mark.parametrize("again", ["/api/users/confirm/resend", "/api/password/forgot", "/api/users"])
def test_private_sign_up_keeps_the_user_name_no_longer_where_the_link_is_asked_for_again(
    app: Flask, client: FlaskClient, clock: TimeMachineFixture, again: str
) -> None:
    make_user("other", email="known@example.org")
    tried = (("first", "known@example.org"), ("second", "free@example.org"))
    for name, address in tried:
        client.post("/api/users", json=NEW | {"username": name, "email": address})
    clock.shift(timedelta(days=14, minutes=-10))
    for name, address in tried:
        wanted = {"username": f"{name}-again"} if again == "/api/users" else {}
        client.post(again, json={"email": address} | wanted)
    jobs.run_all(app)
    clock.shift(timedelta(minutes=15))
    with app.app_context():
        departing.delete_unconfirmed()
    for name, _ in tried:
        client.post("/api/users", json=NEW | {"username": name, "email": f"{name}@stranger.example"})
    heard = [[mail.subject for mail in mails_to(f"{name}@stranger.example")] for name in ("first", "second")]
    assert heard == [["Confirm your address for Clubroom"]] * 2


@pytest.mark.parametrize("again", ["/api/users/confirm/resend", "/api/password/forgot"])
def test_no_link_is_mailed_for_an_account_that_is_about_to_go(
    client: FlaskClient, clock: TimeMachineFixture, again: str
) -> None:
    make_user("ada", confirmed=False)
    clock.shift(timedelta(days=14, minutes=5))
    client.post(again, json={"email": "ada@example.org"})
    jobs.run_all(client.application)
    assert mails_to("ada@example.org") == []


def test_a_link_asked_for_again_lasts_as_long_as_one_that_the_club_sent(
    app: Flask, client: FlaskClient, clock: TimeMachineFixture
) -> None:
    ada, admin = make_user("ada", confirmed=False), make_user("admin", role="admin")
    clock.shift(timedelta(days=14, minutes=-10))
    assert browser(app, admin).post(f"/api/users/{ada.id}/reset-link").status_code == 202
    clock.shift(timedelta(minutes=15))
    client.post("/api/password/forgot", json={"email": "ada@example.org"})
    jobs.run_all(app)
    clock.shift(timedelta(minutes=40))
    with app.app_context():
        departing.delete_unconfirmed()
    chosen = {"token": token_in(mails_to("ada@example.org")[-1]), "password": PASSWORD}
    assert client.post("/api/password/reset", json=chosen).status_code == 200


@private
@pytest.mark.parametrize("name", ["ada", "other"])
def test_strangers_cannot_fill_somebodys_mailbox(client: FlaskClient, clock: TimeMachineFixture, name: str) -> None:
    make_user("other", email="known@example.org")
    for _ in range(8):
        wanted = NEW | {"username": name, "email": "known@example.org"}
        assert client.post("/api/users", json=wanted).status_code == 202
    assert len(mails_to("known@example.org")) == 2
    client.post("/api/password/forgot", json={"email": "known@example.org"})
    jobs.run_all(client.application)
    # There is room left for what its owner asks for.
    assert [one.subject for one in mails_to("known@example.org") if "/reset#" in one.text]
    clock.shift(3700)
    client.post("/api/users", json=NEW | {"email": "known@example.org"})
    assert len(mails_to("known@example.org")) == 4


def test_a_domain_is_one_in_letters_and_as_machines_write_it(client: FlaskClient) -> None:
    assert client.post("/api/users", json=NEW | {"email": "ada@m\u00fcller.example"}).status_code == 201
    again = client.post("/api/users", json=NEW | {"username": "bob", "email": "ada@XN--mller-kva.example"})
    assert (again.json or {})["error"] == "Email already exists"
    client.post("/api/users/confirm", json={"token": token_in(mails_to("ada@m\u00fcller.example")[0])})
    body = {"username": "ada@xn--mller-kva.example", "password": NEW["password"]}
    assert client.post("/api/login", json=body).status_code == 200
    broken = client.post("/api/users", json=NEW | {"username": "bob", "email": "ada@xn--\u00fc.example"})
    assert (broken.status_code, (broken.json or {})["email"]) == (201, "ada@xn--\u00fc.example")


@private
def test_it_is_one_mailbox_however_its_letters_are_written(client: FlaskClient) -> None:
    make_user("ada")
    addresses = ["new@example.org", "New@example.org", "new@EXAMPLE.org", "new@ｅxample.org", "new@exａmple.ORG"]
    for address in addresses:
        client.post("/api/users", json=NEW | {"email": address})
    with database() as session:
        assert len(session.scalars(select(Mail.recipient)).all()) == 2


@private
def test_signing_in_after_it_does_not_tell_whether_the_address_was_free(client: FlaskClient) -> None:
    make_user("other", email="known@example.org")
    answers = []
    for name, address in (("first", "known@example.org"), ("second", "free@example.org")):
        client.post("/api/users", json=NEW | {"username": name, "email": address})
        answers.append(client.post("/api/login", json={"username": name, "password": NEW["password"]}))
    assert [(one.status_code, one.json) for one in answers] == [
        (401, {"error": "Invalid credentials", "code": "invalid_credentials"})
    ] * 2
    jobs.run_all(client.application)
    assert [one.subject for one in mails_to("free@example.org")] == ["Confirm your address for Clubroom"] * 2


@pytest.mark.parametrize("name", ["аda", "adα", "Ѕue", "ꓮda", "c०c०", "ada۱"])
def test_a_name_that_mixes_alphabets_to_look_like_another_is_refused(client: FlaskClient, name: str) -> None:
    answer = client.post("/api/users", json=NEW | {"username": name})
    assert "one alphabet" in (answer.json or {})["fields"]["username"]


@pytest.mark.parametrize(
    "name", ["Сара", "Ωμέγα", "zoë", "花子.tanaka", "مريم٢", "نرگس۲", "अ१", "𗀀", "नरेन्द्र", "தமிழ்", "สุดา", "সুমন"]
)
def test_a_name_in_any_one_alphabet_is_welcome(client: FlaskClient, name: str) -> None:
    assert client.post("/api/users", json=NEW | {"username": name}).status_code == 201


LOOK_ALIKES = [
    ("coco", "сосо"), ("BOB", "ВОВ"), ("оро", "ορο"), ("hëx", "һёх"), ("Ian", "lan"), ("al", "a1"), ("jo", "j0"),
    ("arno", "amo"), ("ada", "ɑdɑ"), ("bob5", "bobƼ"), ("oo", "००"), ("coco", "c〇c〇"), ("ada-b", "ada一b"),
    ("coco", "𐊢𐊫𐊢𐊫"), ("يوسف", "یوسف"), ("كريم", "کـریم"), ("ヘルパー", "へルパー"), ("エミ", "工ミ"),
    ("ștefan", "ştefan"), ("oʼneil", "oʻneil"), ("محمد", "مُحَمَّد"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "other"), LOOK_ALIKES)
def test_a_name_that_looks_like_another_is_refused(client: FlaskClient, name: str, other: str) -> None:
    make_user(name)
    answer = client.post("/api/users", json=NEW | {"username": other})
    assert (answer.status_code, (answer.json or {})["code"]) == (400, "username_alike")
    assert (answer.json or {})["fields"] == {"username": "Username looks like one that exists"}


@pytest.mark.parametrize(
    ("name", "other"),
    [("Ian", "Lan"), ("сова", "cob"), ("ela", "éla"), ("grace", "grace1"), ("مريم١", "مريم٢"), ("三", "二")],
)
def test_a_name_that_looks_like_no_other_is_welcome(client: FlaskClient, name: str, other: str) -> None:
    make_user(name)
    assert client.post("/api/users", json=NEW | {"username": other}).status_code == 201


@pytest.mark.parametrize(
    ("faster", "code"), [("ada", "username_taken"), ("аdа", "username_alike"), ("grace", "email_taken")]
)
def test_whoever_was_faster_has_the_name(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, faster: str, code: str
) -> None:
    def slowly(password: str) -> str:
        make_user(faster, email=NEW["email"])
        return hash_password(password)

    monkeypatch.setattr(signup, "hash_password", slowly)
    answer = client.post("/api/users", json=NEW)
    assert (answer.status_code, (answer.json or {})["code"]) == (400, code)


@private
def test_nobody_is_told_that_a_name_looks_like_another(client: FlaskClient) -> None:
    make_user("coco")
    answer = client.post("/api/users", json=NEW | {"username": "сосо"})
    assert answer.status_code == 202
    assert [one.subject for one in mails_to(NEW["email"])] == ["Choose another username at Clubroom"]


@closed
def test_an_administrator_adds_people_whatever_registration_says(as_admin: FlaskClient) -> None:
    assert as_admin.post("/api/users", json=NEW).status_code == 201
    refused = as_admin.post("/api/users", json=NEW | {"username": "other"})
    assert (refused.json or {})["code"] == "email_taken"


@closed
@pytest.mark.parametrize("role", [None, "member", "manager"])
def test_closed_registration_refuses_everybody_else(app: Flask, role: str | None) -> None:
    client = browser(app, make_user(role=role) if role else None)
    answer = client.post("/api/users", json=NEW)
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "registration_closed")
    assert mails_to("ada@example.org") == []


def test_a_bare_account_asked_for_twice_keeps_one_mail_each(client: FlaskClient) -> None:
    client.post("/api/users", json=NEW)
    assert client.post("/api/users", json=NEW).status_code == 400
    assert len(mails_to("ada@example.org")) == 1


def test_a_password_is_kept_only_as_its_argon2id_hash(client: FlaskClient) -> None:
    client.post("/api/users", json=NEW)
    with database() as session:
        assert str(session.scalar(select(User.password_hash))).startswith("$argon2id$")
