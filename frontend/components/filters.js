/** What a list is narrowed down to, and its order, stand in the address: so back, reload and sharing work. */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { navigate } from "../core/router.js";

/**
 * The filters in an address; what is not there is empty.
 * @template {string} Name
 * @param {URLSearchParams} query
 * @param {readonly Name[]} names
 */
export function filtersIn(query, names) {
  return /** @type {{ [name in Name]: string }} */ (
    Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]))
  );
}

/**
 * Goes where the changed filters lead. A search is one step of the history, not one for each letter.
 * @template {{ q: string, [name: string]: string }} Filters
 * @param {string} path
 * @param {Filters} before
 * @param {Partial<Filters>} changes
 */
export function filterBy(path, before, changes) {
  const after = { ...before, ...changes };
  const replace = Boolean(before.q && after.q && before.q !== after.q);
  void navigate(withQuery(path, after), { replace });
}

/**
 * Which order the list is in; of one that is not among these, the first is shown.
 * @param {{ value: string, label: string }[]} sorts
 * @param {(sort: string) => void} onchange
 */
export function sortField(sorts, onchange) {
  const element = h(
    "select",
    { class: "select", "aria-label": "Sort", onchange: () => onchange(element.value) },
    sorts.map(({ value, label }) => h("option", { value }, label)),
  );
  /** @param {string} sort */
  function set(sort) {
    element.value = sorts.some(({ value }) => value === sort) ? sort : "";
  }
  return { element, set };
}
