"""Taking turns, medians, and the table."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median


def turns(rounds: int, *sides: Callable[[], float]) -> list[float]:
    """Let the sides take turns; the median of each."""
    found = [[side() for side in sides] for _ in range(rounds)]
    return [median(one) for one in zip(*found, strict=True)]


def title(text: str, columns: tuple[str, str, str] = ("Clubroom", "limit", "ratio")) -> None:
    print(f"\n{text:<50} {columns[0]:>9} {columns[1]:>9} {columns[2]:>8}", flush=True)


def row(name: str, ours: float, unit: str, beside: float | None = None, what: str = "") -> None:
    """One row; the ratio is the first value by the second."""
    second, ratio = (number(beside), f"{number(ours / beside)} ×") if beside else ("", "")
    print(f"  {name:<48} {number(ours):>9} {second:>9} {ratio:>8}  {unit}{what and f'; {what}'}", flush=True)


def number(value: float) -> str:
    digits = 0 if value == 0 or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"
