"""The browser tests many times over. A test that fails once is broken, however often it passes: nothing is retried.

    python -m e2e.harness.soak 20 e2e [what else pytest is to be told]

Prints which tests failed how often, the slowest, and what is the harness's own part of a test: the least a browser
test can cost, putting back the database (with all that is undone in the server), signing in. The first is measured one
test at a time, the others so in the tests marked `smoke`, and beside it as they are while two workers share the cores.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

import pytest

FLOOR = Path(__file__).with_name("floor.py")
# Promised on two idle cores, with two workers.
SECONDS_A_TEST, SECONDS_A_ROUND = 0.35, 5
MILLISECONDS = {"reset": 2, "sign-in": 5}
BROWSER = ("--browser", "--browser-channel")


class Soak:
    """What all rounds so far have shown."""

    def __init__(self) -> None:
        self.rounds: list[tuple[int, float]] = []
        self.runs = 0
        self.failed: Counter[str] = Counter()
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.parts: defaultdict[str, list[float]] = defaultdict(list)
        self.alone: defaultdict[str, list[float]] = defaultdict(list)
        self.floor: list[float] = []

    def round(self, arguments: Sequence[str]) -> None:
        """Run the tests once, two at a time. Their pictures do not take the place of the last round's."""
        began = time.monotonic()
        found = tests([f"--output=test-results/round-{len(self.rounds) + 1}", *arguments, "-n", "2"])
        if not found:
            sys.exit(f"These arguments choose no test: {' '.join(arguments)}")
        for test in found:
            name = self._judge(test)
            self.seconds[name].append(float(test.get("time", 0)))
            note(test, self.parts)
        self.rounds.append((len(self.seconds), time.monotonic() - began))

    def repeat(self, times: int, arguments: Sequence[str]) -> None:
        """Round after round, and then what they have shown: also when somebody cut them short, or pytest broke."""
        try:
            for number in range(times):
                self.round(arguments)
                took, failed = self.rounds[-1][1], self.failed.total()
                print(f"round {number + 1}: {took:.1f} s, {failed} failed so far", flush=True)
        finally:
            if self.rounds:
                print(self)

    def measure_alone(self, arguments: Sequence[str]) -> None:
        """One at a time, so that nothing else is in the way."""
        floor = tests([str(FLOOR), *which_browser(arguments), "-n", "0"])
        self.floor = [float(test.get("time", 0)) for test in floor][1:]
        short = tests(["--output=test-results/alone", *arguments, "-m", "smoke", "-n", "0"])
        for test in floor + short:
            self._judge(test)
            note(test, self.alone)

    def _judge(self, test: ElementTree.Element) -> str:
        name = f"{test.get('classname')}::{test.get('name')}"
        self.runs += 1
        self.failed[name] += any(test.find(bad) is not None for bad in ("failure", "error"))
        return name

    def __str__(self) -> str:
        count, took = self.rounds[0][0], median(seconds for _, seconds in self.rounds)
        failures = self.failed.total()
        alone = self.runs - sum(tests for tests, _ in self.rounds)
        lines = [
            f"{len(self.rounds)} rounds of {count} tests, {alone} runs one at a time: {failures} of {self.runs} failed"
            f" ({100 * failures / max(1, self.runs):.2f} %), none was run again",
            f"a round: {took:.1f} s (promised: {count * SECONDS_A_TEST + SECONDS_A_ROUND:.1f} s)",
            f"the least a browser test costs: {1000 * median(self.floor):.0f} ms",
        ]
        lines += [
            f"{part}: {median(self.alone[part]):.1f} ms, {median(self.parts[part]):.1f} ms beside another test"
            f" (promised: {most} ms)"
            for part, most in MILLISECONDS.items()
            if self.alone[part] and self.parts[part]
        ]
        slowest = sorted(self.seconds, key=lambda name: -median(self.seconds[name]))[:10]
        lines += [f"{median(self.seconds[name]):6.2f} s  {name}" for name in slowest]
        lines += [f"FAILED {times} times: {name}" for name, times in self.failed.most_common() if times]
        return "\n".join(lines)


def note(test: ElementTree.Element, parts: defaultdict[str, list[float]]) -> None:
    """Take down what the harness noted of its own part in a test, in milliseconds."""
    for part in test.iter("property"):
        if (name := part.get("name", "")) in MILLISECONDS:  # the tests may have properties of their own
            parts[name].append(float(part.get("value", 0)))


def which_browser(arguments: Sequence[str]) -> list[str]:
    """Those of the arguments that choose the browser."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in BROWSER:
        parser.add_argument(option, action="append", default=[], dest=option)
    said = vars(parser.parse_known_args(arguments)[0])
    return [f"{option}={value}" for option in BROWSER for value in said[option]]


def tests(arguments: Sequence[str]) -> list[ElementTree.Element]:
    """Run pytest; what it writes of each test."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={results}", *arguments]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if run.returncode == pytest.ExitCode.INTERRUPTED:
            print(run.stdout)  # a file that cannot be imported is one reason
            raise KeyboardInterrupt  # the other: it was pytest that heard of it first
        nothing = run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
        if (run.returncode > 1 and not nothing) or not results.exists():
            sys.exit(run.stdout)
        if run.returncode == pytest.ExitCode.TESTS_FAILED:
            print(run.stdout)
        return list(ElementTree.parse(results).iter("testcase"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description="Runs the browser tests many times over.")
    parser.add_argument("rounds", type=int)
    rounds, arguments = parser.parse_known_args()
    soak = Soak()
    with suppress(KeyboardInterrupt):
        soak.measure_alone(arguments)
        soak.repeat(rounds.rounds, arguments)
    return 1 if soak.failed.total() or len(soak.rounds) < rounds.rounds else 0


if __name__ == "__main__":
    sys.exit(main())
