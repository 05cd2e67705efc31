"""What a page does wrong fails the test, though the test itself asks for nothing."""

import contextlib

import pytest
from playwright.sync_api import Browser, Error, Page

from e2e.harness import plugin
from e2e.harness.devices import Network
from e2e.harness.people import PeopleAtOnce
from e2e.harness.remote import Control
from e2e.harness.server import Server
from e2e.harness.watch import Watch

fails_because = pytest.mark.fails_because
IMAGE = "document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/spy.png' }))"


@pytest.fixture
def clean(page: Page) -> Page:
    page.goto("/clean")
    return page


@fails_because(
    "The console says: boom",
    "Nobody caught: lost (on http://localhost",
    "Nobody caught: unheard (on http://localhost",
)
def test_a_line_in_the_console_an_uncaught_error_an_unhandled_rejection(clean: Page) -> None:
    clean.evaluate("console.error('boom')")
    clean.evaluate("void setTimeout(() => { throw new Error('lost'); })")
    clean.evaluate("void Promise.reject(new Error('unheard'))")


@fails_because("The console says: 0 of 1")
def test_an_assertion_in_the_console(clean: Page) -> None:
    clean.evaluate("console.assert(true, 'all')")
    clean.evaluate("console.assert(false, '0 of 1')")


@fails_because(
    "The content security policy (img-src) stopped https://elsewhere.example/spy.png",
    "The content security policy (require-trusted-types-for) stopped trusted-types-sink",
)
def test_a_picture_from_elsewhere_and_markup_made_of_strings(clean: Page) -> None:
    clean.evaluate(IMAGE)
    clean.evaluate("() => { try { document.body.innerHTML = '<b>bold</b>'; } catch {} }")


@fails_because(
    "GET https://elsewhere.example/ failed: net::ERR_PROXY_CONNECTION_FAILED [https://elsewhere.example/]",
    "failed: net::ERR_PROXY_CONNECTION_FAILED [http://127.0.0.2:",
    "(only this machine is in the browser's reach: page.route answers for others)",
)
@pytest.mark.chromium_only("the words for a failed request")
def test_a_request_to_another_host_or_another_address_of_this_one(
    clean: Page, server: Server, control: Control
) -> None:
    control.drop("/clean")  # what the test spoils itself is here, and excuses nothing elsewhere
    with contextlib.suppress(Error):
        clean.reload()
    for address in ("https://elsewhere.example/", server.url.replace("localhost", "127.0.0.2")):
        with contextlib.suppress(Error):
            clean.goto(address)


@fails_because("Nobody asked for POST /clean, whose answer was to be spoilt")
def test_a_spoilt_answer_that_nobody_asked_for(clean: Page, control: Control) -> None:
    control.answer(503, "/clean", method="POST")
    control.answer(503, "/clean", method="GET")
    clean.reload()


@fails_because("This page never asked for /clean, whose answer was to be spoilt")
@pytest.mark.chromium_only("a slow line")
def test_a_spoilt_answer_that_only_a_slow_line_could_have_asked_for(
    clean: Page, control: Control, network: Network
) -> None:
    with network.slow(clean, latency=50):
        control.answer(503, "/clean", clean)


@fails_because("This page never asked for /rows, whose answer was to be spoilt")
def test_a_spoilt_answer_that_only_somebody_else_asked_for(
    clean: Page, control: Control, people_at_once: PeopleAtOnce
) -> None:
    (other,) = people_at_once(None)
    control.answer(503, "/rows", clean)
    other.goto("/rows")


@fails_because("/crash answered 500 [/crash]")
def test_an_answer_that_is_an_error_of_the_server(clean: Page) -> None:
    clean.goto("/crash")


@fails_because("/crash answered 500 [/crash]")
def test_an_answer_that_is_an_error_of_a_server_that_is_gone_since(clean: Page, server: Server) -> None:
    clean.evaluate("fetch('/crash')")
    server.restart()


@fails_because("/nowhere.png answered 404 to an img [/nowhere.png]")
def test_a_picture_that_is_not_there(clean: Page) -> None:
    clean.evaluate(
        """() => new Promise((done) => document.body.append(
          Object.assign(new Image(), { src: '/nowhere.png', onerror: () => done() })))"""
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/imports", marks=fails_because("/nowhere.js answered 404 to a script [/nowhere.js]")),
        pytest.param("/background", marks=fails_because("/nowhere.png answered 404 to a style [/nowhere.png]")),
        pytest.param("/poster", marks=fails_because("/nowhere.png answered 404 to a video [/nowhere.png]")),
        pytest.param("/drawn", marks=fails_because("/nowhere.png answered 404 to an image [/nowhere.png]")),
        pytest.param("/sprite", marks=fails_because("/nowhere.svg#star answered 404 to a drawing [/nowhere.svg#star]")),
        pytest.param("/font", marks=fails_because("/nowhere.woff2 answered 404 to a style [/nowhere.woff2]")),
    ],
)
def test_what_a_script_imports_or_a_style_or_a_drawing_shows_is_not_there(page: Page, path: str) -> None:
    page.goto(path)


