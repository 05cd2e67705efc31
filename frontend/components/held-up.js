/**
 * A spot on the way to the outbox, for those who may look there: seen while mails do not go out, as the last answer of
 * the server told (`core/api.js`).
 */
import { h } from "../core/dom.js";
import { may } from "../core/session.js";

export function heldUp() {
  const words = "mails do not go out";
  return (
    may("outbox.read") &&
    h("span", { class: "held-up", title: words }, h("span", { class: "visually-hidden" }, `(${words})`))
  );
}
