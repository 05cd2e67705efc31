/**
 * The members' directory. The address holds search, filters and sort, and who is open beside the list; so
 * back, reload and sharing work.
 */
import { withQuery } from "../core/address.js";
import { fetched } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { count } from "../core/format.js";
import { goBack, setTitle } from "../core/router.js";
import { may } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { choices } from "../components/choices.js";
import { filterBy, filtersIn, sortField } from "../components/filters.js";
import { icon } from "../components/icons.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/page-head.js";
import { searchField } from "../components/search-field.js";
import { strip } from "../components/strip.js";
import { emptyState, skeleton } from "../components/states.js";
import { openPerson } from "./person.js";
import { peopleTable } from "./table.js";

/** @typedef {import("../core/api-types.js").UserOut} User */

export const title = "People";

const filterNames = /** @type {const} */ (["q", "role", "status", "sort"]);
const sorts = [
  { value: "", label: "A to Z" },
  { value: "-username", label: "Z to A" },
  { value: "-created_at", label: "Newest first" },
  { value: "created_at", label: "Oldest first" },
  { value: "-last_seen", label: "Seen last" },
  { value: "last_seen", label: "Seen longest ago" },
];

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let filters = filtersIn(params.query, filterNames);
  let openId = "";
  /** @type {(() => void) | null} */
  let closePerson = null;

  const add =
    may("people.add") &&
    h(
      "button",
      { class: "button", "data-look": "primary", type: "button", onclick: addPerson },
      icon("plus"),
      "Add a person",
    );
  const search = searchField({ label: "Search people", value: filters.q, onsearch: (q) => change({ q }) });
  const roles = choices({
    look: "chips",
    label: "Role",
    value: filters.role,
    choices: [
      { value: "", label: "Everyone" },
      { value: "member", label: "Members" },
      { value: "manager", label: "Managers" },
      { value: "admin", label: "Admins" },
    ],
    onchange: (role) => change({ role }),
  });
  const statuses = choices({
    look: "chips",
    label: "Status",
    value: filters.status,
    choices: [
      { value: "", label: "Any status" },
      { value: "active", label: "Active" },
      { value: "disabled", label: "Disabled" },
    ],
    onchange: (status) => change({ status }),
  });
  const order = sortField(sorts, (sort) => change({ sort }));
  const table = peopleTable({
    sort: () => filters.sort,
    onsort: (sort) => change({ sort }),
    href: (id) => withQuery(`/people/${id}`, filters),
  });
  // Who is alone in a new club is told how it fills.
  const welcome = emptyState({
    icon: "people",
    title: "You are the first here",
    text: "Add the others: each gets a link of their own, chooses a password, and is in.",
    action: h(
      "button",
      { class: "button", type: "button", onclick: addPerson },
      icon("plus"),
      "Add the first member",
    ),
  });
  const alone = h("div", {});
  const list = listing({
    address: (limit) => withQuery("/api/users", { ...filters, limit, count: true }),
    draw: (/** @type {User[]} */ people) => {
      table.update(people);
      if (!add || people.length > 1 || Object.values(filters).some(Boolean)) return table.element;
      fill(alone, table.element, welcome);
      return alone;
    },
    empty: nobody,
    bones: () => skeleton(10),
    words: (total) => count(total, "person", "people"),
  });
  element.classList.add("people");
  element.append(
    pageHead("People", list.counter, add && h("div", { class: "page-actions" }, add)),
    h(
      "div",
      { class: "toolbar" },
      search.element,
      h("label", { class: "people-sort" }, order.element),
      strip(h("div", { class: "people-filters" }, roles.element, statuses.element)),
    ),
    list.element,
  );

  /** @param {Partial<typeof filters>} changes */
  function change(changes) {
    filterBy("/people", filters, changes);
  }

  function showFilters() {
    search.set(filters.q);
    roles.set(filters.role);
    statuses.set(filters.status);
    order.set(filters.sort);
  }

  function nobody() {
    const all = h(
      "button",
      { class: "button", type: "button", onclick: () => change({ q: "", role: "", status: "" }) },
      "Show everyone",
    );
    return emptyState({
      icon: "people",
      title: filters.q ? `Nobody found for “${filters.q}”` : "Nobody here",
      text: advice(filters),
      action: all,
    });
  }

  /** Opens or closes the person beside the list, as the address says. @param {string} id */
  function showPerson(id) {
    if (id === openId) return;
    openId = id;
    closePerson?.();
    closePerson = null;
    if (!id) return setTitle(title);
    closePerson = openPerson({
      id,
      known: list.items()?.find((one) => String(one.id) === id),
      onchange: () => void list.reload(),
      onclose: () => {
        // Drawn anew meanwhile, the link that had the focus is another one.
        if (document.activeElement === document.body) table.focusOn(id);
        if (openId === id) goBack(withQuery("/people", filters));
      },
    });
  }

  async function addPerson() {
    await attempt(async () => {
      const { openAddPerson } = await fetched(import("./add.js"));
      if (element.isConnected) openAddPerson(() => void list.reload()); // else the page was left meanwhile
    });
  }

  showFilters();
  showPerson(params.id);
  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      const wanted = filtersIn(now.query, filterNames);
      const changed = JSON.stringify(wanted) !== JSON.stringify(filters);
      filters = wanted;
      showFilters();
      if (changed) void list.load();
      showPerson(now.id);
    },
    close() {
      list.close();
      search.close();
      openId = "";
      closePerson?.();
    },
  };
}

/**
 * What may find somebody after all. The server looks for one or two letters only where a name begins.
 * @param {{ q: string, role: string, status: string }} filters
 */
function advice({ q, role, status }) {
  if (!q) return "Take a filter away.";
  if ([...q].length < 3) return "One or two letters find only how names begin: type one more.";
  return role || status ? "Try fewer letters, or take a filter away." : "Try fewer letters.";
}