@fails_because("/nowhere.png answered 404 to an img [/nowhere.png]")
def test_a_picture_in_a_shadow_root_that_is_not_there(clean: Page) -> None:
    clean.evaluate(
        """() => new Promise((done) => document.querySelector("main").attachShadow({ mode: "open" }).append(
          Object.assign(new Image(), { src: "/nowhere.png", onerror: () => done() })))"""
    )


@fails_because("/slow-crash answered 500 [/slow-crash]")
def test_an_answer_that_is_an_error_when_the_test_is_over(
    clean: Page, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "LATE", 30)
    control.slow(0, "/slow-crash")  # no slower than it is, but to be waited for
    clean.evaluate("void fetch('/slow-crash')")
    control.wait_until_met()


@fails_because("/clean?again failed: net::ERR_FAILED")
@pytest.mark.chromium_only("the words for a failed request")
def test_a_request_that_failed(clean: Page) -> None:
    clean.route("**/*again", lambda route: route.abort())
    clean.evaluate("fetch('/clean?again').catch(() => {})")


@fails_because("/clean crashed")
@pytest.mark.chromium_only("an address that crashes the page")
def test_a_page_that_crashed(clean: Page) -> None:
    with clean.expect_event("crash"), contextlib.suppress(Error):
        clean.goto("chrome://crash")


@fails_because("The console says: from a window", "The console says: from another browser")
def test_a_window_that_the_page_opened_and_a_context_that_the_test_made_and_closed(
    clean: Page, browser: Browser, server: Server
) -> None:
    with clean.expect_popup() as opened:
        clean.evaluate("void open('/clean')")
    opened.value.evaluate("console.error('from a window')")
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/clean")
    page.evaluate("console.error('from another browser')")
    context.close()


@fails_because("The console says: You are offline", nothing_else=True)
def test_a_line_that_is_cut_excuses_the_requests_that_failed_and_nothing_else(clean: Page, network: Network) -> None:
    with network.gone(clean):
        clean.evaluate("fetch('/rows').catch(() => console.error('You are offline'))")


def test_a_server_that_is_down_excuses_the_requests_that_failed(clean: Page, server: Server) -> None:
    with server.down():
        clean.evaluate("void setInterval(() => fetch('/clean').catch(() => {}), 1)")


def test_a_server_that_goes_down_in_the_midst_of_an_answer_excuses_that(
    clean: Page, control: Control, server: Server
) -> None:
    control.slow(10, "/rows")
    with clean.expect_response("**/rows"):
        clean.evaluate("void fetch('/rows').then((answer) => answer.text()).catch(() => {})")
    with server.down():
        pass


@fails_because("/rows failed: net::ERR_CONNECTION_REFUSED [/rows]")
@pytest.mark.chromium_only("the words for a failed request")
def test_a_server_that_is_there_again_excuses_nothing(clean: Page, server: Server) -> None:
    server.restart()
    clean.route("**/rows", lambda route: route.abort("connectionrefused"))
    clean.evaluate("fetch('/rows').catch(() => {})")


@fails_because("/crash answered 500 [/crash]", nothing_else=True)
def test_what_was_planted_excuses_nothing_else_at_its_address(clean: Page, control: Control) -> None:
    control.answer(500, "/crash")
    for _ in ("as planted", "as it is"):
        clean.goto("/crash")


@fails_because("/rows failed: net::ERR_FAILED [/rows]", nothing_else=True)
@pytest.mark.chromium_only("the words for a failed request")
def test_an_answer_that_is_dropped_excuses_no_other(clean: Page, control: Control) -> None:
    control.drop("/rows")
    clean.evaluate("fetch('/rows').catch(() => {})")
    clean.route("**/rows", lambda route: route.abort())
    clean.evaluate("fetch('/rows').catch(() => {})")


@fails_because("Nobody asked for /rows, whose answer was to be spoilt")
def test_what_was_planted_in_a_server_that_is_gone_since(clean: Page, control: Control, server: Server) -> None:
    control.answer(503, "/rows")
    server.restart()
    clean.evaluate("fetch('/rows')")


def test_an_answer_is_planted_at_a_path_as_one_says_it(clean: Page, control: Control) -> None:
    control.answer(503, "/Jürgen Ä")
    answer = clean.goto("/Jürgen Ä#there")
    assert answer
    assert answer.status == 503


def test_what_is_allowed_may_happen(clean: Page, watch: Watch) -> None:
    watch.allow("boom", "answered 500")
    clean.evaluate("console.error('boom')")
    clean.goto("/crash")


@fails_because("The console says: bang", nothing_else=True)
def test_nothing_else_is_allowed_by_that(clean: Page, watch: Watch) -> None:
    watch.allow("boom")
    clean.evaluate("console.error('boom')")
    clean.evaluate("console.error('bang')")


def test_refusals_and_requests_taken_back_are_normal(clean: Page) -> None:
    clean.evaluate("fetch('/nowhere')")
    clean.evaluate(
        "() => { const stop = new AbortController();"
        "const answer = fetch('/rows', { signal: stop.signal }).catch(() => {}); stop.abort(); return answer; }"
    )


def test_a_page_that_may_ask_for_nothing_is_clean(page: Page, server: Server, watch: Watch) -> None:
    page.goto("/shut")
    watch.hear(server.at_once)
    assert watch.problems == []
