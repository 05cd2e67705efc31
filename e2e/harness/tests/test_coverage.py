"""What ran is counted, what no test runs is named, and the floor only rises."""

import _thread
import io
import json
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from coverage import CoverageData
from playwright.sync_api import BrowserContext

from e2e.harness.control import Controlled
from e2e.harness.coverage import Pages, code, ran

from . import planted
from .inner import ROOT, run_pytest
from .planted import SCRIPTS

SCRIPT = """/* Greets. */
export function greet(name) {
  if (!name) {
    return "Nobody";
  }
  return `Hello 🎉 ${name}`; // always
}

greet("Ada");
/** @type {Greeting} */ (greet)("Ben");
/* Twice, as it is the
last. */ greet("Cleo");
"""
POWER_CUT = """
from urllib.request import urlopen


def test_rows(server):
    urlopen(f"{server.url}/rows").close()
    server.kill()


def test_clean(server):
    urlopen(f"{server.url}/clean").close()
"""
Complaints = Callable[..., str]
Report = Callable[[dict[str, int]], str]


def test_lines_that_ran_are_told_from_those_that_did_not() -> None:
    begin, end = SCRIPT.index("{\n    return"), SCRIPT.index("  return `")
    whole = {"ranges": [{"startOffset": 0, "endOffset": len(SCRIPT) + 1, "count": 1}]}
    inner = {"ranges": [{"startOffset": begin, "endOffset": end - 1, "count": 0}]}
    assert code(SCRIPT) == {2, 3, 4, 6, 9, 10, 12}
    assert ran(SCRIPT, [whole, inner]) == {2, 3, 6, 9, 10, 12}


@pytest.mark.chromium_only("counting what ran")
@pytest.mark.parametrize("branches", [False, True])
def test_what_ran_before_a_page_was_left_is_counted(
    new_context: Callable[[], BrowserContext], tmp_path: Path, branches: bool
) -> None:
    for name in ("trap.js", "round.js"):
        (tmp_path / name).write_text(SCRIPTS[name])
    (tmp_path / "coveragerc").write_text(f"[run]\nbranch = {branches}\ndata_file = {tmp_path}/found\n")
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
    assert found.has_arcs() == branches
    assert {name: found.lines(str(tmp_path / name)) for name in ("trap.js", "round.js")} == {
        "trap.js": [1],
        "round.js": [1],
    }


@pytest.mark.parametrize(
    ("workers", "branches", "file"), [("0", False, ".coverage"), ("1", True, ".coverage"), ("0", False, ".measured")]
)
def test_what_ran_in_the_server_is_counted_before_and_after_a_power_cut(
    tmp_path: Path, workers: str, branches: bool, file: str
) -> None:
    (tmp_path / ".coveragerc").write_text(f"[run]\nsource = e2e.harness.tests\nbranch = {branches}\n")
    named = {} if file == ".coverage" else {"COVERAGE_FILE": file}
    run_pytest(tmp_path, POWER_CUT, "-p", "pytest_cov", "-n", workers, "--cov", "--cov-report=", **named)
    assert {one.name for one in tmp_path.glob(".*")} == {file, ".coveragerc"}
    found = CoverageData(str(tmp_path / file))
    found.read()
    text = Path(planted.__file__).read_text().splitlines()
    counted = [text[number - 1] for number in found.lines(planted.__file__) or []]
    told = ["def create_app", 'return {"rows": count', 'return f"<!doctype', '"].clear()', 'RuntimeError("planted")']
    assert [any(line in one for one in counted) for line in told] == [True, True, True, True, False]


def job(counted: Any) -> None:
    counted.append(sys.gettrace() is not None)


def test_what_the_tests_order_is_counted_in_a_thread_that_no_request_was_in_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "gettrace", lambda: lambda *_: None)
    counted: Any = []
    controlled = Controlled(counted, "token", jobs=f"{__name__}:{job.__name__}")
    order = {"PATH_INFO": "/token/run_jobs", "wsgi.input": io.BytesIO()}
    done = threading.Event()

    def serve() -> None:
        controlled(order, lambda *_: lambda _: None)
        done.set()

    _thread.start_new_thread(serve, ())  # as a server's, it is not Python's
    assert done.wait(10)
    assert counted == [True]


