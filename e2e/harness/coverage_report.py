"""The report of what `pytest --cov` has measured, and the floor under it, which only rises.

    python -m e2e.harness.coverage_report floor.json

fails below the floor, and raises it where there is clearly more. With `--check` nothing is run or written: it fails
where the floor is lower than in any commit, or where what was measured last, of the files as they are now, is below it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from coverage import Coverage

LANGUAGES = {".py": "Python", ".js": "JavaScript"}
# Per cent between the floor and what was measured when it rose: which of two threads comes first is luck, and what runs
# for the loser only is covered in one run and not in the next.
ROOM = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="coverage_report", description="One report of what ran, held to a floor.")
    parser.add_argument("floor", type=Path, help="a JSON file with a percentage for each language")
    parser.add_argument("--check", action="store_true", help="only look at the floor and the last report")
    arguments = parser.parse_args()
    floor: Path = arguments.floor
    least: dict[str, int] = json.loads(floor.read_text()) if floor.exists() else {}
    complaints = [*fallen(floor, least), *judged_again(least)] if arguments.check else reported(floor, least)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def reported(floor: Path, least: Mapping[str, int]) -> list[str]:
    """Put the processes' findings together, print them, and raise the floor where nothing is wrong."""
    measured = Coverage()
    measured.load()
    measured.combine(strict=False)
    measured.save()
    measured.report(skip_covered=True, show_missing=True)
    complaints, found = judged(measured, least)
    for language, percent in found.items():
        print(f"{language}: {percent:.2f} %")
    whole = {language: int(percent - ROOM) for language, percent in found.items()}
    risen = {**least, **{language: max(percent, least.get(language, 0)) for language, percent in whole.items()}}
    if not complaints and risen != least:
        floor.write_text(json.dumps(risen, indent=2) + "\n")
        print(f"The floor in {floor} has risen: commit it.")
    return complaints


def judged(measured: Coverage, least: Mapping[str, int]) -> tuple[list[str], dict[str, float]]:
    """What is wrong with it, and the percentage of each language. The floor is in whole per cent."""
    sums: dict[str, list[int]] = {}
    complaints = []
    for file in sorted(measured.get_data().measured_files()):
        language = LANGUAGES.get(Path(file).suffix)
        if not language:  # a template runs as Python, and is none
            continue
        _, lines, _, missing, _ = measured.analysis2(file)
        total = sums.setdefault(language, [0, 0])
        total[0] += len(lines) - len(missing)
        total[1] += len(lines)
        if lines and len(missing) == len(lines):
            complaints.append(f"No test runs any line of {os.path.relpath(file)}.")
    found = {language: 100 * hit / (lines or 1) for language, (hit, lines) in sums.items()}
    complaints += [
        f"{language} is covered by {found.get(language, 0):.2f} %, and {percent} % is the floor."
        for language, percent in least.items()
        if found.get(language, 0) < percent
    ]
    return complaints, found


def judged_again(least: Mapping[str, int]) -> list[str]:
    """What is wrong with the last report. One of files that have changed since says nothing about these."""
    measured = Coverage()
    report = Path(measured.config.data_file)
    if not report.exists():
        return []
    measured.load()
    files = map(Path, measured.get_data().measured_files())
    if not all(file.exists() and file.stat().st_mtime <= report.stat().st_mtime for file in files):
        return []
    return [f"{complaint} (So says {report.name}, the last report.)" for complaint in judged(measured, least)[0]]


def fallen(floor: Path, least: Mapping[str, int]) -> list[str]:
    """Where the floor is lower than in any commit."""
    once: Counter[str] = Counter()
    for commit in git(floor, "log", "--full-history", "--format=%h", "--", floor.name).split():
        once |= Counter(json.loads(git(floor, "show", f"{commit}:./{floor.name}") or "{}"))
    return [
        f"{floor} asks for {least.get(language, 0)} % of {language}, and has asked for {percent} %: it only rises."
        for language, percent in once.items()
        if least.get(language, 0) < percent
    ]


def git(floor: Path, *arguments: str) -> str:
    """What git says of the folder of the floor; nothing where it is in no repository."""
    if not shutil.which("git"):
        return ""
    folder = floor.absolute().parent
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
