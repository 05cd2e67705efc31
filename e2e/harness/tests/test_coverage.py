"""What no test runs is named, and the floor only rises. (That the server's process and the pages are counted shows in
the report of every run: nothing else runs a route or a script.)"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from coverage import CoverageData
from playwright.sync_api import BrowserContext

from e2e.harness.coverage import Pages, code, ran

from .planted import SCRIPTS

SCRIPT = """/* Greets. */
export function greet(name) {
  if (!name) {
    return "Nobody";
  }
  return `Hello 🎉 ${name}`; // always
}

greet("Ada");
"""
ROOT = Path(__file__).parents[3]
REPORT = "e2e.harness.coverage_report"


def test_lines_that_ran_are_told_from_those_that_did_not() -> None:
    begin, end = SCRIPT.index("{\n    return"), SCRIPT.index("  return `")
    whole = {"ranges": [{"startOffset": 0, "endOffset": len(SCRIPT) + 1, "count": 1}]}
    inner = {"ranges": [{"startOffset": begin, "endOffset": end - 1, "count": 0}]}
    assert code(SCRIPT) == {2, 3, 4, 6, 9}
    assert ran(SCRIPT, [whole, inner]) == {2, 3, 6, 9}


@pytest.mark.chromium_only("counting what ran")
def test_what_ran_before_a_page_was_left_is_counted(new_context: Callable[[], BrowserContext], tmp_path: Path) -> None:
    for name in ("trap.js", "round.js"):
        (tmp_path / name).write_text(SCRIPTS[name])
    (tmp_path / "coveragerc").write_text(f"[run]\ndata_file = {tmp_path}/found\n")
    pages = Pages({"/": tmp_path}, str(tmp_path / "coveragerc"))
    context = new_context()
    pages.attach(context)
    page = context.new_page()
    page.goto("/trap")
    page.goto("/round")
    context.close()
    pages.save()
    (file,) = tmp_path.glob("found.*")
    found = CoverageData(str(file))
    found.read()
    assert {name: found.lines(str(tmp_path / name)) for name in ("trap.js", "round.js")} == {
        "trap.js": [1],
        "round.js": [1],
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file of each language, and one of each that no test runs."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/used.py").write_text("print('used')\n")
    (tmp_path / ".coveragerc").write_text("[run]\nsource = shop\nplugins = e2e.harness.coverage\n")
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    """What it complains of."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=project, env=surroundings, capture_output=True, text=True).stderr


def report(project: Path, floor: dict[str, int]) -> str:
    (project / "floor.json").write_text(json.dumps(floor))
    run(project, "coverage", "run", "--parallel", "shop/used.py")
    return run(project, REPORT, "floor.json") + (project / "floor.json").read_text()


def test_a_new_file_that_no_test_runs_is_named(project: Path) -> None:
    (project / "shop/new.py").write_text("print('new')\n")
    (project / "shop/new.js").write_text('console.log("new");\n')
    said = report(project, {})
    assert "No test runs any line of shop/new.py." in said
    assert "No test runs any line of shop/new.js." in said


def test_less_than_the_floor_fails(project: Path) -> None:
    (project / "shop/used.py").write_text("print('used')\ndef unused():\n    print()\n")
    assert "Python is covered by 66.67 %, and 90 % is the floor." in report(project, {"Python": 90})


def test_the_floor_rises_with_what_is_covered_and_leaves_room_for_luck(project: Path) -> None:
    assert json.loads(report(project, {"Python": 90})) == {"Python": 99}


def test_the_last_report_is_held_to_the_floor_again_until_a_file_changes(project: Path) -> None:
    report(project, {})
    (project / "floor.json").write_text('{"Python": 101}')
    assert "Python is covered by 100.00 %, and 101 % is the floor." in run(project, REPORT, "--check", "floor.json")
    (project / "shop/used.py").touch()
    assert run(project, REPORT, "--check", "floor.json") == ""


def test_a_floor_lower_than_in_any_commit_fails(project: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True)

    git("init")
    for floor in ({"Python": 90, "JavaScript": 80}, {"Python": 70}):
        (project / "floor.json").write_text(json.dumps(floor))
        git("add", "floor.json")
        git("commit", "--message", "Hold to a floor")
    assert run(project, REPORT, "--check", "floor.json").splitlines() == [
        "floor.json asks for 70 % of Python, and has asked for 90 %: it only rises.",
        "floor.json asks for 0 % of JavaScript, and has asked for 80 %: it only rises.",
    ]
    (project / "floor.json").write_text(json.dumps({"Python": 91, "JavaScript": 80}))
    assert run(project, REPORT, "--check", "floor.json") == ""
