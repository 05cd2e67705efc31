/**
 * A button that opens a list of actions, by mouse, touch, and arrow keys. The browser's popover closes it on
 * Escape and on a click beside it.
 */
import { h, uniqueId } from "../core/dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * @typedef {object} Action
 * @property {string} label
 * @property {IconName} [icon]
 * @property {string} [href]
 * @property {boolean} [download] the address is kept, not gone to
 * @property {() => void} [onclick]
 * @property {boolean} [checked] one of several of which one holds
 * @property {boolean} [danger]
 */
/** @typedef {Action | "line"} Item */

/**
 * Makes `button` open a menu; `items` is asked each time it opens.
 * @param {HTMLButtonElement} button
 * @param {string} label
 * @param {() => Item[]} items
 * @returns {HTMLElement} the menu, to be put beside the button
 */
export function menu(button, label, items) {
  const list = h("div", {
    class: "menu",
    role: "menu",
    popover: "auto",
    id: uniqueId(),
    "aria-label": label,
  });
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.popoverTargetElement = list;

  let frame = 0;
  list.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    list.replaceChildren(...items().map((item) => entry(item, list)));
    // "toggle" comes after the menu was painted once, in a corner; a frame is asked for before that.
    requestAnimationFrame(() => place(list, button));
  });
  list.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    button.setAttribute("aria-expanded", String(open));
    cancelAnimationFrame(frame);
    if (!open) return;
    focusable(list)[0]?.focus();
    follow();
  });

  /** Stays beside the button, whatever moves the page. What is redrawn meanwhile is gone without a word. */
  function follow() {
    if (!list.isConnected) return;
    place(list, button);
    frame = requestAnimationFrame(follow);
  }

  list.addEventListener("keydown", (event) => {
    const all = focusable(list);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    }
    if (event.key === "Tab") list.hidePopover();
    // Of itself a link takes only Enter.
    if (event.key === " " && event.target instanceof HTMLAnchorElement) {
      event.preventDefault();
      event.target.click();
    }
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    list.showPopover();
  });
  return list;
}

/** @param {HTMLElement} list */
const focusable = (list) => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role^=menuitem]")]);

/** @param {Item} item @param {HTMLElement} list */
function entry(item, list) {
  if (item === "line") return h("hr", {});
  const choose = () => {
    list.hidePopover();
    item.onclick?.();
  };
  const attributes = {
    class: "menu-item",
    role: item.checked === undefined ? "menuitem" : "menuitemradio",
    "aria-checked": item.checked === undefined ? null : String(item.checked),
    tabindex: "-1",
    "data-tone": item.danger ? "danger" : null,
    onclick: choose,
  };
  const content = [
    item.icon && icon(item.icon),
    h("span", {}, item.label),
    item.checked === true && icon("check"),
  ];
  return item.href
    ? h("a", { ...attributes, href: item.href, download: item.download }, content)
    : h("button", { ...attributes, type: "button" }, content);
}

/**
 * Beneath its button where there is room, else above; never over the edge.
 * @param {HTMLElement} list
 * @param {HTMLElement} button
 */
function place(list, button) {
  const edge = 8;
  const anchor = button.getBoundingClientRect();
  const below = anchor.bottom + edge / 2;
  const fits = below + list.offsetHeight + edge <= innerHeight;
  const left = Math.min(anchor.left, document.documentElement.offsetWidth - list.offsetWidth - edge);
  list.style.top = `${fits ? below : Math.max(edge, anchor.top - list.offsetHeight - edge / 2)}px`;
  list.style.left = `${Math.max(edge, left)}px`;
}