def test_branches_are_asked_for_where_the_server_reads_it(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, POWER_CUT, "-p", "pytest_cov", "--cov", "--cov-branch")
    assert "ERROR: --cov-branch does not reach the server: say branch = true in coverage's settings." in run.stderr


def test_a_source_is_named_where_the_server_reads_it(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, POWER_CUT, "-p", "pytest_cov", "--cov=planted")
    assert "ERROR: --cov=… does not reach the server: name the source in coverage's settings, say --cov." in run.stderr


def test_without_coverage_after_all_nothing_is_measured(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, POWER_CUT, "-p", "pytest_cov", "--cov", "--no-cov")
    assert run.returncode == 0
    assert list(tmp_path.glob(".coverage*")) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one file, all of which is run."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/used.py").write_text("print('used')\n")
    (tmp_path / ".coveragerc").write_text("[run]\nsource = shop\nplugins = e2e.harness.coverage\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complaints:
    """What `python -m e2e.harness.coverage_report` complains of, in this process: a new one would first import it."""

    def complaints(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["coverage_report", *arguments])
        with pytest.raises(SystemExit) as end:
            runpy.run_module("e2e.harness.coverage_report", run_name="__main__")
        said = capsys.readouterr().err
        assert end.value.code == (1 if said else 0)
        return said

    return complaints


@pytest.fixture
def report(project: Path, complaints: Complaints) -> Report:
    """Measure, and hold what was found to a floor: what is complained of, and the floor afterwards."""

    def report(floor: dict[str, int]) -> str:
        (project / "floor.json").write_text(json.dumps(floor))
        run = [sys.executable, "-m", "coverage", "run", "--parallel", "shop/used.py"]
        subprocess.run(run, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.DEVNULL)
        return complaints("floor.json") + (project / "floor.json").read_text()

    return report


@pytest.mark.parametrize("settings", ["", "relative_files = true\n"])
def test_a_new_file_that_no_test_runs_is_named(project: Path, report: Report, settings: str) -> None:
    with (project / ".coveragerc").open("a") as file:
        file.write(settings)
    (project / "shop/new.py").write_text("print('new')\n")
    (project / "shop/new.js").write_text('console.log("new");\n')
    said = report({})
    assert "No test runs any line of shop/new.py." in said
    assert "No test runs any line of shop/new.js." in said


def test_less_than_the_floor_fails(project: Path, report: Report) -> None:
    (project / "shop/used.py").write_text("print('used')\ndef unused():\n    print()\n")
    assert "Python is covered by 66.67 %, and 90 % is the floor." in report({"Python": 90})


def test_the_floor_rises_with_what_is_covered_and_leaves_room_for_luck(report: Report) -> None:
    assert json.loads(report({"Python": 90})) == {"Python": 99}


def test_the_last_report_is_held_to_the_floor_again_until_a_file_changes(
    project: Path, report: Report, complaints: Complaints
) -> None:
    report({})
    (project / "floor.json").write_text('{"Python": 101}')
    assert "Python is covered by 100.00 %, and 101 % is the floor." in complaints("--check", "floor.json")
    (project / "shop/used.py").touch()
    assert complaints("--check", "floor.json") == ""


def test_a_floor_lower_than_in_any_commit_fails(project: Path, complaints: Complaints) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True)

    git("init")
    for floor in ({"Python": 90, "JavaScript": 80}, {"Python": 70}):
        (project / "floor.json").write_text(json.dumps(floor))
        git("add", "floor.json")
        git("commit", "--message", "Hold to a floor")
    assert complaints("--check", "floor.json").splitlines() == [
        "floor.json asks for 70 % of Python, and has asked for 90 %: it only rises.",
        "floor.json asks for 0 % of JavaScript, and has asked for 80 %: it only rises.",
    ]
    (project / "floor.json").write_text(json.dumps({"Python": 91, "JavaScript": 80}))
    assert complaints("--check", "floor.json") == ""
