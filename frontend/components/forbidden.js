/** The page for an address that is somebody else's to open. */
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

export const title = "Not yours to open";

/** @param {HTMLElement} element */
export function mount(element) {
  element.append(
    h(
      "div",
      { class: "sheet" },
      icon("lock"),
      h("h1", {}, "This room is not yours to open"),
      h(
        "p",
        {},
        "It is for those who look after the club. Ask an administrator if you should be one of them.",
      ),
      h("a", { class: "button", "data-look": "primary", href: "/" }, "Go to the start"),
    ),
  );
  return () => {};
}
