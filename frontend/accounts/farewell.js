/** The account is on its way out: until when it can be kept, and how. */
import { h } from "../core/dom.js";
import { longDate } from "../core/format.js";
import { session } from "../core/session.js";
import { icon } from "../components/icons.js";

export const title = "Goodbye";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, { query }) {
  const until = query.get("until") ?? "";
  const day = Number.isNaN(Date.parse(until)) ? "in seven days" : `on ${longDate(until)}`;
  element.append(
    h(
      "div",
      { class: "sheet" },
      icon("door"),
      h("h1", {}, `Goodbye from ${session.club}`),
      h(
        "p",
        {},
        `Your account will be deleted ${day}. Changed your mind? Sign in before then, and say that you stay.`,
      ),
      h("a", { class: "button", "data-wide": true, href: "/sign-in" }, "Sign in"),
    ),
  );
  return () => {};
}
