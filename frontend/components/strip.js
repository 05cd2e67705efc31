/** A row that is pushed along where there is too little room for it: it fades where there is more, and shows its chosen. */

const EDGE = 32; // as wide as it fades

/**
 * @template {HTMLElement} Row
 * @param {Row} row
 */
export function strip(row) {
  const fade = () => {
    const { scrollLeft, scrollWidth, clientWidth } = row;
    row.toggleAttribute("data-before", scrollLeft > 1);
    row.toggleAttribute("data-after", scrollLeft + clientWidth < scrollWidth - 1);
  };
  const showChosen = () => {
    const chosen = row.querySelector("[aria-current], .choice:has(:checked:not([value='']))");
    if (!chosen) return;
    const [frame, box] = [row, chosen].map((one) => one.getBoundingClientRect());
    if (!frame || !box) return;
    row.scrollLeft += Math.max(0, box.right + EDGE - frame.right);
    row.scrollLeft -= Math.max(0, frame.left - (chosen.getBoundingClientRect().left - EDGE));
  };
  row.classList.add("strip");
  row.addEventListener("scroll", fade, { passive: true });
  row.addEventListener("change", showChosen);
  // Also once it is in the page.
  new ResizeObserver(() => {
    showChosen();
    fade();
  }).observe(row);
  return row;
}
