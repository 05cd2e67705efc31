/** A list from the server in all its states: on its way, there, with more to come, empty, not to be had. */
import { get, isAbort, newest } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { pager } from "./pager.js";
import { errorState, skeleton } from "./states.js";

/**
 * @template Item
 * @param {object} options
 * @param {() => string} options.address where the list is, asked at each load
 * @param {(items: Item[]) => Node} options.draw
 * @param {() => Node} options.empty
 */
export function listing({ address, draw, empty }) {
  /** @type {Item[] | null} */
  let items = null;
  /** @type {string | null} */
  let nextPage = null;
  /** @type {unknown} */
  let problem = null;
  const next = newest();
  const content = h("div", {});
  const more = pager(async () => {
    if (!nextPage) return;
    take(await get(nextPage, { signal: next() }), items ?? []);
    update();
  });

  /** Asks anew; what is shown stays until the answer is there. */
  async function load() {
    problem = null;
    try {
      take(await get(address(), { signal: next() }), []);
    } catch (error) {
      if (isAbort(error)) return;
      problem = error;
    }
    update();
  }

  /** @param {import("../core/api.js").Answer} answer @param {Item[]} before */
  function take(answer, before) {
    items = [...before, ...answer.data];
    nextPage = answer.next;
  }

  function update() {
    more.set(Boolean(nextPage && items && !problem));
    if (problem)
      fill(
        content,
        errorState(problem, () => void load()),
      );
    else if (!items) fill(content, skeleton(6));
    else fill(content, items.length ? draw(items) : empty());
  }

  function close() {
    next();
    more.close();
  }

  update();
  void load();
  return { element: h("div", {}, content, more.element), load, close };
}
