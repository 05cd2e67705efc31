/** Who did what, when, from where. */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { dateAndTime } from "../core/format.js";
import { navigate } from "../core/router.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/page-head.js";
import { emptyState } from "../components/states.js";
import { eventNames, nameOf } from "./events.js";
import { subnav } from "./subnav.js";

/** @typedef {import("../core/types.js").AuditEntry} AuditEntry */

export const title = "Audit log";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let event = params.query.get("event") ?? "";
  const filter = h(
    "select",
    {
      class: "select",
      "aria-label": "Event",
      onchange: () => void navigate(withQuery("/admin/audit", { event: filter.value })),
    },
    h("option", { value: "" }, "All events"),
    eventNames.map((name) => h("option", { value: name }, nameOf(name))),
  );
  filter.value = event;
  const list = listing({
    address: () => withQuery("/api/audit", { event }),
    draw: table,
    empty: () =>
      emptyState({
        icon: "history",
        title: "Nothing of this kind",
        text: "Sign-ins, new accounts and decisions are written down here.",
      }),
  });
  element.append(pageHead("Audit log"), subnav() || "", h("div", { class: "toolbar" }, filter), list.element);

  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      event = now.query.get("event") ?? "";
      filter.value = event;
      void list.load();
    },
    close: list.close,
  };
}

/** @param {AuditEntry[]} entries */
function table(entries) {
  return h(
    "table",
    { class: "audit-table", "aria-label": "Events" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["When", "What", "Who", "From"].map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h("tbody", {}, entries.map(row)),
  );
}

/** @param {AuditEntry} entry */
function row({ at, event, actor, subject, address, detail }) {
  const facts = Object.entries(detail).map(
    ([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  const other = subject && subject.id !== actor?.id ? subject.username : "";
  return h(
    "tr",
    {},
    h("td", { class: "audit-when" }, h("time", { datetime: at }, dateAndTime(at))),
    h(
      "td",
      {},
      nameOf(event),
      (other || facts.length > 0) &&
        h("p", { class: "audit-detail" }, [other, ...facts].filter(Boolean).join(" · ")),
    ),
    h("td", {}, actor?.username ?? "—"),
    h("td", { class: "audit-detail" }, address ?? "—"),
  );
}
