"""The application with the faults, and the mark of a test that must fail."""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing

import pytest

from e2e.harness import App
from e2e.harness.plugin import scenes

from .planted import TABLE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "fails_because(*sentences, nothing_else=False): the harness must fail this test, and say each, and if so told, "
        "no line without one of them",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test marked so passes when it failed with these sentences, and fails when one is missing or there is more than
    was to be. (The whole report would not do: it shows the test's source, which has the sentences in its mark.)"""
    report = yield
    mark = item.get_closest_marker("fails_because")
    if mark and report.when == "call":
        why = str(call.excinfo and call.excinfo.value)
        wrong = [f"Not found: {sentence}" for sentence in mark.args if sentence not in why]
        if mark.kwargs.get("nothing_else"):
            more = [line for line in why.splitlines() if not any(sentence in line for sentence in mark.args)]
            wrong += [f"Not to be there: {line}" for line in more]
        if report.failed and not wrong:
            report.outcome, report.longrepr, report.sections = "passed", None, []
            if scene := item.stash.get(scenes, None):
                shutil.rmtree(scene.folder, ignore_errors=True)
        else:
            said = report.longreprtext or "nothing"
            report.outcome, report.longrepr = "failed", "\n".join([*wrong, f"The harness says: {said}"])
    return report


@pytest.fixture(scope="session")
def app_under_test(tmp_path_factory: pytest.TempPathFactory) -> App:
    path = str(tmp_path_factory.mktemp("planted") / "planted.db")

    def build() -> None:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(TABLE)

    return App(
        "e2e.harness.tests.planted:create_app",
        database=path,
        build=build,
        environment={"PLANTED_DATABASE": path},
        ready_path="/clean",
        forget="e2e.harness.tests.planted:forget",
    )
