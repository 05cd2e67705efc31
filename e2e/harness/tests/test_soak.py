"""The tests many times over: one that fails now and then is found out."""

from pathlib import Path

import pytest

from e2e.harness.soak import Soak, which_browser

from .inner import ALONE

FLAKY = """
from pathlib import Path

seen = Path(__file__).with_name("seen")


def test_now_and_then(output_path):
    with seen.with_name("folders").open("a") as folders:  # each worker empties them at its start
        print(Path(output_path).parent.name, file=folders)
    assert not seen.exists()
    seen.touch()


def test_always(record_property):
    record_property("reset", "1.5")
    record_property("reason", "never when alone")
"""
BREAKS = """
from pathlib import Path

import pytest

seen = Path(__file__).with_name("begun")


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return
    if seen.exists():
        raise pytest.UsageError("It broke.")
    seen.touch()
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_test_that_fails_now_and_then_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_flaky.py").write_text(FLAKY)
    soak = Soak()
    soak.floor, soak.runs, soak.alone["reset"] = [0.125], 1, [1.2]
    for _ in range(2):
        soak.round([str(tmp_path), *ALONE, "-p", "playwright"])
    assert (tmp_path / "folders").read_text().split() == ["round-1", "round-2"]
    assert "assert not True" in capfd.readouterr().out
    said = str(soak).splitlines()
    assert said[0] == "2 rounds of 2 tests, 1 runs one at a time: 1 of 5 failed (20.00 %), none was run again"
    assert said[1].endswith(" s (promised: 5.7 s)")
    assert said[2:4] == [
        "the least a browser test costs: 125 ms",
        "reset: 1.2 ms, 1.5 ms beside another test (promised: 2 ms)",
    ]
    names = [line.split()[-1].rpartition(".")[2] for line in said[4:]]
    assert sorted(names[:2]) == ["test_flaky::test_always", "test_flaky::test_now_and_then"]
    assert said[6].startswith("FAILED 1 times: ")
    assert names[2:] == ["test_flaky::test_now_and_then"]


def test_when_pytest_breaks_the_rounds_so_far_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conftest.py").write_text(BREAKS)
    (tmp_path / "test_flaky.py").write_text(FLAKY)
    soak = Soak()
    soak.floor = [0.125]
    with pytest.raises(SystemExit):
        soak.repeat(3, [str(tmp_path), *ALONE, "-p", "playwright"])
    said = capfd.readouterr()
    assert "1 rounds of 2 tests, 0 runs one at a time: 0 of 2 failed" in said.out
    assert "It broke." in said.err


def test_a_soak_of_no_tests_fails(tmp_path: Path) -> None:
    (tmp_path / "test_flaky.py").write_text(FLAKY)
    with pytest.raises(SystemExit, match=r"These arguments choose no test: .* -k typo "):
        Soak().repeat(1, [str(tmp_path), "-k", "typo", *ALONE, "-p", "playwright"])


def test_what_is_measured_alone_is_measured_in_the_same_browser() -> None:
    said = ["e2e", "--browser", "firefox", "-n", "2", "--browser=webkit", "--browser-channel", "msedge", "-k", "files"]
    assert which_browser(said) == ["--browser=firefox", "--browser=webkit", "--browser-channel=msedge"]
