/**
 * The frame around every page of a signed-in person: the rail when wide, the bar under the thumb when narrow,
 * the command palette everywhere.
 */
import { post } from "../core/api.js";
import { appearance, appearances, setAppearance } from "../core/appearance.js";
import { startClock } from "../core/clock.js";
import { confirm } from "../core/dialog.js";
import { fill, h } from "../core/dom.js";
import { isShortcut, shortcut, shortcutWords } from "../core/keys.js";
import { clearNotices, placeNotices, toast } from "../core/notices.js";
import { navigate } from "../core/router.js";
import { may, onSession, session, setUser } from "../core/session.js";
import { shareSession } from "../core/tabs.js";
import { attempt } from "./attempt.js";
import { avatar } from "./avatar.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { openPalette } from "./palette.js";
import { spot } from "./spot.js";

/**
 * @typedef {object} Place
 * @property {string} path
 * @property {string} stem the place is current on every address under it
 * @property {string} label
 * @property {import("./icons.js").IconName} icon
 * @property {string} needs a permission
 */

/**
 * Fills the rail; the answer marks the place one is in.
 * @param {Place[]} places
 * @param {import("./palette.js").Finder[]} finders
 */
export function mountFrame(places, finders) {
  const rail = /** @type {HTMLElement} */ (document.getElementById("rail"));
  const open = () => places.filter(({ needs }) => may(needs));

  /** @type {HTMLAnchorElement[]} */
  let links = [];

  function draw() {
    if (!session.user) return fill(rail);
    links = open().map((place) =>
      h(
        "a",
        { class: "rail-link", href: place.path, "data-stem": place.stem },
        icon(place.icon),
        h("span", {}, place.label),
        place.stem === "/admin" && [spot("waiting"), spot("held-up")],
      ),
    );
    const person = h(
      "button",
      { class: "rail-person", type: "button" },
      avatar(session.user),
      h("span", { class: "rail-name", dir: "auto" }, session.user.name || session.user.username),
      h("span", { class: "rail-you" }, "You"),
      icon("upDown"),
      h("span", { class: "visually-hidden" }, "(account menu)"),
    );
    fill(
      rail,
      h("a", { class: "rail-club", href: "/people" }, icon("mark"), h("span", {}, session.club)),
      h(
        "nav",
        { class: "rail-places", "aria-label": "Places" },
        h(
          "ul",
          { class: "rail-list" },
          links.map((link) => h("li", {}, link)),
        ),
      ),
      h(
        "button",
        {
          class: "rail-jump",
          type: "button",
          onclick: jump,
          "aria-keyshortcuts": shortcut("K"),
        },
        icon("search"),
        h("span", {}, "Jump to"),
        h("kbd", { "aria-hidden": "true" }, shortcutWords("K")),
      ),
      person,
      menu(person, "Account menu", personItems),
    );
    update();
  }

  function update() {
    for (const link of links) {
      const stem = link.dataset["stem"] ?? "";
      const current = location.pathname === stem || location.pathname.startsWith(`${stem}/`);
      link.ariaCurrent = current ? "page" : null;
    }
  }

  function jump() {
    const rooms = [...open(), { path: "/account", label: "Account", icon: /** @type {const} */ ("person") }];
    openPalette(
      rooms,
      finders.filter(({ needs }) => may(needs)),
    );
  }

  document.addEventListener("keydown", (event) => {
    if (!isShortcut(event, "K") || !session.user) return;
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) jump();
  });
  for (const name of /** @type {const} */ (["dragover", "drop"])) addEventListener(name, refuseFiles);
  onSession(draw);
  let whose = session.user?.id;
  onSession((ended) => {
    if (ended) return;
    const now = session.user?.id;
    if (whose && now !== whose) clearNotices(); // who would read them is somebody else
    whose = now;
  });
  shareSession();
  startClock();
  draw();
  return () => {
    update();
    placeNotices(); // a dialog may have gone with the page before
  };
}

/** Else the browser opens what is dropped in place of the page, and what was typed is gone. @param {DragEvent} event */
function refuseFiles(event) {
  // A page that takes files has said so before, or says so after this.
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

const stopUploads = {
  title: "Sign out and stop the uploads?",
  text: "What is not uploaded yet would have to be chosen again.",
  action: "Sign out",
};

/** @returns {import("./menu.js").Item[]} */
function personItems() {
  const now = appearance();
  return [
    { label: "Account", icon: "person", href: "/account" },
    "line",
    ...appearances.map(({ value, label, icon }) => ({
      label,
      icon,
      checked: value === now,
      onclick: () => setAppearance(value),
    })),
    "line",
    { label: "Sign out", icon: "door", onclick: () => void signOut() },
  ];
}

let leaving = false; // a menu does not wait for it, and can be pressed again

/**
 * Ends the session on the server first: a page that only looks signed out would be a lie. Uploads end with it; whether
 * there are any is found out as the browser does when the tab is closed, without their module.
 */
export async function signOut() {
  const wouldStop = !dispatchEvent(new Event("beforeunload", { cancelable: true }));
  if (wouldStop && !(await confirm(stopUploads))) return;
  if (leaving) return toast("This is being done already.");
  leaving = true;
  const late = setTimeout(() => (leaving = false), 10_000); // the line may have swallowed it
  await attempt(async () => {
    await post("/api/logout");
    setUser(null);
    await navigate("/sign-in");
  });
  clearTimeout(late);
  leaving = false;
}
