/** One thing of a list, told in two lines: what it is, what is known of it, and what can be done with it. */
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../core/dom.js").Child} Child */

/**
 * @param {object} options
 * @param {import("./icons.js").IconName} [options.icon]
 * @param {Child} options.title
 * @param {Child} options.detail
 * @param {Child} [options.actions]
 */
export function row({ icon: name, title, detail, actions }) {
  return h(
    "li",
    { class: "rows-item" },
    name && icon(name),
    h(
      "div",
      { class: "rows-words" },
      h("p", { class: "rows-title" }, title),
      h("p", { class: "rows-detail" }, detail),
    ),
    actions,
  );
}

/**
 * What can be done with a thing; `about` is only read out, so that each button has a name of its own.
 * @param {Child} words
 * @param {string} about
 * @param {() => unknown} onclick
 * @param {"plain" | "primary" | "quiet" | "quiet-danger"} [look]
 */
export function rowAction(words, about, onclick, look = "plain") {
  return h(
    "button",
    { class: "button", "data-look": look, type: "button", onclick },
    words,
    h("span", { class: "visually-hidden" }, ` ${about}`),
  );
}
