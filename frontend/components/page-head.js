/** The head of a page: its one `h1`, how many things it shows, and what can be done with the whole. */
import { h } from "../core/dom.js";

/**
 * @param {string} title
 * @param {...import("../core/dom.js").Child} beside
 */
export function pageHead(title, ...beside) {
  return h("header", { class: "page-head" }, h("h1", {}, title), beside);
}
