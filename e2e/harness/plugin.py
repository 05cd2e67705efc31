"""The pytest plugin. The topmost conftest names it in `pytest_plugins`, one above the tests defines `app_under_test`.

Fixtures for tests: `page`, `context`, `new_context` (a stranger's), `sign_in`, `people_at_once`, `server`,
`control`, `network`, `watch`, `passkeys`, `clipboard`, `drop`. Every test that uses one of them or a browser gets an
application as new, and fails when its pages are not clean.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page

from . import browser as found_browser
from . import evidence
from .app import App
from .control import HOW_LATE
from .devices import Clipboard, Drop, Network, Passkeys, drop_files
from .people import PeopleAtOnce, SignIn, give_session
from .remote import Control
from .running import Running
from .server import NotReadyError, Server
from .watch import Watch

started = pytest.StashKey[dict[App, Running]]()
scenes = pytest.StashKey[evidence.Scene]()
# By these a test that needs a browser or a server is known. The fixtures they are for have names that a project may
# have fixtures of its own by, which are then none of the harness's business: nor do its own fixtures use those names.
BROWSER, SERVER = "launch_browser", "_server"
LATE = 1.0  # seconds that an answer may come after its test's end, and still fail it; --late-answers adds to them


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--late-answers",
        type=float,
        default=0,
        metavar="SECONDS",
        help="answer what scripts ask for so much later, and pictures thrice: a test that does not wait for it fails",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[started] = {}
    channel = config.getoption("browser_channel")
    if any(source is not True for source in config.getoption("cov_source", default=[])):
        raise pytest.UsageError("--cov=… does not reach the server: name the source in coverage's settings, say --cov.")
    if missing := list(filter(None, (found_browser.missing(name, channel) for name in config.getoption("browser")))):
        raise pytest.UsageError(*missing)
    if config.getoption("cov_branch", default=False):
        raise pytest.UsageError("--cov-branch does not reach the server: say branch = true in coverage's settings.")
    # pytest-playwright 0.10 defines base_url in a way that pytest 10 will refuse, and pytest 9.2 warns of.
    config.addinivalue_line(
        "filterwarnings", "ignore:Session-scoped fixtures defined as instance:pytest.PytestRemovedIn10Warning"
    )
    config.addinivalue_line("markers", "chromium_only(reason): what this test does only Chromium can do")
    config.addinivalue_line("markers", "smoke: part of the shortest proof that the application works")


@pytest.hookimpl(wrapper=True, trylast=True)  # inside pytest-cov's, which gathers at its end what was measured
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        with contextlib.ExitStack() as ends:  # each comes to its own, whatever becomes of the others
            for running in session.config.stash[started].values():
                ends.callback(running.close)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """The server imports its application while the browser is launched: fixtures of the session, as that one, come
    before those of a test."""
    if fixturedef.argname == "playwright" and BROWSER in request.fixturenames:
        _running(request)


def pytest_runtest_setup(item: pytest.Item) -> None:
    mark = item.get_closest_marker("chromium_only")
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    reason = mark and (mark.kwargs.get("reason") or next(iter(mark.args), None))
    if mark and not reason:
        pytest.fail("Say why: @pytest.mark.chromium_only('what only Chromium has').", pytrace=False)
    if mark and parameters.get("browser_name", "chromium") != "chromium":
        pytest.skip(f"Only Chromium has this: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if scene := item.stash.get(scenes, None):
        ended = time.perf_counter()
        problems = scene.watch.problems  # before the server is asked: what a page has sent is then on its way
        server = scene.running.server
        late = max(HOW_LATE.values()) * item.config.getoption("late_answers")
        try:
            if server.order("decide", patience=LATE + late, since=ended):
                scene.watch.hear(server.at_once)
                problems = scene.watch.problems
        except OSError as error:
            if server.meant_to_run:
                problems.append(f"Nothing in the test has ended the server: {error}")
                server.kill()  # the next test is not to blame
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    scene = item.stash.get(scenes, None)
    if report.failed and call.excinfo and scene:  # one that passed, and was not to, fails by its mark alone
        evidence.attach(report, call, scene)
    return report


@pytest.fixture(scope="session")
def app_under_test() -> App:
    """Which application the tests of this folder are about. A conftest has to say so."""
    raise pytest.UsageError("A conftest above this test has to define app_under_test, as e2e/README.md shows.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_name: str) -> dict[str, Any]:
    """Which browser, with what in reach: see browser.py. Firefox and WebKit are Playwright's own."""
    if browser_name != "chromium":
        return found_browser.ALONE | browser_type_launch_args
    given = browser_type_launch_args
    return found_browser.launch_options(given.get("channel"), _is_headed(given)) | given


@pytest.fixture(scope="session")
def launch_browser(
    launch_browser: Callable[..., Browser], browser_name: str, browser_type_launch_args: dict[str, Any]
) -> Callable[..., Browser]:
    """Where that fails, every test says the same in one sentence."""

    def launch(**options: Any) -> Browser:
        try:
            return launch_browser(**options)
        except Error as error:
            why = found_browser.not_started(browser_name, error.message, _is_headed(browser_type_launch_args))
            raise pytest.fail.Exception(why, pytrace=False) from None

    return launch


def _is_headed(launch: dict[str, Any]) -> bool:
    return launch.get("headless") is False


@pytest.fixture
def browser_context_args(
    request: pytest.FixtureRequest, browser_context_args: dict[str, Any], _server: Server
) -> dict[str, Any]:
    """Addresses in tests are paths of the application, whatever base_url is configured for another server, and what
    moves stands still at once: a click would wait."""
    _in_time(request, BROWSER)
    return {"reduced_motion": "reduce", **browser_context_args, "base_url": _server.url}


