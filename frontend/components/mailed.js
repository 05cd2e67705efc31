/** What has become of a mail that somebody caused: in a club without a mail server it waits in the outbox. */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { session } from "../core/session.js";

/**
 * The end of what is said to somebody who waits for a mail, where nothing is sent.
 * @param {string} [otherwise] said where mail is sent
 */
export function unsent(otherwise = "") {
  return session.mailKept
    ? " The club has no mail server yet: ask who looks after it for the link or the code."
    : otherwise;
}

/**
 * A sentence for a toast: this happened, and where the mail about it is.
 * @param {string} happened
 * @param {string} address the mail's
 * @returns {import("../core/dom.js").Child}
 */
export function andMailed(happened, address) {
  if (!session.mailKept) return `${happened}. A mail is on its way.`;
  const outbox = h("a", { href: withQuery("/admin/outbox", { to: address }) }, "outbox");
  return [`${happened}. The mail waits in the `, outbox, "."];
}
