"""The order of things: `python -m bench [--quick]`."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from . import moving, reading, signing, waiting
from .server import Clubroom


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="How fast Clubroom is, beside what is possible here.")
    parser.add_argument("--quick", action="store_true", help="fewer people, smaller files, fewer rounds")
    quick = parser.parse_args().quick
    rounds, seconds = (3, 1) if quick else (7, 3)
    many, size = (20_000, 128 << 20) if quick else (100_000, 1 << 30)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; medians of {rounds} rounds, taking turns")
    with tempfile.TemporaryDirectory(prefix="clubroom-bench-") as folder:
        here = Path(folder)
        few, club = Clubroom(here / "few", 1000), Clubroom(here / "many", many)
        waiting.start(club, rounds)
        with club:
            waiting.memory(club, "at rest")
            cookie = club.sign_in()
            reading.one_person(club, cookie, rounds, seconds)
            with few:
                reading.lists(few, club, few.sign_in(), cookie, rounds)
            signing.sign_ins(club, rounds, seconds)
            waiting.others(club, cookie, seconds * 2)
            waiting.memory(club, "after all this")
            moving.up_and_down(club, cookie, moving.Large(here / "large.bin", size), min(rounds, 5))
    print(f"\nload {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
