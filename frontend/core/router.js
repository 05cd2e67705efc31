/**
 * Addresses and pages: which page an address means, real back and forward, titles, scroll and focus.
 *
 * A page exports `title` and `mount(element, params)` and returns its clean-up. A page that shows several addresses
 * (a list and one of its people) returns `{update, close}` instead, and is told of the next address rather than
 * mounted again. When a session ends, the page is taken out of sight but stays alive: if the same person comes back to
 * the same address in the same role, it is there as it was, with everything they had typed.
 */
import { match, safePath } from "./address.js";
import { h } from "./dom.js";
import { pressedLink } from "./links.js";
import { onScrolled, scrollBackTo, stopScrolling } from "./scroll.js";
import { may, session } from "./session.js";

/** @typedef {{ id: string, query: URLSearchParams }} Params */
/** @typedef {{ update: (params: Params) => void, close: () => void }} Kept */
/** @typedef {{ title: string, mount: (element: HTMLElement, params: Params) => (() => void) | Kept }} Page */

/**
 * @typedef {object} Route
 * @property {string} path `/files`, or `/people/:id?`: also for one of them
 * @property {() => Promise<Page>} load
 * @property {"public" | "guest" | "member"} access `guest`: only while nobody is signed in
 * @property {string} [needs] a permission
 */

/**
 * @typedef {object} Site
 * @property {string} home where `/` leads members
 * @property {Route[]} routes
 * @property {Page} failed shown when a page could not be loaded, so it must be there already
 * @property {() => Promise<Page>} forbidden
 * @property {() => Promise<Page>} missing
 * @property {HTMLElement} outlet
 * @property {() => Promise<void> | undefined} dressed resolves when the styles that a page may need are there
 * @property {() => void} arrived called when the address has its page
 */

/**
 * @typedef {object} Shown
 * @property {Route} route
 * @property {string} href
 * @property {HTMLElement} element
 * @property {Kept} kept
 * @property {boolean} canUpdate
 * @property {import("./session.js").Me | null} owner the person it was made for
 * @property {string} [title] of the window, how far one had read and where one was, when it went out of sight
 * @property {number} [scroll]
 * @property {Element | null} [focus]
 */

/** @type {Site} */
let site;
/** @type {Shown | null} */
let shown = null;
/** @type {Shown | null} what the person whose session ended was looking at */
let held = null;
let turn = 0;

/**
 * Takes over links and the back button, and shows the address the browser stands on.
 * @param {Site} setup
 */
export function startRouter(setup) {
  site = setup;
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => void show(false));
  addEventListener("pagehide", rememberScroll);
  onScrolled(rememberScroll);
  document.addEventListener("click", followLink);
  void show(true);
}

/**
 * Goes to an address of this site.
 * @param {string} href
 * @param {{ replace?: boolean }} [options] `replace` leaves no step to come back to
 * @returns {Promise<void>}
 */
export function navigate(href, { replace = false } = {}) {
  rememberScroll();
  if (href !== here() + location.hash) {
    const state = { inside: replace ? history.state?.inside : true };
    history[replace ? "replaceState" : "pushState"](state, "", href);
  }
  return show(false);
}

/** Asks once more for a page that did not come. @returns {Promise<boolean>} whether it came */
export async function showAgain() {
  if (shown?.href === here()) return false; // it came, and broke
  const page = await loaderOf(find(location.pathname).route)().catch(() => null);
  if (page) await show(false);
  return page !== null;
}

/** Goes back where one came from inside this site, or else to this address. @param {string} fallback */
export function goBack(fallback) {
  if (history.state?.inside) history.back();
  else void navigate(fallback, { replace: true });
}

/** What this step of the history should still know when one comes back to it. @param {object} facts */
export function remember(facts) {
  history.replaceState({ ...history.state, ...facts }, "");
}

/** @returns {{ [fact: string]: any }} */
export function remembered() {
  return history.state ?? {};
}

/** @param {string} title */
export function setTitle(title) {
  document.title = title ? `${title} · ${session.club}` : session.club;
}

/**
 * The session ended: the page goes out of sight, and signing in leads back to it. One that is everybody's stays: it may
 * hold the token of a mailed link. Only the palette over it is for members.
 */
export function leaveForSignIn() {
  if (isPublic()) return closeDialogs(shown);
  held ??= shown && {
    ...shown,
    title: document.title,
    scroll: window.scrollY,
    focus: document.activeElement,
  };
  shown = null;
  void navigate(signInFirst(), { replace: true });
}

/**
 * Where somebody's page waits for them to sign in again; null where none does, or none of this person's.
 * @param {import("./session.js").Me} [person]
 */
export const heldAt = (person) => (held && (!person || held.owner?.id === person.id) ? held.href : null);

/** The address is that of a page for everybody, whether they are signed in or not. */
export const isPublic = () => find(location.pathname).route?.access === "public";

const here = () => location.pathname + location.search;
/** @param {string} [hash] where it holds no token */
const signInFirst = (hash = "") => `/sign-in?next=${encodeURIComponent(here() + hash)}`;

