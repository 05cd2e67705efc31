/** Bringing a page to the place that is meant, though its parts may still be on their way. */

const moves = ["wheel", "pointerdown", "keydown"]; // of a reader who goes their own way

/** Ends what `asItGrows` has begun: its page is left. */
export let stopScrolling = () => {};

/**
 * As a page grows, scrolls again, until that is done or the reader moves.
 * @param {Element} page
 * @param {() => boolean} scroll answers whether it is done
 */
export function asItGrows(page, scroll) {
  const growing = new ResizeObserver(() => {
    if (scroll()) stop();
  });
  const stop = () => {
    growing.disconnect();
    clearTimeout(timer);
    for (const name of moves) removeEventListener(name, stop);
  };
  const timer = setTimeout(stop, 3_000);
  for (const name of moves) addEventListener(name, stop, { passive: true });
  stopScrolling = stop;
  growing.observe(page);
}

/** @param {Element} page @param {number} top where one was */
export function scrollBackTo(page, top) {
  window.scrollTo(0, top);
  if (!top) return;
  asItGrows(page, () => {
    window.scrollTo(0, top);
    return window.scrollY >= top - 1;
  });
}

/** Calls back each time the page has come to rest. @param {() => void} listener */
export function onScrolled(listener) {
  if ("onscrollend" in window) return addEventListener("scrollend", listener);
  // Safari before 26
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(listener, 150);
  };
  addEventListener("scroll", wait, { passive: true });
}
