from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from clubroom.core import secret
from clubroom.settings import PREFIX, SettingError, Settings

NONSENSE = [
    ("NAME", " "),
    ("NAME", "two\nlines"),
    ("NAME", "x" * 61),
    ("MAX_UPLOAD", "999999999999GB"),
    ("DATABASE_URL", "postgresql://localhost/club"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite:////srv/club.db?mode=ro"),
    ("DATA_DIR", "~nobody-of-this-name/club"),
    ("BASE_URL", "club.example"),
    ("BASE_URL", "ftp://club.example"),
    ("BASE_URL", "https://club.example/path"),
    ("BASE_URL", "https://club.example?x"),
    ("BASE_URL", "https://user:secret@club.example"),
    ("BASE_URL", "https://club.example:99999"),
    ("BASE_URL", "https://two words"),
    ("BASE_URL", "https://club..example"),
    ("BASE_URL", "https://zürich..example"),
    ("BASE_URL", "http://[1]"),
    ("BASE_URL", "http://[:::1::2]"),
    ("SECRET_KEY", "\udcff"),
    ("REGISTRATION", "Open"),
    ("REGISTRATION", "nobody"),
    ("MAX_UPLOAD", "0"),
    ("MAX_UPLOAD", "-1"),
    ("MAX_UPLOAD", "much"),
    ("MAX_UPLOAD", "1 TB"),
    ("MAX_UPLOAD", "1.5GB"),
    ("MAX_UPLOAD", "9" * 5000),
    ("MAIL_URL", "mail.example"),
    ("MAIL_URL", "http://mail.example"),
    ("MAIL_URL", "smtp://"),
    ("MAIL_URL", "smtp://mail.example:70000"),
    ("MAIL_URL", "smtp://" + "x" * 64),
    ("MAIL_URL", "smtp://club:gr%C3%BCn@mail.example"),
    ("MAIL_URL", "smtp://club:7#xQ@mail.example:587"),
    ("MAIL_URL", "smtp://club:7/xQ@mail.example:587"),
    ("MAIL_URL", "smtp://club:7?xQ@mail.example:587"),
    ("MAIL_FROM", "nobody"),
    ("MAIL_FROM", "grün@club.example"),
    ("MAIL_FROM", "a@b.org, c@d.org"),
    ("MAIL_FROM", "Club <a@b.org>"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://a.example, b.example"),
    ("CORS_ORIGINS", "null"),
    ("TRUSTED_PROXIES", "localhost"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("TRUSTED_PROXIES", "*"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("PORT", "8" * 5000),
    ("WORKERS", "0"),
    ("WORKERS", "two"),
    ("REGISTRATON", "open"),
]


@pytest.mark.parametrize(("name", "value"), NONSENSE, ids=str)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{PREFIX}{name} "):
        Settings.load({PREFIX + name: value})


def test_what_is_wrong_with_the_database_is_said_without_its_password() -> None:
    with pytest.raises(SettingError) as said:
        Settings.load({f"{PREFIX}DATABASE_URL": "postgresql://club:hunter2@localhost/club"})
    assert "hunter2" not in str(said.value)


@pytest.mark.parametrize(
    "address",
    ["hunter2@mail.example:70000", "hunter2＠mail.example", "[hunter2]@mail.example", "hunter2@[mail.example"],
)
def test_what_is_wrong_with_a_secret_is_said_without_it(address: str) -> None:
    with pytest.raises(SettingError, match=r"must be empty .* or smtp://") as said:
        Settings.load({"CLUBROOM_MAIL_URL": f"smtp://club:{address}"})
    assert "hunter2" not in str(said.value)
    assert "hunter2" not in (Settings.load({"CLUBROOM_SECRET_KEY": "hunter2"}).weak_key or "hunter2")


@pytest.mark.parametrize(("key", "weak"), [("", False), ("x", True), ("x" * 31, True), ("x" * 32, False)])
def test_a_short_secret_key_works_and_is_named(key: str, weak: bool, tmp_path: Path) -> None:
    settings = Settings.load({"CLUBROOM_SECRET_KEY": key, "CLUBROOM_DATA_DIR": str(tmp_path)})
    assert bool(settings.weak_key) is weak
    assert secret.key(settings).startswith(key)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_upload", "500", 500),
        ("max_upload", "20MB", 20_000_000),
        ("max_upload", " 1 GiB ", 1_073_741_824),
        ("base_url", "HTTPS://Club.Example/", "https://club.example"),
        ("base_url", "http://[::1]:8000", "http://[::1]:8000"),
        ("base_url", "https://club.example:443", "https://club.example"),
        ("base_url", "http://club.example:80/", "http://club.example"),
        ("base_url", "http://club.example:443", "http://club.example:443"),
        ("base_url", "http://[0:0::1]", "http://[::1]"),
        ("base_url", "https://Zürich.example", "https://xn--zrich-kva.example"),
        ("base_url", "https://Fußball.example", "https://xn--fuball-cta.example"),
        ("base_url", "http://my_club:8000", "http://my_club:8000"),
        ("cors_origins", "https://A.example/, http://b.example:3000", ("https://a.example", "http://b.example:3000")),
        ("cors_origins", " , ", ()),
        ("trusted_proxies", "127.0.0.1,fd00::/8", ("127.0.0.1/32", "fd00::/8")),
        ("mail_url", "smtp://user:p%40ss@mail.example:2525", "smtp://user:p%40ss@mail.example:2525"),
        ("database_url", "sqlite:////srv/my%20club.db", "sqlite:////srv/my club.db"),
        ("database_url", "sqlite:///club.db", f"sqlite:///{Path.cwd()}/club.db"),
        ("registration", "", "open"),
        ("port", " 8080 ", 8080),
    ],
)
def test_a_setting_is_read_into_its_usual_form(name: str, text: str, value: object) -> None:
    assert getattr(Settings.load({PREFIX + name.upper(): text}), name) == value


def test_what_is_not_set_follows_from_what_is(tmp_path: Path) -> None:
    settings = Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path), "CLUBROOM_PORT": "9000", "OTHER": "x"})
    assert settings.database_url == f"sqlite:///{tmp_path}/clubroom.db"
    assert settings.base_url == "http://localhost:9000"
    assert settings.https is False
    assert settings.mail_from == "clubroom@localhost"
    elsewhere = Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path), "CLUBROOM_BASE_URL": "https://club.example:8443"})
    assert elsewhere.mail_from == "clubroom@club.example"
    for host, sender in (("192.168.1.5", "clubroom@[192.168.1.5]"), ("[::1]", "clubroom@[IPv6:::1]")):
        assert Settings.load({"CLUBROOM_BASE_URL": f"http://{host}:8000"}).mail_from == sender


def test_every_setting_is_described() -> None:
    described = {name for name, _, meaning in Settings.describe() if meaning}
    assert described == {PREFIX + name.upper() for name in Settings.__dataclass_fields__}


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path / "data")})
    key = secret.key(settings)
    kept = tmp_path / "data" / "secret-key"
    assert (len(key), kept.read_text()) == (43, key)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == ["secret-key"]
    assert secret.key(settings) == key


def test_the_secret_key_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, bool]] = []

    def fsync(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, (tmp_path / "secret-key").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    secret.key(Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path)}))
    assert synced == [(f"secret-key.{os.getpid()}", False), (tmp_path.name, True)]


def test_a_secret_key_that_is_set_is_used_and_kept_nowhere(tmp_path: Path) -> None:
    settings = Settings.load({"CLUBROOM_DATA_DIR": str(tmp_path / "data"), "CLUBROOM_SECRET_KEY": "k" * 32})
    assert secret.key(settings) == "k" * 32
    assert not (tmp_path / "data").exists()
