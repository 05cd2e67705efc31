/** What has become of a mail that somebody caused: in a club without a mail server it waits in the outbox. */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { may, session } from "../core/session.js";

/**
 * The end of what is said to somebody who waits for a mail: why it is not there.
 * @returns {import("../core/dom.js").Child}
 */
export function unsent() {
  if (!session.mailKept) return " It may take a minute, or hide among the spam.";
  if (may("outbox.read")) return [" It waits in the ", h("a", { href: "/admin/outbox" }, "outbox"), "."];
  if (session.demo.length)
    return " This is a demonstration: sign in as one of the sample people, and read it in the outbox.";
  return " The club has no mail server yet: ask who looks after it for the link or the code.";
}

/** The end of a question about somebody who then hears of it. */
export const toldByMail = () =>
  session.mailKept ? "The mail that tells them waits in the outbox." : "They get mail about it.";

/**
 * A sentence for a toast: this happened, and where the mail about it is.
 * @param {string} happened
 * @param {string} address the mail's
 * @returns {import("../core/dom.js").Child}
 */
export function andMailed(happened, address) {
  if (!session.mailKept) return `${happened}. A mail is on its way.`;
  if (!may("outbox.read")) return `${happened}. An administrator finds the mail in the outbox.`;
  const outbox = h("a", { href: withQuery("/admin/outbox", { q: address }) }, "outbox");
  return [`${happened}. The mail waits in the `, outbox, "."];
}
