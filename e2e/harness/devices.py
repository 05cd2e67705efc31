"""What a person has besides a page: passkeys, files to drop, a clipboard, a network that is slow or gone."""

import base64
import contextlib
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import CDPSession, Locator, Page

from .server import Server
from .watch import Watch

DROP = """(target, files) => {
  const carried = new DataTransfer();
  for (const { name, type, data } of files) {
    carried.items.add(new File([Uint8Array.from(atob(data), (byte) => byte.charCodeAt())], name, { type }));
  }
  const happens = (what) => target.dispatchEvent(
    new DragEvent(what, { bubbles: true, cancelable: true, composed: true, dataTransfer: carried }));
  // What a script made keeps no effect that is set.
  Object.defineProperty(carried, "dropEffect", { value: "copy", writable: true });
  happens("dragenter");
  const taken = !happens("dragover") && carried.dropEffect !== "none";
  if (taken) happens("drop");
  return taken;
}"""

# The browser says yes to a slow line before its network has heard of it, and its network may hear of the line's end
# before it hears of what a page has taken back: without a slow question at either end, bodies go through at full speed.
IN_FORCE = """async ([path, latency]) => {
  let took = 0;
  while (took < latency) {
    const began = performance.now();
    await fetch(path, { cache: "no-store" });
    took = performance.now() - began;
  }
}"""

# A line is cut, too, only once the network has heard of it.
GONE = """async (path) => {
  while (await fetch(path, { cache: "no-store" }).catch(() => null));
}"""


class Passkeys:
    """An authenticator inside one page's machine: present, touched when asked, and sure of its owner.

    Chromium only. The address must say localhost, which `page.goto("/…")` does: a number is no domain.
    """

    def __init__(self, page: Page) -> None:
        self._browser: CDPSession = page.context.new_cdp_session(page)
        self._browser.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self._browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._name = {"authenticatorId": added["authenticatorId"]}

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The passkeys it holds, with `credentialId`, `rpId`, `userHandle` and `signCount`."""
        found: list[dict[str, Any]] = self._browser.send("WebAuthn.getCredentials", self._name)["credentials"]
        return found

    def hold(self, kept: list[dict[str, Any]]) -> None:
        """Hold these and no others: one the server knows already, or those that it once `kept`, as a copied device
        does."""
        self._browser.send("WebAuthn.clearCredentials", self._name)
        for passkey in kept:
            self._browser.send("WebAuthn.addCredential", {**self._name, "credential": passkey})

    def touch(self, ready: bool) -> None:
        """Whether a finger is on it: without one, whatever asks for a passkey waits."""
        self._browser.send("WebAuthn.setAutomaticPresenceSimulation", {**self._name, "enabled": ready})

    def know_owner(self, known: bool) -> None:
        """Whether the next finger or face is the owner's."""
        self._browser.send("WebAuthn.setUserVerified", {**self._name, "isUserVerified": known})


class Drop(Protocol):
    """`drop(locator, file)`: onto an element, which fails where the page takes no files."""

    def __call__(self, target: Locator, *files: Path) -> None: ...


def drop_files(target: Locator, *files: Path) -> None:
    """Drop files from the desktop onto an element, which fails where the page takes no files."""
    carried = [
        {
            "name": file.name,
            "type": mimetypes.guess_type(file.name)[0] or "",
            "data": base64.b64encode(file.read_bytes()).decode(),
        }
        for file in files
    ]
    assert target.evaluate(DROP, carried), f"Nothing at {target} takes a dropped file"


class Clipboard:
    """What was copied in a page, and can be pasted there. Chromium only: others ask the person."""

    def __init__(self, page: Page) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self._page = page

    def empty(self) -> None:
        """The browser has one for all its contexts: what the test before has copied is in it."""
        elsewhere = self._page.context.new_page()
        elsewhere.route("**", lambda route: route.fulfill(body=""))
        elsewhere.goto("http://localhost/")  # only a page of this machine or by HTTPS may use it
        elsewhere.evaluate("navigator.clipboard.writeText('')")
        elsewhere.close()

    @property
    def text(self) -> str:
        _be_somewhere(self._page)
        found: str = self._page.evaluate("navigator.clipboard.readText()")
        return found

    @text.setter
    def text(self, text: str) -> None:
        _be_somewhere(self._page)
        self._page.evaluate("(text) => navigator.clipboard.writeText(text)", text)


def _be_somewhere(page: Page) -> None:
    if page.url == "about:blank":
        raise ValueError("An empty page has neither a clipboard nor a line to the server: go to a page first.")


class Network:
    """The line between a page and the server."""

    def __init__(self, server: Server, watch: Watch) -> None:
        # Neither the application nor the answers that are to be spoilt have to do with what is asked here.
        self._path = server.at_once.removeprefix(server.url)
        self._watch = watch

    @contextlib.contextmanager
    def gone(self, page: Page) -> Iterator[None]:
        """Offline, with all windows of the page's context, for the length of a with block."""
        self._watch.allow(r"failed: .*(ERR_INTERNET_DISCONNECTED|NS_ERROR_OFFLINE|Could not connect|offline).* \[")
        page.context.set_offline(True)
        for window in page.context.pages:
            if window.url != "about:blank":
                window.evaluate(GONE, self._path)
        yield
        page.context.set_offline(False)

    @contextlib.contextmanager
    def slow(self, page: Page, kilobytes: int = 50, latency: int = 300) -> Iterator[None]:
        """So many kilobytes a second, and milliseconds until an answer begins. Chromium only."""
        _be_somewhere(page)
        browser = page.context.new_cdp_session(page)
        pace = {"downloadThroughput": kilobytes * 1024, "uploadThroughput": kilobytes * 1024}
        browser.send("Network.emulateNetworkConditions", {"offline": False, "latency": latency, **pace})
        page.evaluate(IN_FORCE, [self._path, latency])
        yield
        page.evaluate(IN_FORCE, [self._path, latency])
        browser.detach()
