"""A clean page: what goes wrong in any browser window of a test fails that test, though nothing looked at it.

Reported are console errors, uncaught errors and unhandled rejections, violations of the content security
policy, 5xx answers, failed requests (those to another host fail, see browser.py), pictures, scripts and styles that are
answered 4xx, and crashed pages. Not reported: the line Chromium logs for each other 4xx answer (refusals are normal),
and requests the page itself took back.
"""

import contextlib
import json
import re
from collections.abc import Callable
from urllib.parse import unquote

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, WebError

MARK, LOST = "e2e-violation ", "e2e-lost "
REPORT = f"""
addEventListener("securitypolicyviolation", (event) => console.debug({json.dumps(MARK)} + JSON.stringify(
  [event.effectiveDirective, event.blockedURI, event.sample, event.sourceFile, event.lineNumber])));
addEventListener("error", ({{ target }}) => target.localName && console.debug({json.dumps(LOST)} + JSON.stringify(
  [String(target.currentSrc || target.src || target.href), target.localName])), true);
// What scripts import and styles show has no element that would say so, and a shadow root keeps its own to itself.
new PerformanceObserver((list) => list.getEntries().forEach(({{ name, initiatorType, responseStatus }}) => {{
  const drawing = name.includes("#") && "drawing"; // that another one uses a part of
  const what = {{ css: "style", image: "image", img: "img", other: drawing, script: "script", video: "video" }};
  if (responseStatus >= 400 && what[initiatorType])
    console.debug({json.dumps(LOST)} + JSON.stringify([name, what[initiatorType]]));
}})).observe({{ type: "resource", buffered: true }});
"""
POLICY = "The content security policy"
HERE = re.compile(r"^http://(localhost|127\.0\.0\.1):\d+")
# Chromium's own line about an answer. To be told of every answer instead costs 25 ms a page.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
BEYOND = "(only this machine is in the browser's reach: page.route answers for others)"  # see browser.py
# An answer that is asked for now is read after those that the browser has been sent already. Where all of a page's
# connections wait, there is none.
HEAR = """(address) =>
  fetch(address, { method: "POST", body: "{}", signal: AbortSignal.timeout(10_000) }).catch(() => {})"""
# Where nobody is there to connect to, or the connection is cut, before the answer or in the midst of it.
GONE = re.compile(
    "ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_CHUNKED_ENCODING"
    "|NS_ERROR_(CONNECTION|NET)"
    "|Could not connect|Message Corrupt|Connection terminated|connection was lost"  # so says WebKit
)
TAKEN_BACK = ("net::ERR_ABORTED", "NS_BINDING_ABORTED", "cancelled", "Load request cancelled")


