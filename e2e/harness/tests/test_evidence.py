"""What a person reads when a test has failed: pytest itself runs a failing one, and its words are looked at."""

import os
import subprocess
import sys
from pathlib import Path

FAILING = """
from playwright.sync_api import expect

from e2e.harness.tests.conftest import app_under_test

pytest_plugins = ["e2e.harness.plugin"]
__all__ = ["app_under_test"]


def test_saving(page):
    page.goto("/clean")
    expect(page.get_by_role("button")).to_have_text("Delete", timeout=100)


def test_crashing(page):
    page.goto("/crash")
"""
ROOT = Path(__file__).parents[3]


def test_a_failure_says_why_and_shows_the_page_and_the_log(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(FAILING)
    (tmp_path / "test_failing.py").write_text("from conftest import test_crashing, test_saving\n")
    command = [sys.executable, "-m", "pytest", "-q", "--output", "shots", "-p", "no:cacheprovider", "--tracing", "on"]
    run = subprocess.run(
        [*command, "."], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True
    )
    said = run.stdout.decode()
    assert ">>> Locator expected to have text 'Delete'; Actual value: Save; waiting for get_by_role" in said
    assert '- button "Save"' in said
    assert "GET /clean 200 in" in said
    assert "/crash answered 500" in said
    assert "RuntimeError: planted" in said
    assert [path.name for path in sorted(tmp_path.glob("shots/*saving*/*"))] == [
        "page-1.aria.yml",
        "page-1.png",
        "trace.zip",
    ]
