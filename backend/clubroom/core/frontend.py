"""The page: its files under an address that names their content, and the shell that every other GET answers.

`frontend/` is served without a build step, under `/s/<hash of the tree>/`: immutable, precompressed, and relative
imports keep working. Only comments, a quarter of what there would be to load, stay behind. The copy with its `.gz`
files is kept in the data folder, so only a changed tree costs time at the start.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from whitenoise import WhiteNoise

from . import errors
from .current import settings_of
from .storage import OLD, write_durably

if TYPE_CHECKING:
    from ..settings import Settings

PACKAGED = Path(__file__).parent.parent / "frontend"
CHECKOUT = Path(__file__).parents[3] / "frontend"
SOURCE = PACKAGED if PACKAGED.is_dir() else CHECKOUT
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
NOTE = re.compile(r"/\*\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)  # a string may hold "image/*", or an address
SHEET = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
OURS = re.compile(r"""^\s*(?:import|export)\b[^"';(]*["'](\.[^"']+)["']""", re.MULTILINE)
ROUTE = re.compile(r"""{\s*path: "([^"]+)",\s*access: "(\w+)",[^{}]*import\("\./([^"]+)"\)""")
HOME = re.compile(r'^export const home = "([^"]+)";', re.MULTILINE)


@cache
def served_files() -> list[Path]:
    """The files a browser may ask for: no tests, no types."""
    return [
        path
        for path in sorted(SOURCE.rglob("*"))
        if path.is_file() and not path.name.endswith((".test.js", ".d.ts", ".md")) and path.name != "index.html"
    ]


@cache
def tree_hash() -> str:
    digest = sha256(Path(__file__).read_bytes())  # which decides what is served of them
    for path in served_files():
        digest.update(str(path.relative_to(SOURCE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def content(path: Path) -> bytes:
    """A file as it is served. A style sheet brings those it imports: one small request, not a dozen. Of a module, all
    code stays in its line and column, where errors and debuggers look for it.
    """
    if path.suffix == ".js":
        return NOTE.sub(lambda found: re.sub(r"\S", " ", found[0]), path.read_text()).encode()
    if path.suffix != ".css":
        return path.read_bytes()

    def imported(found: re.Match[str]) -> str:
        return f"@layer {found[2]} {{\n{(path.parent / found[1]).read_text()}}}"

    return COMMENT.sub("", SHEET.sub(imported, path.read_text())).encode()


def prepare(folder: Path) -> None:
    """Put the tree and its compressed copies into `folder`/<hash>, once."""
    name = tree_hash()
    if not (folder / name).is_dir():
        working = folder / f"{name}.{os.getpid()}"
        for path in served_files():
            copy, data = working / path.relative_to(SOURCE), content(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            # Else a power cut could leave empty files under a name that is never written again.
            write_durably(copy, data)
            write_durably(copy.with_name(copy.name + ".gz"), gzip.compress(data, 9, mtime=0))
        try:
            working.rename(folder / name)
        except OSError:  # another process was faster
            shutil.rmtree(working, ignore_errors=True)


def copies(settings: Settings) -> Path:
    return settings.data_dir / "cache" / "page"


def forget_older(folder: Path) -> None:
    """Remove the copies of other trees: for a server that starts, as any other command may run beside an older one."""
    for old in folder.iterdir():
        with suppress(FileNotFoundError):
            begun = "." in old.name and old.stat().st_mtime > time.time() - OLD  # another process may be at it
            if old.name != tree_hash() and old.is_dir() and not begun:
                shutil.rmtree(old, ignore_errors=True)


@cache
def modules(*first: str) -> list[str]:
    """These modules and all that they import, through and through."""
    found: list[Path] = []
    waiting = [SOURCE / one for one in first]
    while waiting:
        path = waiting.pop(0)
        if path in found or not path.is_file():
            continue
        found.append(path)
        waiting += [(path.parent / name).resolve() for name in OURS.findall(path.read_text())]
    return [str(path.relative_to(SOURCE)) for path in found]


@cache
def pages() -> tuple[str, list[tuple[re.Pattern[str], str, str]]]:
    """Where `/` leads members; and of each page that comes when it is wanted: its addresses, for whom it is, its
    module. Read out of `routes.js`.
    """
    text = (SOURCE / "routes.js").read_text()
    patterns = [
        (re.compile(re.escape(path).replace(r"/:id\?", "(/[^/]+)?") + "/?"), access, module)
        for path, access, module in ROUTE.findall(text)
    ]
    return HOME.findall(text)[0], patterns


def first_modules(path: str, signed_in: bool) -> list[str]:
    """What the browser needs to show this address. It is told all at once: each module names the next ones only when it
    is there itself.
    """
    home, known = pages()
    audience = {"public", "member" if signed_in else "guest"}
    here = home if path == "/" else path
    shown = [module for address, access, module in known if access in audience and address.fullmatch(here)]
    return modules("main.js", *["components/frame.js"] * signed_in, *shown)


@cache
def answers(root: Path, static: str) -> dict[str, Any]:
    """WhiteNoise's answer for each address, looked up once a process: tests make many apps."""
    served = WhiteNoise(
        None,
        root=str(root),
        prefix=f"{static}/",
        immutable_file_test=lambda path, url: True,
        max_age=31536000,
        allow_all_origins=False,
    )
    return served.files  # type: ignore[no-any-return]


def appearance() -> str:
    """How this browser wants pages to look: `light`, `dark` or as its `system`."""
    wanted = request.cookies.get("appearance", "")
    return wanted if wanted in ("light", "dark") else "system"


def shell() -> Response:
    """The page: who is signed in travels in it as data, so a first visit asks for nothing it may not have."""
    kept: dict[str, str] = current_app.extensions["shell"]
    known = current_app.extensions["boot"]()
    boot = orjson.dumps(known).decode()
    look = appearance()
    page = kept["page"].replace("{{appearance}}", look).replace("{{members}}", kept["members"] if known["user"] else "")
    needed = first_modules(request.path, signed_in=bool(known["user"]))
    links = (f'<link rel="modulepreload" href="{kept["static"]}/{one}">' for one in needed)
    page = page.replace("{{modules}}", "\n    ".join(links))
    for one in ("light", "dark"):  # of the window's own colours, the one that is wanted
        media = f"(prefers-color-scheme: {one})" if look == "system" else "all" if look == one else "not all"
        page = page.replace(f"{{{{{one}}}}}", media)
    return Response(page.replace("{{boot}}", boot.replace("<", "\\u003c")), mimetype="text/html")


def unknown(error: NotFound) -> Response:
    """Outside /api every GET is the page's own business; it knows which addresses exist."""
    if request.path.startswith(("/api/", "/s/")) or request.path == "/api":
        return errors.http_failure(error)
    if request.method in ("GET", "HEAD"):
        return shell()
    return errors.http_failure(MethodNotAllowed(["GET", "HEAD"]))


def init_app(app: Flask) -> None:
    settings = settings_of(app)
    name, root = tree_hash(), SOURCE
    if not app.testing:
        folder = copies(settings)
        prepare(folder)
        root = folder / name
    page, static = (SOURCE / "index.html").read_text(), f"/s/{name}"
    app.extensions["shell"] = {
        "static": static,
        "members": f'<link rel="stylesheet" href="{static}/styles/members.css" />',
        "page": page.replace("{{static}}", static).replace("{{club}}", escape(settings.name)),
    }
    app.register_error_handler(NotFound, unknown)
    serving = WhiteNoise(app.wsgi_app)
    serving.files = answers(root, static)
    app.wsgi_app = serving  # type: ignore[method-assign]
