/** The two panels of a page for visitors: the club on green, and beside it what the visitor came for. */
import { h, svg } from "../core/dom.js";
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
      door(),
    ),
    h("div", { class: "entrance-content" }, content),
  );
}

/** While nobody can run the club: how that is done. The link itself is in the terminal only. */
export function setUpNote() {
  return (
    !session.setUp &&
    h(
      "p",
      { class: "entrance-note entrance-start" },
      "This club has no administrator yet. If you started it, open the link in its terminal to become one.",
    )
  );
}

/** The mark, large: one wing of the door is open. The floor runs from wall to wall. */
function door() {
  const parts = [
    ["light", "M200 440h90l34 120H96Z"],
    ["line", "M-1600 440H98M302 440h1600"],
    ["line", "M98 440V170a102 102 0 0 1 204 0v270M110 440V170a90 90 0 0 1 90-90v360"],
    ["room", "M200 440V80a90 90 0 0 1 90 90v270Z"],
    ["wing", "M290 440l44 32V58c-16 16-36 56-44 112Z"],
    ["line", "M126 424V310h58v114ZM126 294V170a74 74 0 0 1 58-72v196ZM191 276v22"],
  ];
  return svg(
    "svg",
    {
      class: "entrance-door",
      viewBox: "0 0 400 560",
      preserveAspectRatio: "xMaxYMax",
      "aria-hidden": "true",
      focusable: "false",
    },
    parts.map(([name, d]) => svg("path", { class: `entrance-${name}`, d })),
  );
}
