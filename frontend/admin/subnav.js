/** The rooms of the administration, as far as they are open to the reader. */
import { h } from "../core/dom.js";
import { may } from "../core/session.js";
import { icon } from "../components/icons.js";
import { spot } from "../components/spot.js";
import { strip } from "../components/strip.js";

/**
 * @typedef {object} Room
 * @property {string} href
 * @property {string} label
 * @property {import("../components/icons.js").IconName} icon
 * @property {string} needs
 * @property {Parameters<typeof spot>[0]} [mark]
 */

/** @type {Room[]} */
export const rooms = [
  {
    href: "/admin/requests",
    label: "Access requests",
    icon: "newcomer",
    needs: "requests.manage",
    mark: "waiting",
  },
  { href: "/admin/outbox", label: "Outbox", icon: "mail", needs: "outbox.read", mark: "held-up" },
  { href: "/admin/audit", label: "Audit log", icon: "history", needs: "audit.read" },
  { href: "/admin/policies", label: "Policies", icon: "lock", needs: "people.manage" },
];

/** Nothing for those to whom one room only is open. */
export function subnav() {
  const open = rooms.filter(({ needs }) => may(needs));
  if (open.length < 2) return "";
  const links = open.map(({ href, label, icon: name, mark }) =>
    h(
      "a",
      { href, "aria-current": location.pathname === href ? "page" : null },
      icon(name),
      label,
      mark && spot(mark),
    ),
  );
  return strip(h("nav", { class: "subnav", "aria-label": "Administration" }, links));
}