/** @param {boolean} first @returns {Promise<void>} */
async function show(first) {
  const href = here();
  turn += 1;
  const mine = turn;
  site.outlet.removeAttribute("aria-busy");
  // A link with a token, pasted over its page, is another one.
  if (shown?.href === href && !location.hash.startsWith("#token=")) {
    if (history.state?.scroll >= 0) window.scrollTo(0, history.state.scroll);
    return;
  }
  if (location.pathname === "/") return navigate(session.user ? site.home : "/sign-in", { replace: true });
  const { route, params } = find(location.pathname);
  if (route?.access === "guest" && session.user)
    return navigate(safePath(params.query.get("next")), { replace: true });
  if (route?.access === "member" && !session.user)
    return navigate(signInFirst(location.hash), { replace: true });
  if (shown?.canUpdate && shown.route === route) {
    shown.href = href;
    shown.kept.update(params);
    site.arrived();
    return;
  }
  if (held && session.user) {
    const back = held;
    held = null;
    if (back.href === href && isFor(session.user, back.owner)) return bringBack(back);
    putAway(back);
  }
  const load = loaderOf(route);
  site.outlet.setAttribute("aria-busy", "true");
  const [page] = await Promise.all([load().catch(() => site.failed), site.dressed()]);
  if (mine !== turn) return;
  site.outlet.removeAttribute("aria-busy");
  // What did not come can be asked for once more.
  put(page, route ?? { path: "", load, access: "public" }, page === site.failed ? "" : href, params);
  arrive(first);
}

/** @param {Route | undefined} route */
function loaderOf(route) {
  if (route?.needs && !may(route.needs)) return site.forbidden;
  return route?.load ?? site.missing;
}

/** @param {Page} page @param {Route} route @param {string} href @param {Params} params */
function put(page, route, href, params) {
  putAway(shown);
  shown = null;
  const element = h("div", { class: "page" });
  site.outlet.replaceChildren(element);
  setTitle(page.title);
  const mounted = mountOrFail(page, element, params);
  const canUpdate = typeof mounted !== "function";
  const kept = canUpdate ? mounted : { update: () => {}, close: mounted };
  shown = { route, href, element, kept, canUpdate, owner: session.user };
}

/**
 * A page that breaks while it is built leaves a sentence and a button, not an empty room.
 * @param {Page} page
 * @param {HTMLElement} element
 * @param {Params} params
 */
function mountOrFail(page, element, params) {
  try {
    return page.mount(element, params);
  } catch (error) {
    reportError(error);
    element.replaceChildren();
    return site.failed.mount(element, params);
  }
}

/** For good. @param {Shown | null} gone */
function putAway(gone) {
  stopScrolling();
  gone?.kept.close();
  closeDialogs(gone);
}

/** Only a dialog that is closed tells who waits for its answer. @param {Shown | null} one */
function closeDialogs(one) {
  for (const dialog of one?.element.querySelectorAll("dialog") ?? []) dialog.close();
}

/**
 * With another role, other doors are open.
 * @param {import("./session.js").Me} person @param {Shown["owner"]} owner
 */
const isFor = (person, owner) => person.id === owner?.id && person.role === owner.role;

/** @param {Shown} back */
function bringBack(back) {
  putAway(shown);
  shown = back;
  site.outlet.replaceChildren(back.element);
  for (const dialog of back.element.querySelectorAll("dialog")) {
    dialog.removeAttribute("open");
    dialog.showModal();
  }
  if (back.focus instanceof HTMLElement) back.focus.focus({ preventScroll: true });
  document.title = back.title ?? "";
  remember({ scroll: back.scroll });
  back.kept.update(find(location.pathname).params);
  arrive(false);
}

/**
 * Focus goes to the heading, so that it is read out, unless the page chose better; scroll to where one was.
 * @param {boolean} first
 */
function arrive(first) {
  const outlet = site.outlet;
  // The link that skips to the content has put the focus on the outlet itself.
  if (!first && !outlet.firstElementChild?.contains(document.activeElement)) {
    const heading = outlet.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }
  scrollBackTo(outlet, history.state?.scroll ?? 0);
  site.arrived();
}

function rememberScroll() {
  if (shown?.href === here()) remember({ scroll: window.scrollY });
}

/** @param {string} pathname @returns {{ route: Route | undefined, params: Params }} */
function find(pathname) {
  const query = new URLSearchParams(location.search);
  for (const route of site.routes) {
    const id = match(route.path, pathname);
    if (id !== null) return { route, params: { id, query } };
  }
  return { route: undefined, params: { id: "", query } };
}

/** @param {MouseEvent} event */
function followLink(event) {
  const link = pressedLink(event);
  if (!link) return;
  const to = link.pathname + link.search;
  if (link.hash && to === here()) return rememberScroll();
  if (link.pathname !== "/" && !find(link.pathname).route) return;
  event.preventDefault();
  // The second half of a double click was not meant for what the first has brought beneath it.
  if (event.detail < 2 && to !== here()) void navigate(to + link.hash);
}
