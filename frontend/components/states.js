/** What stands in the place of content: while it loads, when there is none, and when it could not be had. */
import { h } from "../core/dom.js";
import { sentence } from "../core/api.js";
import { icon } from "./icons.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * Says what belongs here and offers the one action that fills it.
 * @param {{ icon: IconName, title: string, text: string, action?: Node | undefined }} options
 */
export function emptyState({ icon: name, title, text, action }) {
  return h(
    "div",
    { class: "state" },
    icon(name),
    h("p", { class: "state-title" }, title),
    h("p", { class: "state-text" }, text),
    action,
  );
}

/**
 * Says what went wrong and lets one try again.
 * @param {unknown} error
 * @param {() => void} retry
 */
export function errorState(error, retry) {
  const again = h("button", { class: "button", type: "button", onclick: retry }, icon("retry"), "Try again");
  return h(
    "div",
    { class: "state", role: "alert" },
    icon("alert"),
    h("p", { class: "state-title" }, "This did not load"),
    h("p", { class: "state-text" }, sentence(error)),
    again,
  );
}

/**
 * Shapes of rows to come. Style keeps them unseen for the first 150 ms, so that a quick answer does not flicker.
 * @param {number} rows
 */
export function skeleton(rows) {
  return h(
    "div",
    { class: "skeleton", "aria-hidden": "true" },
    Array.from({ length: rows }, () =>
      h("div", { class: "skeleton-row" }, h("i", {}), h("i", {}), h("i", {})),
    ),
  );
}