@pytest.fixture
def _watch() -> Watch:
    return Watch()


@pytest.fixture
def watch(_watch: Watch) -> Watch:
    """What is wrong in this test's windows; `watch.allow("…")` names what is meant to be."""
    return _watch


@pytest.fixture(autouse=True)
def _as_new(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server and the browser are there, and what the test before left behind is not."""
    if not {BROWSER, SERVER} & set(request.fixturenames):
        yield
        return
    running = _running(request)
    watch: Watch = request.getfixturevalue("_watch")
    browser: Browser | None = request.getfixturevalue("browser") if BROWSER in request.fixturenames else None
    if browser and browser.contexts:
        raise pytest.UsageError(
            "A browser context is open before this test began: its pages would not be watched, and their sessions are "
            "gone with the database. Its fixture must have no scope=, as sign_in takes three milliseconds."
        )

    def attach(context: BrowserContext) -> None:
        if running.pages and context.browser and context.browser.browser_type.name == "chromium":
            running.pages.attach(context)
        if not request.node.get_closest_marker("chromium_only"):
            context.new_cdp_session = _refuse  # type: ignore[assignment, method-assign]
        watch.attach(context)

    try:
        running.make_ready()
        with timed(request.node, "reset"):
            running.reset()
    except NotReadyError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    folder = Path(request.getfixturevalue("output_path"))
    request.node.stash[scenes] = evidence.Scene(watch, running, running.server.log.stat().st_size, folder)
    server = running.server
    server.when_killed, server.when_ready = watch.expect_no_server, lambda: watch.expect_server(server.at_once)
    if browser:  # last: where anything above fails, nobody would take this back
        browser.on("context", attach)
    yield
    if browser:
        browser.remove_listener("context", attach)
        for context in browser.contexts:
            if context in watch.contexts:  # and no fixture has closed it
                context.close()


def _in_time(request: pytest.FixtureRequest, *names: str) -> None:
    """Whoever asks for a page in the midst of a test is too late: `_as_new` has been there."""
    if not set(names) & set(request.node.fixturenames):
        raise pytest.UsageError("This test began without a browser or a server: name what it needs as its arguments.")


def _refuse(*_: object) -> CDPSession:
    """Whoever writes a test in Chromium sees at once that it runs in no other browser."""
    raise pytest.UsageError("Only Chromium has CDP sessions: mark this test @pytest.mark.chromium_only('why').")


@contextlib.contextmanager
def timed(test: pytest.Item, what: str) -> Iterator[None]:
    """Note in the test's report what the harness itself costs, in milliseconds; soak.py adds it up."""
    began = time.perf_counter()
    yield
    test.user_properties.append((what, f"{1000 * (time.perf_counter() - began):.3f}"))


def _running(request: pytest.FixtureRequest) -> Running:
    """The application of this test, in this worker. For the first test, its server begins to start."""
    app: App = request.getfixturevalue("app_under_test")
    known = request.config.stash[started]
    if app not in known:
        folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("server")
        ask = request.config.getoption
        measured = ask("cov_source", default=[]) and not ask("no_cov")
        known[app] = Running(app, folder, ask("cov_config") if measured else "", ask("late_answers"))
    return known[app]


@pytest.fixture
def _server(request: pytest.FixtureRequest, _as_new: None, app_under_test: App) -> Server:
    _in_time(request, BROWSER, SERVER)
    return request.config.stash[started][app_under_test].server


@pytest.fixture
def server(_server: Server) -> Server:
    """The application's server: `server.url`, `kill`, `restart`, `with server.down():`."""
    return _server


@pytest.fixture
def control(_server: Server, _watch: Watch) -> Control:
    """Orders to the server: its clock, its next answers, its jobs."""
    return Control(_server, _watch)


@pytest.fixture
def network(_server: Server, _watch: Watch) -> Network:
    """The line to the server: `with network.gone(page):`, `with network.slow(page):`."""
    return Network(_server, _watch)


@pytest.fixture
def passkeys(page: Page) -> Passkeys:
    """The passkeys of the test's own page; those of another are `devices.Passkeys(page)`."""
    return Passkeys(page)


@pytest.fixture
def clipboard(request: pytest.FixtureRequest, page: Page) -> Clipboard:
    """The clipboard of the test's own page; that of another is `devices.Clipboard(page)`."""
    if not request.node.get_closest_marker("chromium_only"):
        raise pytest.UsageError(
            "Only Chromium reads the clipboard unasked: mark this test @pytest.mark.chromium_only('why')."
        )
    found = Clipboard(page)
    found.empty()
    return found


@pytest.fixture
def drop() -> Drop:
    """Drops files from the desktop."""
    return drop_files


@pytest.fixture
def sign_in(request: pytest.FixtureRequest, browser: Browser, _server: Server, app_under_test: App) -> SignIn:
    """Signs somebody in."""

    def sign_in(who: Any, where: Page | BrowserContext | None = None) -> None:
        where = where or request.getfixturevalue("context")
        context = where.context if isinstance(where, Page) else where
        with timed(request.node, "sign-in"):
            give_session(app_under_test, _server, who, context)

    return sign_in


@pytest.fixture
def people_at_once(new_context: Callable[[], BrowserContext], sign_in: SignIn) -> PeopleAtOnce:
    """Opens a page for each of several people."""

    def people_at_once(*people: Any) -> list[Page]:
        pages = []
        for who in people:
            context = new_context()
            if who is not None:
                sign_in(who, context)
            pages.append(context.new_page())
        return pages

    return people_at_once
