"""Which browser the tests run in, and how a machine without one gets it.

The first of: E2E_BROWSER (a program's path), --browser-channel, Playwright's own download,
`chromium-headless-shell`, `chromium` and `google-chrome` on the path, an installed Chrome. Debian's
`chromium-headless-shell` is twice as fast as its `chromium`, and silent on the network. It has no windows: with
--headed it is passed over.

    python -m e2e.harness.browser [--install]    says which one it is, getting one where there is none
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import playwright
from playwright.sync_api import Error, sync_playwright

# Other hosts are behind a proxy that is not there: what asks for one fails, also what a whole Chromium asks by itself.
ALONE: dict[str, Any] = {"proxy": {"server": "http://127.0.0.1:9", "bypass": "<-loopback>,localhost,127.0.0.1"}}


def launch_options(channel: str | None = None, headed: bool = False) -> dict[str, Any]:
    """What Playwright's chromium.launch has to be told."""
    return ALONE | _program(channel, headed)


def _program(channel: str | None, headed: bool) -> dict[str, Any]:
    """Where the browser is; nothing where Playwright finds its own download."""
    if named := os.environ.get("E2E_BROWSER"):
        return {"executable_path": named}
    if channel:
        return {"channel": channel}
    if _downloaded("chromium" if headed else "chromium-headless-shell"):
        return {}
    found = map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome")[headed:])
    if program := next(filter(None, found), None):
        return {"executable_path": program}
    return {"channel": "chrome"}


def missing(browser: str, channel: str | None = None) -> str:
    """What to do where a test is to run in a browser that is not here, in one sentence. Of Firefox and WebKit,
    Playwright drives its own; a channel is somebody's word that there is another one."""
    if browser == "chromium" or channel or _downloaded(browser):
        return ""
    return f"Playwright's own {browser} is not here: python -m playwright install {browser}"


def not_started(browser: str, message: str, headed: bool) -> str:
    """Why no test can run in it, and what to do, in one sentence."""
    why = message.splitlines()[0].removeprefix("BrowserType.launch: ")
    if browser == "chromium" and (named := os.environ.get("E2E_BROWSER")):  # another one that is got is not used
        return f"E2E_BROWSER names {named}, which does not start ({why}): correct or unset it."
    get = "playwright install --with-deps chromium" if headed else f"{__package__}.browser --install"
    remedy = f"`python -m {get}` gets one, or E2E_BROWSER names a Chromium by its path"
    if browser != "chromium":
        remedy = f"`python -m playwright install --with-deps {browser}` brings what it needs"
    return f"No {browser} starts ({why}): {remedy}."


def _downloaded(browser: str) -> bool:
    """Whether Playwright has fetched exactly the version it wants, which is another one on some systems. Its
    `executable_path` names the whole Chromium's place also where only the shell is."""
    known = json.loads((_package() / "browsers.json").read_text())
    wanted = next(one for one in known["browsers"] if one["name"] == browser)
    others = {f"{browser}_{system}_special": one for system, one in wanted.get("revisionOverrides", {}).items()}
    folders = [f"{name.replace('-', '_')}-{one}" for name, one in {browser: wanted["revision"], **others}.items()]
    return any((_download_folder() / folder / "INSTALLATION_COMPLETE").exists() for folder in folders)


def _package() -> Path:
    return Path(playwright.__file__).parent / "driver/package"


def _download_folder() -> Path:
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return _package() / ".local-browsers" if named == "0" else Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ms-playwright"


def works() -> tuple[str | None, str]:
    """The version of the browser found, or nothing where it does not start, and why."""
    with sync_playwright() as driver:
        try:
            with driver.chromium.launch(**launch_options()) as browser:
                return browser.version, ""
        except Error as error:
            return None, error.message


def install() -> tuple[str | None, str]:
    """Try what this machine offers: Playwright's download, Debian's package, and what the download needs of the system.
    Answers the version of the browser that then starts, or nothing, and what they said."""
    playwright = [sys.executable, "-m", "playwright"]
    attempts = [[*playwright, "install", "chromium", "--only-shell"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        attempts += [["apt-get", "update"], ["apt-get", "install", "-y", "chromium-headless-shell"]]
        attempts += [[*playwright, "install-deps", "chromium"]]  # Ubuntu has no such package
    said = ""
    for attempt in attempts:
        said += subprocess.run(attempt, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        if attempt[1] != "update":
            version, why = works()
            said += f"{why}\n"
            if version:
                return version, said
    return None, said


def main() -> int:
    parser = argparse.ArgumentParser(prog="browser", description="Says which browser the tests run in.")
    parser.add_argument("--install", action="store_true", help="get one where there is none")
    arguments = parser.parse_args()
    version, why = works()
    if not version and os.environ.get("E2E_BROWSER"):
        print(not_started("chromium", why, headed=False), file=sys.stderr)
        return 1
    if not version and arguments.install:
        print("Getting a browser for the tests; this happens once.")
        version, why = install()
    if not version:
        with NamedTemporaryFile("w", prefix="browser-", suffix=".log", delete=False) as log:
            log.write(why)
        print(
            "No browser starts: set E2E_BROWSER to the path of a Chromium, or run as root `apt-get install"
            f" chromium-headless-shell` (Debian) or `{sys.executable} -m playwright install-deps chromium` (Ubuntu);"
            f" why is in {log.name}.",
            file=sys.stderr,
        )
        return 1
    options = launch_options()
    found = options.get("executable_path") or options.get("channel") or "Playwright's own download"
    print(f"Chromium {version} ({found})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
