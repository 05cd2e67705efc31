"""Which browser a test runs in: where it is not here, and where a test is for one of them only."""

import json
import subprocess
import sys
from pathlib import Path

import playwright
import pytest
from playwright.sync_api import Page

from e2e.harness.browser import launch_options, missing, not_started
from e2e.harness.devices import Passkeys

from .inner import ROOT, run_pytest

TWO = """
def test_one(page): pass


def test_another(page): pass
"""


GOING = """
def test_going(page):
    page.goto("/clean")
    assert page.title() == "clean"
"""


@pytest.mark.fails_because("Only Chromium has CDP sessions: mark this test")
def test_what_only_chromium_has_is_refused_to_a_test_that_does_not_say_so(page: Page) -> None:
    Passkeys(page)


@pytest.mark.fails_because("Only Chromium reads the clipboard unasked: mark this test")
def test_nor_is_the_clipboard_given_to_it(request: pytest.FixtureRequest, page: Page) -> None:
    request.getfixturevalue("clipboard")


@pytest.mark.chromium_only("a virtual authenticator")
def test_and_given_to_one_that_does(page: Page) -> None:
    assert Passkeys(page).kept == []


@pytest.mark.parametrize(("headed", "program"), [(False, "chromium-headless-shell"), (True, "chromium")])
def test_who_wants_to_look_on_gets_a_browser_with_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headed: bool, program: str
) -> None:
    for name in ("chromium-headless-shell", "chromium"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.delenv("E2E_BROWSER", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert launch_options(headed=headed)["executable_path"] == str(tmp_path / program)
    says = "playwright install --with-deps chromium" if headed else "e2e.harness.browser --install"
    assert f"`python -m {says}` gets one" in not_started("chromium", "It is not here", headed)


def test_an_address_configured_for_another_server_leads_nobody_there(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, GOING, "--base-url", "http://127.0.0.1:9")
    assert run.stdout.splitlines()[-1].startswith("1 passed"), run.stdout


@pytest.mark.parametrize("folder", ["firefox-7", "firefox_mac14_arm64_special-6"])
def test_a_download_inside_playwright_itself_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    package = tmp_path / "driver/package"
    (package / ".local-browsers" / folder).mkdir(parents=True)
    (package / ".local-browsers" / folder / "INSTALLATION_COMPLETE").touch()
    known = {"name": "firefox", "revision": "7", "revisionOverrides": {"mac14-arm64": "6"}}
    (package / "browsers.json").write_text(json.dumps({"browsers": [known]}))
    monkeypatch.setattr(playwright, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "0")
    assert missing("firefox") == ""


def test_each_browser_that_is_not_here_is_one_sentence(tmp_path: Path) -> None:
    wanted = ["--browser", "firefox", "--browser", "webkit"]
    run = run_pytest(tmp_path, TWO, "-n", "2", *wanted, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert run.stderr == (
        "ERROR: Playwright's own firefox is not here: python -m playwright install firefox\n\n"
        "ERROR: Playwright's own webkit is not here: python -m playwright install webkit\n\n"
    )


def test_a_browser_that_does_not_start_is_one_sentence_in_each_test(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, TWO, E2E_BROWSER="/no/such")
    why = "Failed to launch chromium because executable doesn't exist at /no/such"
    said = f"\nE2E_BROWSER names /no/such, which does not start ({why}): correct or unset it.\n"
    assert run.stdout.count(said) == 2
    assert "Traceback" not in run.stdout


def get_a_browser(folder: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "e2e.harness.browser", "--install"],
        cwd=ROOT,
        env={"PLAYWRIGHT_BROWSERS_PATH": "/dev/null", "PATH": str(folder), "TMPDIR": str(folder)} | surroundings,
        capture_output=True,
        text=True,
    )


def test_a_browser_that_cannot_be_got_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho It is broken. >&2\n")
    broken.chmod(0o755)
    run = get_a_browser(tmp_path)
    (log,) = tmp_path.glob("browser-*.log")
    assert run.returncode == 1
    assert run.stderr == (
        "No browser starts: set E2E_BROWSER to the path of a Chromium, or run as root `apt-get install"
        f" chromium-headless-shell` (Debian) or `{sys.executable} -m playwright install-deps chromium` (Ubuntu);"
        f" why is in {log}.\n"
    )
    said = log.read_text()
    assert "Failed to install browsers" in said
    assert "It is broken." in said


def test_another_one_is_not_got_where_one_is_named_that_does_not_start(tmp_path: Path) -> None:
    run = get_a_browser(tmp_path, E2E_BROWSER="/no/such")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("E2E_BROWSER names /no/such, which does not start (Failed to launch")
