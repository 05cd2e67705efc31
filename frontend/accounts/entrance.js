/** The two panels of a page for visitors: the club on green, and beside it what the visitor came for. */
import { h } from "../core/dom.js";
import { session } from "../core/session.js";
import { icon } from "../components/icons.js";

/**
 * @param {HTMLElement} element
 * @param {...import("../core/dom.js").Child} content
 */
export function entrance(element, ...content) {
  element.classList.add("entrance");
  element.append(
    h(
      "div",
      { class: "entrance-club" },
      h("p", { class: "entrance-name" }, icon("mark"), h("span", {}, session.club)),
      h(
        "p",
        { class: "entrance-sentence" },
        "The members’ room: see who is here, and share what belongs to all of us.",
      ),
    ),
    h("div", { class: "entrance-content" }, content),
  );
}
