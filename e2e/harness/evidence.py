"""What a failed browser test leaves behind: one line saying why, the pages as pictures and as a screen reader
hears them, and what the server logged meanwhile.

For a film of every step: pytest --lf --tracing on, then playwright show-trace --port 9000 test-results/…/trace.zip
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntry, ReprTraceback
from playwright.sync_api import Error, Page

from .running import Running
from .server import Server
from .watch import Watch


@dataclass
class Scene:
    """What belongs to one test: its windows, its application, how long the log was, a folder for pictures."""

    watch: Watch
    running: Running
    log_began: int
    folder: Path


def attach(report: pytest.TestReport, call: pytest.CallInfo[None], scene: Scene) -> None:
    """Add all of it to the report. When the test, or a fixture of it, has failed, the pages are still open."""
    if report.when != "teardown":
        problems = scene.watch.problems
        _put_on_top(report, _reason(call, scene.watch, problems, _awaited(scene.running.server)))
        seen = []
        for number, page in enumerate(scene.watch.pages(), 1):
            # One stuck page must not hide the others, nor a full disk why the test has failed.
            with contextlib.suppress(Error, OSError):
                seen.append(_seen(page, scene.folder / f"page-{number}"))
        if problems and "\n".join(problems) != str(call.excinfo and call.excinfo.value):
            report.sections.append(("Wrong in the pages", "\n".join(problems)))
        if seen:
            report.sections.append(("Pages at the end", "\n\n".join(seen)))
    if log := scene.running.server.lines_since(scene.log_began):
        report.sections.append((f"Server log ({report.when})", log))


def _seen(page: Page, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path.with_suffix(".png"), timeout=10_000)
    heard = page.locator("body").aria_snapshot(timeout=10_000)
    path.with_suffix(".aria.yml").write_text(heard)
    return f"{page.url} is in {path.with_suffix('.png')}\n{heard}"


def _awaited(server: Server) -> list[str]:
    """What the page may be waiting for: the test may have forgotten to release it, or the application hangs."""
    with contextlib.suppress(OSError):  # the server is down
        return [f"not answered yet: {one}" for one in server.order("in_flight")]
    return []


def _reason(call: pytest.CallInfo[None], watch: Watch, problems: list[str], awaited: list[str]) -> str:
    """In one line: what failed, what Playwright knows of it, what went wrong in the pages, where they are."""
    assert call.excinfo
    first, *more = str(call.excinfo.value).strip().splitlines() or [call.excinfo.typename]
    lines = (line.strip(" -") for line in more)
    telling = [line for line in lines if line.startswith(("Actual value", "Error:", "waiting for"))]
    where = ", ".join(page.url for page in watch.pages())
    return "; ".join(dict.fromkeys([first, *telling, *awaited, *problems[:1]])) + (f" — on {where}" if where else "")


def _put_on_top(report: pytest.TestReport, reason: str) -> None:
    """Above the traceback, and as the line of the short summary."""
    if isinstance(report.longrepr, ExceptionChainRepr):
        if report.longrepr.reprtraceback.style != "value":  # that one is nothing but the reason
            line = ReprEntry([f"E   {reason}"], None, None, None, style="short")
            report.longrepr.chain = [(ReprTraceback([line], None, style="short"), None, None), *report.longrepr.chain]
        if report.longrepr.reprcrash:
            report.longrepr.reprcrash.message = reason
