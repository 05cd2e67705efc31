/**
 * The page for a page that could not be loaded. It is here from the start: when it is needed, nothing else
 * may come.
 */
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

export const title = "Something went wrong";

/** @param {HTMLElement} element */
export function mount(element) {
  element.append(
    h(
      "div",
      { class: "sheet", role: "alert" },
      icon("alert"),
      h("h1", {}, "This page did not load"),
      h(
        "p",
        {},
        "The connection may have been interrupted, or Clubroom was updated meanwhile. Loading it again usually helps.",
      ),
      h(
        "button",
        { class: "button", "data-look": "primary", type: "button", onclick: () => location.reload() },
        "Load again",
      ),
    ),
  );
  return () => {};
}
