/**
 * People as a table; where there is no room for one, style turns its rows into cards. The roles are spelled
 * out, because a browser forgets that a table is a table once its display changes.
 */
import { ago } from "../core/clock.js";
import { h } from "../core/dom.js";
import { shortDate } from "../core/format.js";
import { may } from "../core/session.js";
import { avatar } from "../components/avatar.js";
import { badge } from "../components/badge.js";
import { growing } from "../components/growing.js";
import { icon } from "../components/icons.js";

/** @typedef {import("../core/api-types.js").UserOut} User */

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {string} [name] of the class, where style says how wide the column is, or takes it away
 * @property {string} [rising] the sort in the address
 * @property {string} [falling]
 * @property {"rising" | "falling"} [start] the way the first press sorts
 */

/** @type {Column[]} */
const columns = [
  { label: "Person", rising: "", falling: "-username", start: "rising" },
  { label: "E-mail", name: "people-email" },
  { label: "Role", name: "people-role" },
  { label: "Joined", name: "people-joined", rising: "created_at", falling: "-created_at", start: "falling" },
  { label: "Last seen", name: "people-seen", rising: "last_seen", falling: "-last_seen", start: "falling" },
];

/**
 * @param {object} options
 * @param {() => string} options.sort
 * @param {(sort: string) => void} options.onsort
 * @param {(id: number) => string} options.href
 */
export function peopleTable({ sort, onsort, href }) {
  const shown = columns.filter(({ label }) => label !== "E-mail" || may("people.emails"));
  const heads = shown.map((column) => {
    const cell = h("th", { scope: "col", role: "columnheader", class: column.name });
    if (column.start)
      cell.append(
        h(
          "button",
          { class: "people-order", type: "button", onclick: () => onsort(after(column, sort())) },
          column.label,
        ),
      );
    else cell.append(column.label);
    return { column, cell };
  });
  const body = h("tbody", { role: "rowgroup" });
  const element = h(
    "table",
    { class: "people-table", role: "table", "aria-label": "People" },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        heads.map(({ cell }) => cell),
      ),
    ),
    body,
  );
  const draw = growing(body, (/** @type {User} */ person) => row(person, href(person.id)));
  /** @type {readonly User[]} */
  let drawn = [];

  /** @param {readonly User[]} people */
  function update(people) {
    for (const { column, cell } of heads) mark(column, cell, sort());
    draw(people);
    drawn = people;
  }

  /** Puts the focus on a person, where they are in the list. @param {string} id */
  const focusOn = (id) =>
    body.rows[drawn.findIndex((one) => String(one.id) === id)]?.querySelector("a")?.focus();

  return { element, update, focusOn };
}

/** @param {Column} column @param {string} sort */
function after(column, sort) {
  if (sort === column.rising) return column.falling ?? "";
  if (sort === column.falling) return column.rising ?? "";
  return column[column.start ?? "rising"] ?? "";
}

/** @param {Column} column @param {HTMLElement} cell @param {string} sort */
function mark(column, cell, sort) {
  const way = sort === column.rising ? "ascending" : sort === column.falling ? "descending" : null;
  cell.ariaSort = way;
  cell.querySelector(".icon")?.remove();
  if (way) cell.firstElementChild?.append(icon(way === "ascending" ? "up" : "down"));
}

/** @param {User} person @param {string} href */
function row(person, href) {
  return h(
    "tr",
    { role: "row", class: "people-row" },
    h(
      "td",
      { role: "cell" },
      h(
        "div",
        { class: "people-who" },
        avatar(person),
        h(
          "div",
          {},
          h("a", { class: "people-link", href, dir: "auto" }, person.name || person.username),
          person.name && h("p", { class: "people-username" }, person.username),
        ),
      ),
    ),
    may("people.emails") && h("td", { role: "cell", class: "people-email" }, person.email),
    h(
      "td",
      { role: "cell" },
      h(
        "span",
        { class: "people-badges" },
        roleBadge(person.role),
        person.status === "disabled" && badge("disabled", "danger"),
      ),
    ),
    h("td", { role: "cell", class: "people-joined number" }, shortDate(person.created_at)),
    h("td", { role: "cell", class: "people-seen" }, person.last_seen ? ago(person.last_seen) : "never"),
  );
}

/**
 * Most are members, and a frame around every one of them would only be noise.
 * @param {import("../core/api-types.js").UserOut["role"]} role
 */
export function roleBadge(role) {
  if (role === "member") return h("span", { class: "people-member" }, role);
  return badge(role, role === "admin" ? "brass" : "baize");
}
