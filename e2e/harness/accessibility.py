"""What axe-core finds on a page as it is now, in light and in dark.

The program is put in with `page.evaluate`, which no content security policy and no trusted types forbid.
It takes a page without a background of its own for a white one, in the dark too.
"""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},  # only the colours are others
}
# Nothing where the program is not in the page yet. What is no violation stays there: it is forty times as long.
VIOLATIONS = """async (only) => window.axe
  ? (await axe.run({runOnly: only, resultTypes: ["violations"], elementRef: false})).violations
  : null"""
# Half-way through a transition a colour is no colour of the design.
AT_REST = """() => Promise.all(document.getAnimations()
  .filter((animation) => animation.playState === "running" && animation.effect?.getComputedTiming().endTime < Infinity)
  .map((animation) => animation.finished.catch(() => {})))"""


def expect_accessible(page: Page) -> None:
    """Fail with one line for each thing axe finds: names, roles, contrast, landmarks, sizes of targets."""
    __tracebackhide__ = True
    found: list[str] = []
    was_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for scheme, only in RULES.items():
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.evaluate(AT_REST)
        found += [line for line in axe(page, only) if line not in found]
    page.emulate_media(color_scheme="dark" if was_dark else "light")
    assert not found, "\n".join(found)


def axe(page: Page, only: dict[str, Any]) -> list[str]:
    """Each violation of these rules: what is wrong, where, how."""
    violations = page.evaluate(VIOLATIONS, only)
    if violations is None:
        page.evaluate(AXE)
        violations = page.evaluate(VIOLATIONS, only)
    return [
        f"{violation['help']}: {' '.join(map(str, node['target']))} — {_why(node)}"
        for violation in violations
        for node in violation["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] + node["all"] + node["none"]
    return "; ".join(check["message"] for check in checks) + f" ({node['html'][:120]})"
