/**
 * The members' directory. The address holds search, filters and sort, and who is open beside the list; so
 * back, reload and sharing work.
 */
import { get, isAbort, newest } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { count } from "../core/format.js";
import { announce } from "../core/notices.js";
import { goBack, navigate, remember, remembered, setTitle } from "../core/router.js";
import { may } from "../core/session.js";
import { choices } from "../components/choices.js";
import { icon } from "../components/icons.js";
import { pageHead } from "../components/page-head.js";
import { pager } from "../components/pager.js";
import { searchField } from "../components/search-field.js";
import { emptyState, errorState, skeleton } from "../components/states.js";
import { openPerson } from "./person.js";
import { peopleTable } from "./table.js";

/** @typedef {import("../core/api-types.js").UserOut} User */
/** @typedef {{ q: string, role: string, status: string, sort: string }} Filters */

export const title = "People";

const page = 50;
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
  let filters = filtersIn(params.query);
  let openId = "";
  /** @type {User[] | null} */
  let people = null;
  /** @type {string | null} */
  let nextPage = null;
  let total = 0;
  let capped = false;
  /** @type {unknown} */
  let problem = null;
  /** @type {(() => void) | null} */
  let closePerson = null;
  const next = newest();

  const counter = h("p", { class: "page-count" });
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
  const order = h(
    "select",
    { class: "select", "aria-label": "Sort", onchange: () => change({ sort: order.value }) },
    sorts.map(({ value, label }) => h("option", { value }, label)),
  );
  const list = h("div", { class: "people-list" });
  const more = pager(loadMore);
  const table = peopleTable({
    sort: () => filters.sort,
    onsort: (sort) => change({ sort }),
    href: (id) => withQuery(`/people/${id}`, filters),
  });
  element.classList.add("people");
  element.append(
    pageHead("People", counter, add && h("div", { class: "page-actions" }, add)),
    h(
      "div",
      { class: "toolbar" },
      search.element,
      h("label", { class: "people-sort" }, order),
      h("div", { class: "people-filters" }, roles.element, statuses.element),
    ),
    list,
    more.element,
  );

  /** @param {Partial<Filters>} changes */
  function change(changes) {
    const before = filters;
    const after = { ...filters, ...changes };
    // A search is one step of the history, not one for each letter.
    const replace = Boolean(before.q && after.q && before.q !== after.q);
    void navigate(withQuery("/people", after), { replace });
  }

  /** @param {number} [wanted] how many rows to show at once, when one comes back to a long list */
  async function load(wanted = page) {
    const signal = next();
    problem = null;
    list.ariaBusy = "true";
    try {
      const first = await get(
        withQuery("/api/users", { ...filters, limit: Math.min(wanted, 200), count: true }),
        { signal },
      );
      people = first.data;
      nextPage = first.next;
      total = first.total ?? first.data.length;
      capped = first.capped;
      while (people && nextPage && people.length < wanted) await append(signal);
      announce(countWords());
    } catch (error) {
      if (isAbort(error)) return;
      problem = error;
    }
    list.ariaBusy = null;
    update();
  }

  async function loadMore() {
    await append(next());
    update();
    remember({ rows: people?.length });
  }

  /** @param {AbortSignal} signal */
  async function append(signal) {
    if (!people || !nextPage) return;
    const answer = await get(nextPage, { signal });
    people = [...people, ...answer.data];
    nextPage = answer.next;
  }

  const countWords = () => (capped ? "more than " : "") + count(total, "person", "people");

  function update() {
    search.set(filters.q);
    roles.set(filters.role);
    statuses.set(filters.status);
    order.value = sorts.some(({ value }) => value === filters.sort) ? filters.sort : "";
    counter.textContent = people && !problem ? countWords() : "";
    more.set(Boolean(people && nextPage && !problem));
    if (problem)
      fill(
        list,
        errorState(problem, () => void load()),
      );
    else if (!people) fill(list, skeleton(10));
    else if (!people.length) fill(list, nobody());
    else {
      table.update(people);
      if (list.firstChild !== table.element) fill(list, table.element);
    }
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
      text: "Try fewer letters, or take a filter away.",
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
      known: people?.find((one) => String(one.id) === id),
      onclose: () => openId === id && goBack(withQuery("/people", filters)),
    });
  }

  async function addPerson() {
    const { openAddPerson } = await import("./add.js");
    openAddPerson(() => void load(people?.length));
  }

  update();
  void load(remembered()["rows"]);
  showPerson(params.id);
  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      const wanted = filtersIn(now.query);
      const changed = JSON.stringify(wanted) !== JSON.stringify(filters);
      filters = wanted;
      if (changed) void load(remembered()["rows"]);
      update();
      showPerson(now.id);
    },
    close() {
      next();
      search.close();
      more.close();
      openId = "";
      closePerson?.();
    },
  };
}

/** @param {URLSearchParams} query @returns {Filters} */
function filtersIn(query) {
  const read = (/** @type {string} */ name) => query.get(name) ?? "";
  return { q: read("q"), role: read("role"), status: read("status"), sort: read("sort") };
}
