"""Draws the README's pictures and records the login: `make screenshots`.

The real server with made-up people, the same steps a test takes, slowed down. The recording is an animated WebP made of
the browser's own frames, so it needs no ffmpeg.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from backend.tests.factories import PASSWORD
from e2e.command import CLUBROOM, environment, serving
from e2e.harness.browser import launch_options
from e2e.steps import sign_in_by_form, sign_out

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PACE = 350  # milliseconds between two steps of the recording
READING = 1400  # milliseconds that it stands still where there is something to read


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(None))
        draw(browser, url)
        browser.close()
        slowly = playwright.chromium.launch(**launch_options(None), slow_mo=PACE)
        record(slowly, url, PICTURES / "login.webp")
        slowly.close()
    for picture in sorted(PICTURES.iterdir()):
        print(f"{picture.relative_to(Path.cwd())}  {picture.stat().st_size // 1000} kB")


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The real server, with forty people and their pictures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"data_dir": folder, "name": "Heron Rowing Club"}
        here = environment(settings)
        subprocess.run([*CLUBROOM, "seed", "--users", "40", "--files", "60"], env=here, check=True)
        add = [*CLUBROOM, "users", "add", "ada", "--email", "ada@heron.example", "--role", "admin", "--password-stdin"]
        subprocess.run(add, env=here, input=PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)
        with serving("run", Path(folder), **settings) as url:
            yield url


def draw(browser: Browser, url: str) -> None:
    """The pages of the README, wide and narrow, light and dark."""
    context = browser.new_context(base_url=url, viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    page = context.new_page()
    page.goto("/sign-in")
    take(page, "sign-in")
    sign_in_by_form(page, "ada")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    give_name(page, "Ada Lindgren")
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    take(page, "people")
    page.emulate_media(color_scheme="dark")
    page.goto("/files")
    expect(page.get_by_role("list", name="Files")).to_be_visible()
    page.wait_for_load_state("networkidle")
    take(page, "files-dark")
    signed_in = context.storage_state()
    context.close()
    # As a phone draws it: a scrollbar takes no room.
    phone = browser.new_context(
        base_url=url, viewport=PHONE, is_mobile=True, reduced_motion="reduce", storage_state=signed_in
    )
    page = phone.new_page()
    page.goto("/people")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    take(page, "phone")
    phone.close()


def give_name(page: Page, name: str) -> None:
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name=re.compile(name))).to_be_visible()


def take(page: Page, name: str) -> None:
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.save(PICTURES / f"{name}.webp", quality=82, method=6)


def record(browser: Browser, url: str, path: Path) -> None:
    """The login flow, as somebody shows it: a wrong password, the right one, the club, out again; with a pointer."""
    page = browser.new_context(base_url=url, viewport={"width": 1024, "height": 640}).new_page()
    page.goto("/sign-in")
    frames: list[tuple[float, bytes]] = []
    page.screencast.start(
        on_frame=lambda frame: frames.append((frame["timestamp"], frame["data"])),
        size={"width": 1024, "height": 640},
        quality=80,
    )
    page.screencast.show_actions(duration=PACE, style={"title": "display: none"})  # a title would be a line of code
    sign_in_by_form(page, "ada", "not the right password")
    read(page.get_by_role("alert"))
    sign_in_by_form(page, "ada")
    read(page.get_by_role("table", name="People"))
    page.get_by_role("searchbox", name="Search people").press_sequentially("lind")
    page.get_by_role("link", name=re.compile("Lindgren")).first.click()
    read(page.get_by_role("dialog"))
    page.keyboard.press("Escape")
    sign_out(page)
    read(page.get_by_role("heading", name="Sign in"))
    page.screencast.stop()
    save(frames, path)


def read(shown: Locator) -> None:
    """Wait until it is there, and as long as a person looks at it."""
    expect(shown).to_be_visible()
    shown.page.wait_for_timeout(READING)  # nothing happens: the film is to stand still for its reader


def save(frames: list[tuple[float, bytes]], path: Path) -> None:
    """Frames with their moments (milliseconds) as one animation; what did not change is one longer frame."""
    moments = [moment for moment, _ in frames]
    lasting: list[Any] = [round(after - before) for before, after in pairwise(moments)]
    pictures = [Image.open(io.BytesIO(data)).convert("RGB").resize((820, 512)) for _, data in frames]
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=[max(20, one) for one in lasting] + [1500],
        loop=0,
        quality=75,
        method=4,
    )


if __name__ == "__main__":
    main()
