"""pytest as somebody runs it in a project of his own, and what he then reads: a run inside a test."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFTEST = """
from e2e.harness.tests.conftest import app_under_test

pytest_plugins = ["e2e.harness.plugin"]
__all__ = ["app_under_test"]
"""
# What else is installed here would cost each process of such a run up to a second.
ALONE = ["--disable-plugin-autoload", "-p", "xdist", "-p", "no:cacheprovider"]


def run_pytest(folder: Path, tests: str, *arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """Of these tests, with the harness, of the application with the faults."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_inner.py").write_text(tests)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *ALONE, "-p", "playwright", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | surroundings,
        capture_output=True,
        text=True,
    )
