/** What a list is narrowed down to stands in the address: so back, reload and sharing work. */
import { withQuery } from "../core/address.js";
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
