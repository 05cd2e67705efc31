"""What a person reads when a test has failed: pytest itself runs a failing one, and its words are looked at."""

import re
from pathlib import Path

from .inner import run_pytest

FAILING = """
import pytest
from playwright.sync_api import expect


def test_saving(page):
    page.goto("/clean")
    page.evaluate("console.error('the cause')")
    expect(page.get_by_role("button")).to_have_text("Delete", timeout=500)


@pytest.fixture
def deleted(page):
    page.goto("/clean")
    page.get_by_role("button", name="Delete").click(timeout=100)


def test_deleting(deleted):
    pass


def test_crashing(page):
    page.goto("/crash")


def test_waiting(page, control):
    page.goto("/clean")
    control.stall("/rows")
    page.evaluate("void fetch('/rows').then(() => { document.title = 'there' })")
    while not any("held back" in one for one in control.in_flight()):
        pass
    expect(page).to_have_title("there", timeout=500)
"""
MARKED = """
import pytest


@pytest.mark.xfail(strict=True)  # the planted fault: it passes
def test_that_was_to_fail(page):
    page.goto("/clean")


@pytest.mark.chromium_only
def test_that_does_not_say_why(page):
    page.goto("/clean")


@pytest.mark.chromium_only(reason="what it does")
def test_after_them(page):
    page.goto("/clean")
"""


def test_a_failure_says_why_and_shows_the_page_and_the_log(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, FAILING, "--output", "shots", "--tracing", "on").stdout
    assert re.search(
        r"_ test_saving\[chromium\] _+\nE   Locator expected to have text 'Delete'; Actual value: Save; "
        r"waiting for get_by_role\(\"button\"\); The console says: the cause .* — on http://localhost:\d+/clean\n",
        said,
    )
    assert re.search(
        r"setup of test_deleting\[chromium\] _+\nE   Locator.click: Timeout 100ms exceeded.; waiting", said
    )
    assert re.search(r"_ test_crashing\[chromium\] _+\nhttp://localhost:\d+/crash answered 500", said)
    assert re.search(
        r"_ test_waiting\[chromium\] _+\nE   Page title expected to be 'there'; .*"
        r"; not answered yet: GET /rows \(\d\.\d s, held back\) — on http",
        said,
    )
    assert said.count("- Pages at the end -") == 4
    assert '- heading "clean" [level=1]\n  - button "Save"\n----' in said
    assert said.count("GET /clean 200 in") == 3
    assert "RuntimeError: planted" in said
    for test in ("crashing", "deleting", "saving", "waiting"):
        assert [path.name for path in sorted(tmp_path.glob(f"shots/*{test}*/*"))] == [
            "page-1.aria.yml",
            "page-1.png",
            "trace.zip",
        ]


def test_what_fails_by_its_mark_alone_fails_alone(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, MARKED).stdout
    assert "[XPASS(strict)]" in said
    assert "Say why: @pytest.mark.chromium_only('what only Chromium has')." in said
    assert re.search("1 failed, 1 passed.* 1 error in", said)
