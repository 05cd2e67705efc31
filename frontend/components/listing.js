/**
 * A list from the server in all its states: on its way, there, with more to come, empty, not to be had. Who comes
 * back to it finds as many rows as they had read.
 */
import { get, newest } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { number } from "../core/format.js";
import { announce } from "../core/notices.js";
import { remember, remembered } from "../core/router.js";
import { pager } from "./pager.js";
import { errorState, skeleton } from "./states.js";

const most = 200; // rows that one answer may hold

/**
 * @template Item
 * @param {object} options
 * @param {(limit: number) => string} options.address where the list is, asked at each load
 * @param {(items: Item[]) => Node} options.draw
 * @param {() => Node} options.empty
 * @param {() => Node} [options.bones] the shapes of what is to come
 * @param {number} [options.page] rows at first
 * @param {(total: number) => string} [options.words] how many there are, where the address asks for the count
 * @param {(items: Item[] | null) => void} [options.onupdate]
 */
export function listing({ address, draw, empty, bones, page = 50, words, onupdate }) {
  /** @type {Item[] | null} */
  let items = null;
  /** @type {string | null} */
  let nextPage = null;
  let total = 0;
  let capped = false;
  /** @type {unknown} */
  let problem = null;
  let closed = false;
  const next = newest();
  const content = h("div", { class: "listing", tabindex: "-1" });
  const counter = h("p", { class: "page-count" });
  const more = pager(loadMore);

  async function loadMore() {
    if (!items || !nextPage) return;
    const { data, next: after } = await get(nextPage, { signal: next() });
    const before = items.length;
    items = [...items, ...data];
    nextPage = after;
    const stood = more.element.contains(document.activeElement);
    update();
    remember({ rows: items.length });
    if (!stood) return;
    if (hasMore()) return announce(`${number(data.length)} more shown`);
    // Whoever stood on the button that goes with the last of them stands on the first it brought.
    const first = content.querySelectorAll("li, tbody > tr")[before];
    first?.setAttribute("tabindex", "-1");
    if (first instanceof HTMLElement) first.focus();
  }

  const hasMore = () => Boolean(nextPage && items && !problem);

  /** Asks anew, and says how many there are; what is shown stays until the answer is there. */
  async function load() {
    if ((await ask(remembered()["rows"])) && words) announce(countWords(words));
  }

  /** Asks for as many rows as there are now, without a word: what was done to them has been said. */
  const reload = () => ask(items?.length);

  /** @returns {Promise<boolean>} whether that was answered */
  async function ask(wanted = page) {
    if (closed) return false;
    const signal = next();
    problem = null;
    nextPage = null; // more of the list that was would take the place of the one asked for
    content.ariaBusy = "true";
    try {
      const first = await get(address(Math.max(page, Math.min(wanted, most))), { signal });
      let found = first.data;
      let after = first.next;
      while (after && found.length < wanted) {
        const answer = await get(after, { signal });
        found = [...found, ...answer.data];
        after = answer.next;
      }
      items = found;
      nextPage = after;
      total = first.total ?? found.length;
      capped = first.capped;
    } catch (error) {
      if (signal.aborted) return false;
      problem = error;
    }
    content.ariaBusy = null;
    update();
    return !problem;
  }

  /**
   * Others in their place, without asking. What is on its way already may know nothing of the change: it is asked again.
   * @param {Item[]} changed
   */
  function replace(changed) {
    total += changed.length - (items?.length ?? 0);
    items = changed;
    update();
    if (content.ariaBusy) void reload();
  }

  /** @param {(total: number) => string} say */
  const countWords = (say) => (capped ? "more than " : "") + say(total);

  function shown() {
    if (problem) return errorState(problem, load);
    if (!items) return bones?.() ?? skeleton(6);
    return items.length ? draw(items) : empty();
  }

  function update() {
    counter.textContent = words && items && !problem ? countWords(words) : "";
    more.set(hasMore());
    const inside = content.contains(document.activeElement);
    const drawn = shown();
    if (content.firstChild !== drawn) fill(content, drawn);
    // Whoever stood on what is gone stays in its place.
    if (inside && !content.contains(document.activeElement)) content.focus({ preventScroll: true });
    onupdate?.(items);
  }

  function close() {
    closed = true;
    next();
    more.close();
  }

  fill(content, shown());
  return {
    element: h("div", {}, content, more.element),
    counter,
    ready: load(),
    items: () => items,
    load,
    loadMore,
    hasMore,
    reload,
    replace,
    update,
    close,
  };
}
