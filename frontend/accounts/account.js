/** One's own account, in sections: who one is, how one signs in, what is signed in, what is kept. */
import { appearance, appearances, onAppearance, setAppearance } from "../core/appearance.js";
import { h } from "../core/dom.js";
import { asItGrows } from "../core/scroll.js";
import { session } from "../core/session.js";
import { choices } from "../components/choices.js";
import { signOut } from "../components/frame.js";
import { icon } from "../components/icons.js";
import { pageHead } from "../components/page-head.js";
import { strip } from "../components/strip.js";
import { authenticator } from "./authenticator.js";
import { devices } from "./devices.js";
import { emailAddress } from "./email.js";
import { dataExport } from "./export.js";
import { leaving } from "./leaving.js";
import { passkeys } from "./passkeys.js";
import { password } from "./password.js";
import { profile } from "./profile.js";
import { tokens } from "./tokens.js";

/** @typedef {{ id: string, heading: string, text: string, content: Node }} Section */

export const title = "Account";

/** @param {HTMLElement} element */
export function mount(element) {
  const me = /** @type {import("../core/api-types.js").Me} */ (session.user);
  const look = choices({
    look: "segments",
    label: "Appearance",
    value: appearance(),
    choices: appearances,
    onchange: (value) => setAppearance(/** @type {import("../core/appearance.js").Appearance} */ (value)),
  });
  const signedIn = devices();
  const factor = authenticator();
  const keys = passkeys(() => void factor.load());
  const forScripts = tokens();
  const data = dataExport();
  /** @type {Section[]} */
  const sections = [
    { id: "profile", heading: "Profile", text: "How others see you in the club.", content: profile(me) },
    {
      id: "email",
      heading: "E-mail",
      text: "Where the club writes to you, and where you get back in. Only managers and administrators see it.",
      content: emailAddress(me.email ?? ""),
    },
    {
      id: "password",
      heading: "Password",
      text: "Changing it signs you out on every other device.",
      content: password(me.username, () => void signedIn.load()),
    },
    {
      id: "passkeys",
      heading: "Passkeys",
      text: "Sign in with your fingerprint, face or device PIN. Nothing to remember, and nothing a false page could steal.",
      content: keys.element,
    },
    {
      id: "authenticator",
      heading: "Authenticator app",
      text: "With it, a stolen password alone opens nothing.",
      content: factor.element,
    },
    {
      id: "devices",
      heading: "Devices",
      text: "Where you are signed in. Sign out what you do not recognise.",
      content: signedIn.element,
    },
    {
      id: "tokens",
      heading: "API tokens",
      text: "Keys for your own scripts, in place of your password.",
      content: forScripts.element,
    },
    { id: "appearance", heading: "Appearance", text: "Kept on this device.", content: look.element },
    {
      id: "data",
      heading: "Download my data",
      text: "Your profile, your files and what is written down about you, in one ZIP.",
      content: data.element,
    },
    {
      id: "leaving",
      heading: "Delete my account",
      text: "Seven days to change your mind; then it is gone.",
      content: leaving(me),
    },
  ];
  const out = h("button", { class: "button", type: "button", onclick: signOut }, icon("door"), "Sign out");
  const contents = tableOfContents(sections);
  element.append(
    pageHead("Account", h("div", { class: "page-actions" }, out)),
    h("div", { class: "account" }, contents.element, h("div", {}, sections.map(drawSection))),
  );
  contents.watch(element);
  const stop = onAppearance(() => look.set(appearance()));
  return () => {
    stop();
    contents.close();
    for (const { close } of [signedIn, factor, keys, forScripts, data]) close();
  };
}

/** @param {Section} section */
function drawSection({ id, heading, text, content }) {
  return h(
    "section",
    { class: "account-section", id, "aria-labelledby": `${id}-heading` },
    h("h2", { id: `${id}-heading` }, heading),
    h("p", { class: "account-text" }, text),
    content,
  );
}

/**
 * Links to the sections; the one being read is marked.
 * @param {Section[]} sections
 */
function tableOfContents(sections) {
  const links = sections.map(({ id, heading }) => h("a", { href: `#${id}` }, heading));
  const row = strip(h("div", { class: "account-parts" }, links));
  const element = h("nav", { class: "account-nav", "aria-label": "On this page" }, row);
  // A section is being read when it crosses a line in the upper part of the window, until another one does. The last
  // ones never come that far: at the end of the page it is the one that was asked for, or the last.
  let crossing = links[0];
  /** @type {HTMLAnchorElement | undefined} */
  let marked;
  const mark = () => {
    const atEnd = scrollY > 0 && scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
    const ahead = crossing ? links.slice(links.indexOf(crossing)) : [];
    const link = atEnd ? (ahead.find(({ hash }) => hash === location.hash) ?? ahead.at(-1)) : crossing;
    if (!link || link === marked) return;
    marked = link;
    for (const other of links) other.ariaCurrent = other === link ? "true" : null;
    // What somebody presses just now must not move away: the press would be lost.
    if (!row.matches(":active")) row.scrollLeft = link.offsetLeft - row.offsetWidth / 3;
  };
  mark();
  const reading = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) crossing = links.find(({ hash }) => hash === `#${target.id}`);
      mark();
    },
    { rootMargin: "-20% 0px -79%" },
  );
  for (const name of ["scroll", "hashchange"]) addEventListener(name, mark, { passive: true });
  /** @param {HTMLElement} page */
  const watch = (page) => {
    for (const section of page.querySelectorAll("section[id]")) reading.observe(section);
    const wanted = document.getElementById(location.hash.slice(1));
    // Unless the router knows where one was.
    if (!wanted || history.state?.scroll) return;
    asItGrows(page, () => {
      wanted.scrollIntoView();
      return false;
    });
  };
  const close = () => {
    reading.disconnect();
    for (const name of ["scroll", "hashchange"]) removeEventListener(name, mark);
  };
  return { element, watch, close };
}
