/** Who did what, when, from where. */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { count, dateAndTime } from "../core/format.js";
import { navigate } from "../core/router.js";
import { growing } from "../components/growing.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/page-head.js";
import { emptyState } from "../components/states.js";
import { eventNames, factsIn, nameOf } from "./events.js";
import { subnav } from "./subnav.js";

/** @typedef {import("../core/api-types.js").EventOut} AuditEntry */

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
    address: () => withQuery("/api/audit", { event, count: true }),
    draw: growing(h("ol", { class: "rows audit" }), row),
    empty: () =>
      emptyState({
        icon: "history",
        title: "Nothing of this kind",
        text: "Sign-ins, new accounts and decisions are written down here.",
      }),
    words: (total) => count(total, "event", "events"),
  });
  element.append(pageHead("Audit log"), subnav(), h("div", { class: "toolbar" }, filter), list.element);

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

/** @param {AuditEntry} entry */
function row({ at, event, actor, subject, address, detail }) {
  const facts = factsIn(detail);
  const about = subject && subject.id !== actor?.id ? [subject.username, ...facts] : facts;
  return h(
    "li",
    { class: "rows-item" },
    h("time", { class: "audit-when", datetime: at }, dateAndTime(at)),
    h(
      "div",
      { class: "audit-what" },
      nameOf(event),
      about.length > 0 && h("p", { class: "audit-detail" }, about.join(" · ")),
    ),
    h("span", { class: "audit-who" }, actor?.username ?? (address ? "a visitor" : "the server")),
    h("span", { class: "audit-from" }, address),
  );
}
