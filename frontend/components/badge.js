/** A word in a small frame: a role, a state. */
import { h } from "../core/dom.js";

/** @param {string} words @param {"plain" | "baize" | "brass" | "danger"} [tone] */
export function badge(words, tone = "plain") {
  return h("span", { class: "badge", "data-tone": tone }, words);
}
