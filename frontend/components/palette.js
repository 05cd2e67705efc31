/** The command palette: jump to a place, a person or a file by typing. A combobox over a list of links. */
import { newest } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { fill, h, uniqueId } from "../core/dom.js";
import { count } from "../core/format.js";
import { announce } from "../core/notices.js";
import { navigate } from "../core/router.js";
import { icon } from "./icons.js";

/** @typedef {import("./icons.js").IconName} IconName */
/** @typedef {{ path: string, label: string, icon: IconName }} Room */
/** @typedef {{ icon: IconName, label: string, detail: string, href: string }} Found */
/** @typedef {{ find: (words: string, signal: AbortSignal) => Promise<Found[]> }} FinderModule */
/** @typedef {{ label: string, needs: string, load: () => Promise<FinderModule> }} Finder */

/**
 * @param {Room[]} rooms
 * @param {Finder[]} finders
 */
export function openPalette(rooms, finders) {
  /** @type {{ label: string, found: Found[] }[]} */
  let groups = [];
  /** @type {Found | undefined} what Enter opens: it stays so when others come before it */
  let marked;
  let asking = false;
  let failed = false;
  const next = newest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const list = h("div", {
    class: "palette-list",
    role: "listbox",
    id: uniqueId(),
    "aria-label": "Places, people and files",
  });
  const nothing = h("p", { class: "palette-nothing", hidden: true });
  const input = h("input", {
    class: "palette-input",
    type: "text",
    role: "combobox",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
    "aria-label": "Jump to a place, a person or a file",
    placeholder: "Jump to a place, a person or a file",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
    oninput: search,
    onkeydown: walk,
  });
  const { close } = openDialog({
    title: "Jump to",
    look: "palette",
    hideTitle: true,
    content: [h("div", { class: "palette-field" }, icon("search"), input), list, nothing],
    onclose: () => {
      clearTimeout(timer);
      next();
    },
  });
  search();

  function search() {
    const words = input.value.trim();
    const signal = next();
    clearTimeout(timer);
    groups = [{ label: "Places", found: placesNamed(rooms, words) }];
    marked = undefined;
    failed = false;
    asking = words !== "";
    update();
    if (words) timer = setTimeout(() => void ask(words, signal), 150);
  }

  /** @param {string} words @param {AbortSignal} signal */
  async function ask(words, signal) {
    await Promise.all(
      finders.map(async ({ label, load }, place) => {
        try {
          const { find } = await load();
          const found = await find(words, signal);
          if (signal.aborted) return;
          groups[place + 1] = { label, found };
          update();
        } catch {
          failed ||= !signal.aborted; // which does not silence the others
        }
      }),
    );
    if (signal.aborted) return;
    asking = false;
    update();
    announce(failed ? nothing.textContent : count(all().length, "match", "matches"));
  }

  function all() {
    return groups.flatMap((group) => group?.found ?? []);
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    // These keys choose among characters; Safari tells the last of them by its code alone.
    if (event.isComposing || event.keyCode === 229) return;
    const found = all();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const at = marked ? found.indexOf(marked) + (event.key === "ArrowDown" ? 1 : -1) : 0;
      marked = found.at(at % found.length);
      update();
    }
    if (event.key === "Enter" && marked) {
      event.preventDefault();
      go(marked);
    }
  }

  /** @param {Found} found */
  function go(found) {
    close();
    void navigate(found.href);
  }

  function update() {
    marked ??= all()[0];
    /** @type {HTMLElement | undefined} */
    let active;
    fill(
      list,
      groups.map((group) => {
        if (!group?.found.length) return null;
        const label = uniqueId();
        return h(
          "div",
          { role: "group", "aria-labelledby": label },
          h("p", { class: "palette-label", id: label, role: "presentation" }, group.label),
          group.found.map((one) => {
            const selected = one === marked;
            const option = h(
              "div",
              {
                class: "palette-option",
                role: "option",
                id: uniqueId(),
                "aria-selected": String(selected),
                onclick: () => go(one),
              },
              icon(one.icon),
              h("span", { class: "palette-name", dir: "auto" }, one.label),
              h("span", { class: "palette-detail" }, one.detail),
            );
            if (selected) active = option;
            return option;
          }),
        );
      }),
    );
    nothing.textContent = failed
      ? "Not everything could be searched: try again in a moment."
      : "Nothing by that name.";
    nothing.hidden = asking || (marked !== undefined && !failed);
    list.hidden = !marked;
    input.ariaExpanded = String(!list.hidden);
    input.setAttribute("aria-activedescendant", active?.id ?? "");
    active?.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Room[]} rooms @param {string} words @returns {Found[]} */
function placesNamed(rooms, words) {
  return rooms
    .filter(({ label }) => label.toLowerCase().includes(words.toLowerCase()))
    .map(({ icon, label, path }) => ({ icon, label, detail: "", href: path }));
}
