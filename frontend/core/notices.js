/** What happened, said twice: read out from a live region, and shown in a toast that can undo it. */
import { h } from "./dom.js";
import { isShortcut, shortcut, shortcutWords } from "./keys.js";

const listenedTo = 5; // of hundreds at once, all of which are seen somewhere

const textFields = "input:not([type=checkbox], [type=radio])"; // have an undo of their own

/** @type {Set<string>} what is about to be read out */
const said = new Set();

/**
 * Reads a sentence out without showing it, and with it what else is said at the same time.
 * @param {string} words
 */
export function announce(words) {
  const region = placeNotices().announcements;
  if (!region) return;
  // The same words twice are a change only when something stood between them.
  region.textContent = "";
  if (!said.size) setTimeout(read, 50, region);
  said.add(words);
}

/** @param {HTMLElement} region */
function read(region) {
  if (!said.size) return; // it was taken back
  region.replaceChildren(...[...said].slice(0, listenedTo).map((words) => h("div", {}, words)));
  said.clear();
}

/**
 * Shows a sentence for a while, with one way to take it back.
 * @param {import("./dom.js").Child} words
 * @param {{ undo?: () => void, danger?: boolean }} [options]
 */
export function toast(words, { undo, danger = false } = {}) {
  const element = h("div", { class: "toast", "data-tone": danger ? "danger" : null }, h("p", {}, words));
  const close = () => element.remove();
  if (undo) {
    const take = () => {
      close();
      undo();
    };
    element.append(
      h(
        "button",
        {
          class: "button",
          "data-look": "quiet",
          type: "button",
          "aria-keyshortcuts": shortcut("Z"),
          onclick: take,
        },
        "Undo",
        h("kbd", { "aria-hidden": "true" }, ` ${shortcutWords("Z")}`),
      ),
    );
    document.addEventListener("keydown", undoLast);
  }
  const { toasts } = placeNotices();
  // The same once more is no second thing to read.
  for (const other of toasts?.children ?? [])
    if (!undo && other.textContent === element.textContent) other.remove();
  toasts?.append(element);
  const isLong = undo || danger || element.querySelector("a");
  let timer = setTimeout(close, isLong ? 10_000 : 5_000);
  const wait = () => {
    clearTimeout(timer);
    if (!element.matches(":hover, :focus-within")) timer = setTimeout(close, 5_000);
  };
  for (const name of ["mouseenter", "mouseleave", "focusin", "focusout"])
    element.addEventListener(name, wait);
}

/** Leaves nothing of what was said, to be seen or heard; that the server cannot be reached is news to whoever comes. */
export function clearNotices() {
  said.clear();
  const { toasts, announcements } = placeNotices();
  for (const region of [toasts, announcements]) region?.replaceChildren();
}

/** The way to a toast by Tab is longer than it stays. @param {KeyboardEvent} event */
function undoLast(event) {
  const typing = event.target instanceof Element && event.target.matches(textFields);
  if (typing || !isShortcut(event, "Z")) return;
  const last = [...(placeNotices().toasts?.querySelectorAll("button") ?? [])].at(-1);
  if (!last) return;
  event.preventDefault();
  last.click();
}

/** @type {{ [id: string]: HTMLElement | null }} kept: they leave the document with a page whose dialog is open */
const regions = {};

/**
 * Puts what is said where it is seen, heard and pressed: an open dialog covers all that is not inside it. To be called
 * whenever a dialog comes or goes, or a page goes.
 */
export function placeNotices() {
  const room = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  for (const id of ["banner", "toasts", "announcements"]) {
    const region = (regions[id] ??= document.getElementById(id));
    if (region && region.parentElement !== room) room.append(region);
  }
  return regions;
}
