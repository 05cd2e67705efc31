"""A page at every width people have: nothing sticks out sideways, and all is large enough to be hit."""

from playwright.sync_api import Page

from .accessibility import axe

WIDTHS = (320, 390, 768, 1280, 1920)
STICKING_OUT = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const page = document.scrollingElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const out = (element) => element.getBoundingClientRect().right + scrollX > page.clientWidth + 1;
  const culprits = [...document.body.querySelectorAll("*")].filter(out)
    .filter((element) => ![...element.children].some(out));
  return culprits.map((element) => {
    const name = element.textContent.trim().slice(0, 40);
    return `<${element.localName}${element.className ? ` class="${element.className}"` : ""}>${name}`;
  });
}"""


def expect_to_fit(page: Page, widths: tuple[int, ...] = WIDTHS) -> None:
    """Fail where the page scrolls sideways, or a target is under 24 px and has no room around it."""
    __tracebackhide__ = True
    before = page.viewport_size
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": before["height"] if before else 800})
        sticking_out = page.evaluate(STICKING_OUT)
        if sticking_out:
            found.append(f"{width} px wide, the page scrolls sideways because of {', '.join(sticking_out[:3])}")
        found += [f"{width} px wide: {line}" for line in axe(page, {"type": "rule", "values": ["target-size"]})]
    if before:
        page.set_viewport_size(before)
    assert not found, "\n".join(found)
