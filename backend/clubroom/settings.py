"""Every setting: an environment variable `CLUBROOM_<NAME>`, its type, default, meaning and check.

`Settings.load()` reads them all at once, so that one that makes no sense stops the start with a sentence that names it.
The fields are plain dataclass fields: reading one is an attribute access, and importing this module costs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PREFIX = "CLUBROOM_"
UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3}

LARGEST = 9 * 10**15  # bytes: of more, the page's numbers are no whole ones
SHORTEST_KEY = 32  # characters of a secret key: as many as nobody can try

DEMO_MARK = "made-by-clubroom-demo"  # what is in a folder with this file may be thrown away
# In the data folder while what is in it is neither the old club nor the restored one.
RESTORE_MARK = "restoring"
CUT_SHORT = "a restore was cut short; run `clubroom restore` again"


class SettingError(Exception):
    """A setting that makes no sense; its text names the variable and what would be right."""


def size(text: str) -> int:
    """Read a number of bytes, such as `500`, `20 MB` or `1GiB`."""
    match = re.fullmatch(r"\s*(\d{1,15})\s*([A-Za-z]*)\s*", text)
    found = int(match[1]) * UNITS.get(match[2].upper(), 0) if match else 0
    if not 0 < found < LARGEST:
        raise ValueError("must be a size such as 500000, 20MB or 1GiB, and less than 9000000GB")
    return found


def number(low: int, high: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a reader that accepts only `choices`."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return text

    return read


def folder(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be a folder, and nobody here has that home") from None


def one_line(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 60:
        raise ValueError("must be a line of 1 to 60 characters")
    return text.strip()


def or_empty(read: Callable[[str], str]) -> Callable[[str], str]:
    """Let a setting be left empty."""
    return lambda text: read(text) if text else ""


def in_ascii(host: str) -> str:
    """A host as browsers look it up: Python's own codec makes another of some, `ss` of an `ß`. Raises ValueError."""
    if host.isascii():
        return host.encode("idna").decode()  # sees only that no part is empty or too long
    import idna

    return idna.encode(host, uts46=True).decode()


def site(text: str) -> str:
    """An address as browsers say it in `Origin`: without the usual port, its host in ASCII."""
    match = re.fullmatch(r"(https?)://([\w.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?/?", text.lower())
    if not match or not 0 < int(match[3] or 1) < 65536:
        raise ValueError("must be an address such as https://club.example, without a path")
    scheme, host, port = match[1], match[2], match[3]
    host = f"[{IPv6Address(host[1:-1])}]" if host.startswith("[") else in_ascii(host)
    return f"{scheme}://{host}" + (f":{port}" if port and int(port) != {"http": 80, "https": 443}[scheme] else "")


def database(text: str) -> str:
    """The address of a database in a file; a path is seen from here, as the data folder is."""
    path = text.removeprefix("sqlite:///")
    if not path or path == text or ":memory:" in path or "?" in path:
        raise ValueError("must be sqlite:/// followed by the path of a file")
    return url_of(folder(unquote(path)))


def url_of(path: Path) -> str:
    """The address of a database in this file, whatever its folder is called."""
    return f"sqlite:///{str(path).replace('%', '%25').replace('?', '%3F')}"


def mail(text: str) -> str:
    try:  # what any of these says may name the password
        parts = urlsplit(text)
        known = parts.scheme in ("smtp", "smtps") and bool(in_ascii(parts.hostname or "")) and (parts.port or 1) > 0
        known = known and parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            "must be empty (mail stays in the outbox) or smtp://[user:password@]host[:port], smtps:// for TLS; "
            "in the password, # / ? @ are %23 %2F %3F %40"
        )
    if not unquote(f"{parts.username}{parts.password}").isascii():
        raise ValueError("must hold a user and a password of ASCII characters: no others can be sent to a mail server")
    return text


def key(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be text in UTF-8") from None
    return text


def address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text) or not text.isascii():  # few mail servers take another
        raise ValueError("must be one e-mail address of ASCII characters")
    return text


def mail_domain(site: str) -> str:
    """The host of a site, as it stands in an e-mail address."""
    host = urlsplit(site).hostname or ""
    try:
        ip = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


def listing(check: Callable[[str], Any]) -> Callable[[str], tuple[str, ...]]:
    """Make a reader of comma-separated values, each checked and brought into its usual form by `check`."""

    def read(text: str) -> tuple[str, ...]:
        return tuple(str(check(part.strip())) for part in text.split(",") if part.strip())

    return read


