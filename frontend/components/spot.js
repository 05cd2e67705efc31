/**
 * A spot on the way to what somebody should look at, for those who may: seen while the last answer of the server told so
 * (`core/api.js`).
 */
import { h } from "../core/dom.js";
import { may } from "../core/session.js";

const spots = {
  waiting: ["requests.manage", "somebody asks for access"],
  "held-up": ["outbox.read", "mails do not go out"],
};

/** @param {keyof typeof spots} name */
export function spot(name) {
  const [needs = "", words] = spots[name];
  return (
    may(needs) &&
    h("span", { class: `spot ${name}`, title: words }, h("span", { class: "visually-hidden" }, `(${words})`))
  );
}
