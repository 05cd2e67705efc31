/** The page for an address that means nothing. */
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

export const title = "Not found";

/** @param {HTMLElement} element */
export function mount(element) {
  element.append(
    h(
      "div",
      { class: "sheet" },
      icon("search"),
      h("h1", {}, "There is nothing here"),
      h("p", {}, "The address may be mistyped, or what stood here was taken away."),
      h("a", { class: "button", "data-look": "primary", href: "/" }, "Go to the start"),
    ),
  );
  return () => {};
}
