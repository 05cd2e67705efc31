/** More of a list: as the reader comes near its end, and by a real button. */
import { isAbort, sentence } from "../core/api.js";
import { h } from "../core/dom.js";

/**
 * `load` brings the next part; `set(true)` while there is one.
 * @param {() => Promise<void>} load
 */
export function pager(load) {
  const button = h("button", { class: "button", type: "button", onclick: more }, "Show more");
  const problem = h("p", { class: "pager-problem", role: "alert", hidden: true });
  const element = h("div", { class: "pager", hidden: true }, problem, button);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  // Not at once: whoever has come here to press the button should not see it run away.
  const near = new IntersectionObserver(
    ([entry]) => {
      clearTimeout(timer);
      if (entry?.isIntersecting && problem.hidden) timer = setTimeout(() => button.click(), 250);
    },
    { rootMargin: "480px" },
  );
  near.observe(element);

  async function more() {
    clearTimeout(timer);
    if (element.hidden) return;
    problem.hidden = true;
    try {
      await load();
    } catch (error) {
      if (isAbort(error)) return;
      problem.textContent = sentence(error);
      problem.hidden = false;
    }
  }

  /** @param {boolean} hasMore */
  const set = (hasMore) => {
    element.hidden = !hasMore;
    problem.hidden = true;
    // The observer speaks only at a change: ask it anew, for the end may still be near.
    near.unobserve(element);
    near.observe(element);
  };
  const close = () => {
    clearTimeout(timer);
    near.disconnect();
  };
  return { element, set, close };
}
