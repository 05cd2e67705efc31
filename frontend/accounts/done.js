/** The end of a way in: what was reached, and the door. */
import { h } from "../core/dom.js";
import { onSession, session } from "../core/session.js";
import { icon } from "../components/icons.js";

/** What comes after an account is ready: in the place of its owner somebody else may be signed in here. */
export const signInNext = () =>
  session.user ? `To come in with it, sign out as ${session.user.username} first.` : "You can sign in now.";

/** Who runs a club without a mail server passes such links on, and may open one of somebody else's. */
export function whoseLink() {
  if (!session.user) return null;
  const notice = h(
    "div",
    { class: "notice" },
    `You are signed in as ${session.user.name || session.user.username}. Whoever this link was sent to chooses their own password here: if that is not you, pass it on.`,
  );
  const stop = onSession(() => {
    if (session.user) return;
    stop();
    notice.remove();
  });
  return notice;
}

/**
 * @param {HTMLElement} sheet
 * @param {string} heading
 * @param {import("../core/dom.js").Child} text
 */
export function doneSheet(sheet, heading, text) {
  const h1 = h("h1", { tabindex: "-1" }, heading);
  const [words, href] = session.user ? ["Go to the club", "/"] : ["Sign in", "/sign-in"];
  sheet.replaceChildren(
    icon("check"),
    h1,
    h("p", {}, text),
    h("a", { class: "button", "data-look": "primary", "data-wide": true, href }, words),
  );
  h1.focus();
}
