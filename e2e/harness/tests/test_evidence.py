"""What a person reads when a test has failed: pytest itself runs a failing one, and its words are looked at."""

import os
import re
import subprocess
import sys
from pathlib import Path

FAILING = """
import pytest
from playwright.sync_api import expect

from e2e.harness.tests.conftest import app_under_test

pytest_plugins = ["e2e.harness.plugin"]
__all__ = ["app_under_test"]


def test_saving(page):
    page.goto("/clean")
    page.evaluate("console.error('the cause')")
    expect(page.get_by_role("button")).to_have_text("Delete", timeout=100)


@pytest.fixture
def deleted(page):
    page.goto("/clean")
    page.get_by_role("button", name="Delete").click(timeout=100)


def test_deleting(deleted):
    pass


def test_crashing(page):
    page.goto("/crash")
"""
ROOT = Path(__file__).parents[3]


def test_a_failure_says_why_and_shows_the_page_and_the_log(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(FAILING)
    (tmp_path / "test_failing.py").write_text("from conftest import test_crashing, test_deleting, test_saving\n")
    command = [sys.executable, "-m", "pytest", "-q", "--output", "shots", "-p", "no:cacheprovider", "--tracing", "on"]
    run = subprocess.run(
        [*command, "."], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True
    )
    said = run.stdout.decode()
    assert re.search(
        r"_ test_saving\[chromium\] _+\nE   Locator expected to have text 'Delete'; Actual value: Save; "
        r"waiting for get_by_role\(\"button\"\); The console says: the cause .* — on http://localhost:\d+/clean\n",
        said,
    )
    assert re.search(
        r"setup of test_deleting\[chromium\] _+\nE   Locator.click: Timeout 100ms exceeded.; waiting", said
    )
    assert re.search(r"_ test_crashing\[chromium\] _+\nhttp://localhost:\d+/crash answered 500", said)
    assert said.count("- Pages at the end -") == 3
    assert '- heading "clean" [level=1]\n  - button "Save"\n----' in said
    assert said.count("GET /clean 200 in") == 2
    assert "RuntimeError: planted" in said
    for test in ("crashing", "deleting", "saving"):
        assert [path.name for path in sorted(tmp_path.glob(f"shots/*{test}*/*"))] == [
            "page-1.aria.yml",
            "page-1.png",
            "trace.zip",
        ]