def setting(read: Callable[[str], Any], default: str, meaning: str, *, secret: bool = False) -> Any:
    """A setting as it is described; what stands in a `secret` one is said nowhere."""
    return field(metadata={"read": read, "default": default, "meaning": meaning, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    name: str = setting(one_line, "Clubroom", "the club's name, on every page and in every mail")
    data_dir: Path = setting(folder, "./data", "the folder of the database, the files and the secret key")
    database_url: str = setting(
        or_empty(database), "", "sqlite:///path; empty: clubroom.db in the data folder", secret=True
    )
    base_url: str = setting(
        or_empty(site),
        "",
        "the address people open: links in mails lead there, and passkeys are good only there; with https:// browsers "
        "are told to use nothing else for two years; empty: http://localhost and the port",
    )
    secret_key: str = setting(
        key,
        "",
        "what form tokens, short codes and the keys of authenticator apps stand on, "
        f"{SHORTEST_KEY} characters or more: keep it; empty: made once and kept in the data folder",
        secret=True,
    )
    registration: str = setting(
        one_of("open", "private", "closed"),
        "open",
        "open: anybody may sign up; private: the same, but nothing tells whether an address is known; closed: nobody",
    )
    max_upload: int = setting(size, "2GB", "the largest file one may upload, such as 500MB or 2GiB")
    mail_url: str = setting(
        or_empty(mail),
        "",
        "smtp://[user:password@]host[:port] (port 25; STARTTLS where offered, and no password to another machine "
        "without it) or smtps:// (port 465); empty: outbox",
        secret=True,
    )
    mail_from: str = setting(
        or_empty(address), "", "the sender of every mail; empty: clubroom at the host that people open"
    )
    cors_origins: tuple[str, ...] = setting(
        listing(site),
        "",
        "other sites whose pages may use the API, comma-separated: by API tokens or, where they are on the club's own "
        "domain, as whoever is signed in",
    )
    trusted_proxies: tuple[str, ...] = setting(
        listing(ip_network),
        "",
        "addresses or networks of proxies whose X-Forwarded-For and -Proto are believed; "
        "they must drop what clients send as X_Forwarded_For and X_Forwarded_Proto",
    )
    host: str = setting(str, "127.0.0.1", "the address the server listens on")
    port: int = setting(number(1, 65535), "8000", "the port the server listens on")
    workers: int = setting(number(1, 64), "2", "how many server processes share the work")

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
        """Read all settings from `environ`; `given` are values already read, which win. Raises SettingError."""
        known = {PREFIX + one.name.upper() for one in fields(cls)}
        for variable in environ:
            if variable.startswith(PREFIX) and variable not in known:
                raise SettingError(f"{variable} is not a setting; `clubroom settings` lists them")
        values = {one.name: given.get(one.name) or cls._read(one.name, one.metadata, environ) for one in fields(cls)}
        values["database_url"] = values["database_url"] or url_of(values["data_dir"] / "clubroom.db")
        values["base_url"] = values["base_url"] or f"http://localhost:{values['port']}"
        values["mail_from"] = values["mail_from"] or f"clubroom@{mail_domain(values['base_url'])}"
        return cls(**values)

    @staticmethod
    def _read(name: str, about: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
        variable = PREFIX + name.upper()
        text = environ.get(variable, "") or about["default"]
        try:
            return about["read"](text)
        except ValueError as error:
            reason = str(error) if str(error).startswith("must ") else f"does not make sense: {error}"
            raise SettingError(f"{variable} {reason}" + ("" if about["secret"] else f", not {text!r}")) from None

    def refuse_demo(self) -> None:
        """Raises SettingError in a demo's folder: everybody knows its administrator's password."""
        if (self.data_dir / DEMO_MARK).exists():
            raise SettingError(f"{self.data_dir} is a demo's. Set CLUBROOM_DATA_DIR to another folder")

    @property
    def weak_key(self) -> str | None:
        """What is to be said of a secret key that could be tried out. It works: a club that began with it goes on."""
        if not 0 < len(self.secret_key) < SHORTEST_KEY:
            return None
        return (
            f"{PREFIX}SECRET_KEY is short: whoever steals the database can try it out. "
            f"Use {SHORTEST_KEY} characters or more, made at random"
        )

    @property
    def database_file(self) -> Path:
        return Path(unquote(self.database_url.removeprefix("sqlite:///")))

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @classmethod
    def describe(cls) -> Iterator[tuple[str, str, str]]:
        """Each setting as variable, default and meaning."""
        for one in fields(cls):
            yield PREFIX + one.name.upper(), one.metadata["default"], one.metadata["meaning"]