class Watch:
    """What went wrong in this test's windows so far, each thing in one line."""

    def __init__(self) -> None:
        self.contexts: list[BrowserContext] = []
        self._seen: list[str] = []
        self._refused: dict[str, int] = {}
        self._lost: dict[str, str] = {}
        self._allowed: list[re.Pattern[str]] = []
        self._spoilt: list[re.Pattern[str]] = []
        self._server_gone = False
        self.unmet: Callable[[], list[str]] = list
        """What the test spoilt and nobody asked for."""

    def allow(self, *patterns: str) -> None:
        """These are meant to happen: regular expressions, found anywhere in the line that is reported."""
        self._allowed += [re.compile(pattern) for pattern in patterns]

    def expect_trouble_at(self, path: str, what: str) -> None:
        """The test spoils one answer there itself, so that this is what one request comes to."""
        at = re.escape(unquote(path))
        self._spoilt.append(re.compile(rf"({what}).* \[{at}"))
        self.allow(rf"Loading module from “http://[^/]+{at}")  # so says Firefox

    def expect_no_server(self) -> None:
        """The test takes it away itself, and with it what was spoilt and not asked for yet."""
        self._seen += self.unmet()
        self._server_gone = True

    def expect_server(self, address: str) -> None:
        """It is there again, and answers at that address at once."""
        self.hear(address)  # what was asked for meanwhile
        self._server_gone = False

    def attach(self, context: BrowserContext) -> None:
        """Listen to everything in a context, from its first page on."""
        self.contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("requestfailed", self._failed)
        if context.browser and context.browser.browser_type.name != "chromium":
            context.on("response", lambda response: self._answered(response.url, response.status))
        context.on("page", lambda page: page.on("crash", lambda crashed: self._seen.append(f"{crashed.url} crashed")))
        # Last, as the test goes on while this one waits for the browser.
        context.add_init_script(REPORT)

    @property
    def problems(self) -> list[str]:
        """What nobody allowed, once the pages have said all they had to say."""
        for page in self.pages():
            with contextlib.suppress(Error):  # closed or stuck: then it has nothing more to say
                page.locator(":root").wait_for(state="attached", timeout=10_000)
        told = any(line.startswith(POLICY) for line in self._seen)  # then the browser's own line is the same again
        lines = [*self._seen, *self._missing(), *self.unmet()]
        for spoilt in self._spoilt:
            if planted := next(filter(spoilt.search, lines), None):
                lines.remove(planted)
        return [
            line
            for line in dict.fromkeys(lines)
            if not any(allowed.search(line) for allowed in self._allowed)
            and not (told and line.startswith("The console says") and "Content Security Policy" in line)
        ]

    def hear(self, address: str) -> None:
        """Wait until the pages know what the server has answered so far; at that address it answers at once."""
        self.allow(re.escape(address))  # a page's policy may forbid it
        for page in self.pages():
            with contextlib.suppress(Error):  # closed or stuck
                page.locator(":root").wait_for(state="attached", timeout=10_000)
                page.evaluate(HEAR, address)

    def pages(self) -> list[Page]:
        """The windows open now."""
        return [page for context in self.contexts for page in context.pages]

    def _missing(self) -> list[str]:
        """What the page was to show or to run, and was refused. The two are told in no order."""
        return [
            f"{url} answered {self._refused[url]} to {'an' if name[0] == 'i' else 'a'} {name} {_at(url)}"
            for url, name in self._lost.items()
            if url in self._refused
        ]

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith(MARK):
            directive, blocked, sample, source, line = json.loads(text.removeprefix(MARK))
            what = " ".join(filter(None, [blocked, sample and f"“{sample}”"]))
            at = f" at {source}:{line}" if source else ""
            self._seen.append(f"{POLICY} ({directive}) stopped {what}{at}")
        elif text.startswith(LOST):
            url, name = json.loads(text.removeprefix(LOST))
            self._lost[url] = name
        elif refused := REFUSED.match(text):
            self._answered(message.location["url"], int(refused[1]))
        elif message.type in ("error", "assert") and not text.startswith("Failed to load resource"):
            place = message.location
            self._seen.append(f"The console says: {text} ({place['url']}:{place['line']})")

    def _error(self, error: WebError) -> None:
        page = error.page
        self._seen.append(f"Nobody caught: {error.error} (on {page.url if page else 'a closed page'})")

    def _answered(self, url: str, status: int) -> None:
        if status >= 500:
            self._seen.append(f"{url} answered {status} {_at(url)}")
        elif status >= 400:
            self._refused[url] = status

    def _failed(self, request: Request) -> None:
        excused = self._server_gone and GONE.search(request.failure or "")
        if request.failure not in TAKEN_BACK and not excused:
            failed = f"{request.method} {request.url} failed: {request.failure} {_at(request.url)}"
            self._seen.append(f"{failed} {BEYOND}" if "PROXY" in (request.failure or "").upper() else failed)


def _at(url: str) -> str:
    """By this a line is known to be about a path, however the browser spells it."""
    return f"[{unquote(HERE.sub('', url))}]"
