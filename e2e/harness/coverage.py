"""Which lines of the application ran, Python and JavaScript in one report, whichever suite made them run.

`pytest --cov` measures: pytest-cov the tests' own processes, the harness the server's process and the pages (those
of Chromium, which counts for us; a document that a link or a form leaves for another one takes its count along). For
coverage.py this module is a plugin that knows JavaScript:

    [tool.coverage.run]
    source = ["your_package", "your_scripts"]
    plugins = ["e2e.harness.coverage"]

The report, and the floor that only rises, is coverage_report.py's.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coverage import Coverage, CoverageData, CoveragePlugin, FileReporter

if TYPE_CHECKING:
    from coverage.plugin_support import Plugins
    from playwright.sync_api import BrowserContext, CDPSession, Page

LEAVING = ("goto", "reload", "go_back", "go_forward", "close")
NO_CODE = re.compile(r"(//.*|[\])}(;,]*)$")


class Pages:
    """Counts the lines that ran in pages. `scripts` says which files are behind which addresses."""

    def __init__(self, scripts: Mapping[str, Path], configuration: str) -> None:
        self._scripts = scripts
        settings = Coverage(config_file=configuration).config
        self._findings, self._branches = settings.data_file, settings.branch
        self._ran: dict[str, set[int]] = {}
        self._sessions: dict[Page, CDPSession] = {}

    def attach(self, context: "BrowserContext") -> None:
        """Count in every page of a context, from before its first script. Counting is in place when
        `new_page` returns; an event would come too late for that."""
        open_page: Callable[[], Page] = context.new_page
        listen = context.new_cdp_session  # before plugin.py refuses it to the test

        def new_page() -> "Page":
            page = open_page()
            session = listen(page)
            session.send("Profiler.enable")
            session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
            self._sessions[page] = session
            page.on("crash", self._lose)
            page.on("close", self._lose)
            for way in LEAVING:
                setattr(page, way, self._after_taking(getattr(page, way)))
            return page

        context.new_page = new_page  # type: ignore[method-assign]
        context.close = self._after_taking(context.close)  # type: ignore[method-assign]

    def _lose(self, page: "Page") -> None:
        """It would never answer again."""
        self._sessions.pop(page, None)

    def _after_taking(self, leave: Callable[..., Any]) -> Callable[..., Any]:
        """A document that is left takes along what was counted in it."""

        def left(*arguments: Any, **named: Any) -> Any:
            self.take()
            return leave(*arguments, **named)

        return left

    def take(self) -> None:
        """Write down what ran in the pages open now."""
        from playwright.sync_api import Error

        for session in list(self._sessions.values()):
            try:
                found = session.send("Profiler.takePreciseCoverage")["result"]
            except Error:  # this page has closed itself
                continue
            for script in found:
                if file := self._file(script["url"]):
                    lines = ran(file.read_text(encoding="utf-8"), script["functions"])
                    self._ran.setdefault(str(file), set()).update(lines)

    def _file(self, url: str) -> Path | None:
        path = urlsplit(url).path
        for address, folder in self._scripts.items():
            if match := re.match(address, path):
                file = (folder / path[match.end() :]).resolve()
                return file if file.is_file() else None
        return None

    def save(self) -> None:
        """Leave it beside the other processes' findings, for `main` to put together."""
        if not self._ran:
            return
        data = CoverageData(self._findings, suffix=True)
        if self._branches:  # coverage.py mixes no lines into those; of a script, it then still says which lines ran
            data.add_arcs({file: {(-1, line) for line in lines} for file, lines in self._ran.items()})
        else:
            data.add_lines(self._ran)
        data.add_file_tracers(dict.fromkeys(self._ran, f"{__name__}.{JavaScript.__name__}"))
        data.write()


def ran(text: str, functions: Iterable[Mapping[str, Any]]) -> set[int]:
    """The lines of which something ran. An inner range comes after the outer one, and knows better."""
    counted = bytearray(len(text.encode("utf-16-le")) // 2)  # the browser's offsets are in UTF-16
    for function in functions:
        for part in function["ranges"]:
            start, end = part["startOffset"], part["endOffset"]
            counted[start:end] = bytes([part["count"] > 0]) * (end - start)
    lines, start = set(), 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        size = len(line.encode("utf-16-le")) // 2
        before, after = len(line) - len(line.lstrip()), len(line) - len(line.rstrip())
        if any(counted[start + before : start + size - after]):
            lines.add(number)
        start += size
    return lines & code(text)


def code(text: str) -> set[int]:
    """The lines with code in them: not empty, not a comment of whole lines, not only what closes something."""
    lines, commented = set(), False
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        while line and (
            commented or line.startswith("/*")
        ):  # code may follow, as after the type of what it begins with
            _, ended, line = line.partition("*/")
            commented, line = not ended, line.strip()
        if not NO_CODE.match(line):
            lines.add(number)
    return lines


class JavaScript(CoveragePlugin):
    """Tells coverage.py of JavaScript files, those nobody loaded included."""

    def file_reporter(self, filename: str) -> FileReporter:
        return _Script(filename)

    def find_executable_files(self, src_dir: str) -> Iterator[str]:
        for path in Path(src_dir).rglob("*.js"):
            if not path.name.endswith(".test.js"):
                yield str(path)


class _Script(FileReporter):
    def lines(self) -> set[int]:
        return code(self.source())


def coverage_init(registry: "Plugins", options: Any) -> None:
    registry.add_file_tracer(JavaScript())
