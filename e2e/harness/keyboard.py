"""A page without a mouse: Tab reaches every control, shows where it is, and gets out again."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

STAYS = 10  # steps to no new control: a field for a date, or a film's controls, have parts of their own
SCRIPT = Path(__file__).with_name("keyboard.js").read_text(encoding="utf-8")


def expect_usable_by_keyboard(page: Page) -> list[str]:
    """Walk once through the page with Tab. Answers the controls in their order, for a test to compare.

    In an open modal dialog the walk is about that dialog. Of a group of radio buttons, Tab reaches one.
    """
    __tracebackhide__ = True
    walker = page.evaluate_handle(SCRIPT)
    found: list[str] = []
    order: list[str] = []
    missed: list[str]
    missed, modal = walker.evaluate("(walk) => [walk.missed(), Boolean(walk.modal)]")
    left, again, stayed = False, False, 0
    for _ in range(3 * len(missed) + 30):
        page.keyboard.press("Tab")
        step = walker.evaluate("(walk) => walk.step()")
        if step is None:
            left = True
            break
        again, stayed = step["again"], 0 if step["first"] or step["inside"] else stayed + 1
        if stayed == STAYS:
            break
        if step["first"]:
            order.append(step["name"])
            if not step["visible"] and not _looks_different(page, walker):
                found.append(f"Nothing shows that the focus is on {step['name']}")
        missed = step["missed"]
    if not left and (missed or not modal):  # a dialog may keep the focus to itself
        found.append(f"Tab does not get out of {order[-1] if again else ', '.join(order)}")
    found += [f"Tab never reaches {name}" for name in missed]
    assert not found, "\n".join(found)
    return order


def _looks_different(page: Page, walker: Any) -> bool:
    """Whether the focused control looks otherwise without the focus: its style alone does not tell."""
    with_focus = page.screenshot(animations="disabled", caret="hide")
    walker.evaluate("(walk) => walk.rest()")
    without = page.screenshot(animations="disabled", caret="hide")
    walker.evaluate("(walk) => walk.resume()")
    return with_focus != without
