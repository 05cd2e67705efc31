"""A page at every width people have: nothing sticks out sideways, and all is large enough to be hit."""

from playwright.sync_api import Page

from .accessibility import axe

WIDTHS = (320, 390, 768, 1280, 1920)
STICKING_OUT = """async () => {
  if (!document.body.hasChildNodes()) throw new Error("There is nothing on this page to be measured.");
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const described = (element) => {
    const name = element.textContent.trim().slice(0, 40);
    return `<${element.localName}${element.className ? ` class="${element.className}"` : ""}>${name}`;
  };
  const page = document.scrollingElement;
  const dialogs = [...document.querySelectorAll("dialog[open], [role=dialog], [role=alertdialog]")];
  return [page, ...dialogs].flatMap((around) => {
    if (around.scrollWidth <= around.clientWidth) return [];
    const left = around === page ? -scrollX : around.getBoundingClientRect().left + around.clientLeft;
    const out = (element) => {
      const box = element.getBoundingClientRect();
      const spilling = getComputedStyle(element).overflowX === "visible" ? element.scrollWidth : 0;
      return Math.max(box.right, box.left + spilling) > left + around.clientWidth + 1;
    };
    const culprits = [...around.querySelectorAll("*")].filter(out)
      .filter((element) => ![...element.children].some(out));
    return [[around === page ? "page" : "dialog", culprits.slice(0, 3).map(described).join(", ")]];
  });
}"""


def expect_to_fit(page: Page, widths: tuple[int, ...] = WIDTHS) -> None:
    """Fail where the page or a dialog scrolls sideways, or a target is under 24 px and has no room around it."""
    __tracebackhide__ = True
    before = page.viewport_size
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": before["height"] if before else 800})
        for what, culprits in page.evaluate(STICKING_OUT):
            found.append(f"{width} px wide, the {what} scrolls sideways because of {culprits}")
        found += [f"{width} px wide: {line}" for line in axe(page, {"type": "rule", "values": ["target-size"]})]
    if before:
        page.set_viewport_size(before)
    assert not found, "\n".join(found)
