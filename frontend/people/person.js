/** One person, in a drawer over the list. */
import { fetched, get, isAbort, isGone, newest } from "../core/api.js";
import { ago } from "../core/clock.js";
import { fill, h } from "../core/dom.js";
import { longDate } from "../core/format.js";
import { setTitle } from "../core/router.js";
import { may, session } from "../core/session.js";
import { avatar } from "../components/avatar.js";
import { badge } from "../components/badge.js";
import { openDrawer } from "../components/drawer.js";
import { emptyState, errorState, skeleton } from "../components/states.js";
import { roleBadge } from "./table.js";

/** @typedef {import("../core/api-types.js").UserOut} User */
/** @typedef {import("../core/dom.js").Child} Child */

/**
 * Shows what is known at once, then what the server says. Returns how to close it.
 * @param {{ id: string, known: User | undefined, onchange: () => void, onclose: () => void }} options
 */
export function openPerson({ id, known, onchange, onclose }) {
  const next = newest();
  const about = h("div", { class: "person-about" });
  const content = h("div", { class: "person" }, about);
  /** @type {{ element: HTMLElement, close: () => void } | null} */
  let securityPart = null;
  /** @type {{ element: HTMLElement, update: (person: User) => void } | null} */
  let standingPart = null;
  let closed = false;
  const drawer = openDrawer({
    title: "Person",
    content,
    onclose: () => {
      closed = true;
      next();
      securityPart?.close();
      onclose();
    },
  });
  drawer.heading.tabIndex = -1;
  if (known) show(known);
  else put(skeleton(4));
  void load();

  async function load() {
    if (closed) return;
    try {
      const { data } = await get(`/api/users/${encodeURIComponent(id)}`, { signal: next() });
      show(data);
      // The account of those who left, alone without an address, is nobody's.
      if (may("people.manage") && data.email) await showForAdministrators(data);
    } catch (error) {
      if (isAbort(error)) return;
      const stood = content.contains(document.activeElement);
      drawer.heading.className = "visually-hidden"; // out of the card that goes: the drawer is named by it
      drawer.element.prepend(drawer.heading);
      securityPart?.element.remove();
      standingPart?.element.remove();
      standingPart = null;
      put(isGone(error) ? nobody() : errorState(error, load), stood);
    }
  }

  /** @param {User} person */
  function show(person) {
    const name = person.name || person.username;
    setTitle(name);
    drawer.heading.textContent = name;
    drawer.heading.className = "person-name";
    put(card(person, drawer.heading));
  }

  /** Whoever stood on what is gone stands on what can be pressed, or on the name. @param {Child} child */
  function put(child, stood = about.contains(document.activeElement)) {
    fill(about, child);
    if (stood && !content.contains(document.activeElement))
      (about.querySelector("button") ?? drawer.heading).focus({ preventScroll: true });
  }

  /** What those who run the club see and do; what one stands on stays. @param {User} person */
  async function showForAdministrators(person) {
    const [{ security }, { standing }] = await fetched(
      Promise.all([import("./security.js"), import("./standing.js")]),
    );
    if (closed) return;
    securityPart?.close();
    securityPart?.element.remove();
    securityPart = security(person);
    if (standingPart) standingPart.update(person);
    else if (person.id !== session.user?.id) {
      standingPart = standing(person, { changed, deleted });
      content.append(standingPart.element);
    }
    content.append(securityPart.element);
  }

  function changed() {
    onchange();
    void load();
  }

  function deleted() {
    drawer.close();
    onchange();
  }

  return drawer.close;
}

/** An address that is too long for its line goes on after its `@`. @param {string} email */
function breakable(email) {
  const at = email.lastIndexOf("@") + 1;
  return [email.slice(0, at), h("wbr", {}), email.slice(at)];
}

/** What an address may hold is told from what would add readers or words to the mail. @param {string} email */
const mailTo = (email) => `mailto:${email.split("@").map(encodeURIComponent).join("@")}`;

/** Asking again would not bring them back. */
function nobody() {
  return emptyState({
    icon: "person",
    title: "There is no such person",
    text: "The link may be mistyped, or the account was deleted.",
  });
}

/** @param {User} person @param {HTMLElement} heading the name, which is also the name of the drawer */
function card(person, heading) {
  return [
    h(
      "div",
      { class: "person-head" },
      avatar(person, "large"),
      h(
        "div",
        {},
        heading,
        h(
          "p",
          { class: "person-badges" },
          roleBadge(person.role),
          person.status === "disabled" && badge("disabled", "danger"),
        ),
      ),
    ),
    h(
      "dl",
      { class: "facts" },
      h("dt", {}, "Username"),
      h("dd", {}, person.username),
      person.email && [
        h("dt", {}, "E-mail"),
        h("dd", {}, h("a", { href: mailTo(person.email) }, breakable(person.email))),
      ],
      h("dt", {}, "Member since"),
      h("dd", {}, longDate(person.created_at)),
      h("dt", {}, "Last seen"),
      h("dd", {}, person.last_seen ? ago(person.last_seen) : "never"),
    ),
    person.id === session.user?.id && h("a", { class: "button", href: "/account" }, "Change your profile"),
  ];
}
