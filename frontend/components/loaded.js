/** One thing from the server in its states: on its way, there, not to be had. */
import { get, isAbort, newest } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { errorState, skeleton } from "./states.js";

/**
 * @template Thing
 * @param {object} options
 * @param {string} options.address
 * @param {(thing: Thing) => import("../core/dom.js").Child} options.draw
 * @param {number} [options.rows] how many the skeleton has
 */
export function loaded({ address, draw, rows = 2 }) {
  const next = newest();
  const element = h("div", { class: "loaded", tabindex: "-1", "aria-busy": "true" });
  let closed = false;

  /** Asks anew; what is shown stays until the answer is there. */
  async function load() {
    if (closed) return;
    try {
      show(draw((await get(address, { signal: next() })).data));
    } catch (error) {
      if (!isAbort(error)) show(errorState(error, load));
    }
  }

  /**
   * Whoever stood on something that is drawn anew stands there again or, where it is gone, in its place: not on another
   * of its name, such as the next of two devices, which one more press would sign out.
   * @param {import("../core/dom.js").Child} content
   */
  function show(content) {
    const stood = element.contains(document.activeElement) ? document.activeElement?.textContent : null;
    const before = called(stood).length;
    fill(element, content);
    element.removeAttribute("aria-busy");
    if (stood == null) return;
    const [there, ...others] = called(stood);
    const again = before === 1 && others.length === 0 ? there : undefined;
    (again ?? element).focus({ preventScroll: true });
  }

  /** @param {string | null | undefined} words */
  const called = (words) =>
    [...element.querySelectorAll("button")].filter((one) => one.textContent === words);

  fill(element, skeleton(rows));
  void load();
  const close = () => {
    closed = true;
    next();
  };
  return { element, load, close };
}
