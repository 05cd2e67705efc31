/** One file, large, with what is known of it beside. Arrow keys lead to the next. */
import { get, isAbort, isGone, newest, sentence } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { fill, h } from "../core/dom.js";
import { dateAndTime, number, size } from "../core/format.js";
import { announce, toast } from "../core/notices.js";
import { setTitle } from "../core/router.js";
import { attempt } from "../components/attempt.js";
import { choices } from "../components/choices.js";
import { icon } from "../components/icons.js";
import { emptyState, errorState } from "../components/states.js";
import { deleteFile, mayChange, mayHide, openRename, setVisibility } from "./changes.js";
import { kindWords, ownerName } from "./shelf.js";
import { content } from "./stage.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */

/**
 * @param {object} options
 * @param {() => readonly StoredFile[]} options.files what one can walk through
 * @param {() => boolean} options.hasMore
 * @param {() => Promise<void>} options.loadMore
 * @param {(id: string) => void} options.onmove
 * @param {() => void} options.onclose
 * @param {(before: StoredFile, after: StoredFile | null) => void} options.onchange
 */
export function openPreview({ files, hasMore, loadMore, onmove, onclose, onchange }) {
  const next = newest();
  /** @type {StoredFile | null} */
  let file = null;

  const stage = h("div", { class: "preview-stage" });
  const panel = h("div", { class: "preview-panel" });
  const back = step("left", "Previous file", -1);
  const forth = step("right", "Next file", 1);
  const closing = h(
    "button",
    {
      class: "icon-button preview-close",
      type: "button",
      "aria-label": "Close",
      onclick: () => dialog.close(),
    },
    icon("close"),
  );
  const dialog = openDialog({
    title: "File",
    look: "lightbox",
    hideTitle: true,
    content: [closing, h("div", { class: "preview-room" }, stage, back, forth), panel],
    onclose: () => {
      next();
      onclose();
    },
  });
  dialog.element.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLMediaElement || event.target instanceof HTMLInputElement) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser's own: back, forward
    if (event.key === "ArrowLeft") void walk(-1);
    else if (event.key === "ArrowRight") void walk(1);
  });

  /** @param {import("../components/icons.js").IconName} name @param {string} label @param {number} way */
  function step(name, label, way) {
    return h(
      "button",
      {
        class: "icon-button preview-step",
        "data-way": name,
        type: "button",
        "aria-label": label,
        onclick: () => walk(way),
      },
      icon(name),
    );
  }

  const place = () => files().findIndex((one) => one.id === file?.id);

  /** @param {number} way */
  async function walk(way) {
    const at = place();
    if (at + way === files().length && !(await attempt(loadMore))) return;
    const other = at < 0 || place() !== at ? undefined : files()[at + way];
    if (other && dialog.element.open) onmove(other.id);
  }

  /** Shows what is known at once, else asks. @param {string} id */
  async function open(id) {
    const known = files().find((one) => one.id === id);
    const signal = next();
    if (known) return draw(known, signal);
    try {
      draw((await get(`/api/uploads/${encodeURIComponent(id)}`, { signal })).data, signal);
    } catch (error) {
      if (isAbort(error)) return;
      fill(stage, isGone(error) ? noSuchFile() : errorState(error, () => open(id)));
      panel.hidden = true;
      update();
    }
  }

  /** @param {StoredFile} found @param {AbortSignal} signal */
  function draw(found, signal) {
    if (file?.id !== found.id)
      fill(
        stage,
        content(found, signal, () => void tryAgain(found, signal)),
      );
    if (file && file.id !== found.id) announce(found.name); // the first one names the dialog
    describe(found);
  }

  /**
   * What does not show may have been deleted meanwhile, or the line was gone: once that is known, it is tried again.
   * @param {StoredFile} found @param {AbortSignal} signal
   */
  async function tryAgain(found, signal) {
    try {
      await get(`/api/uploads/${found.id}`, { signal });
      fill(
        stage,
        content(found, signal, () => {}),
      );
      update();
    } catch (error) {
      if (!isGone(error)) return;
      toast(sentence(error), { danger: true });
      onchange(found, null);
    }
  }

  /** Whoever stood on one of the controls stands on the same one afterwards. @param {StoredFile} found */
  function describe(found) {
    const controls = () => [...panel.querySelectorAll("a, button, input")];
    const stood = controls().indexOf(/** @type {Element} */ (document.activeElement));
    file = found;
    setTitle(found.name);
    dialog.heading.textContent = found.name;
    fill(panel, about(found));
    panel.hidden = false;
    /** @type {HTMLElement | undefined} */ (controls()[stood])?.focus();
    update();
  }

  function update() {
    const at = place();
    back.disabled = at <= 0;
    forth.disabled = at < 0 || (at === files().length - 1 && !hasMore());
    // Where there is no focus, the arrow keys do nothing.
    const stands = document.activeElement;
    if (stands === document.body || stands?.matches(":disabled")) closing.focus();
  }

  /** @param {StoredFile} found */
  function about(found) {
    /** @param {StoredFile | null} after */
    const changed = (after) => {
      onchange(found, after);
      if (after && file?.id === after.id && dialog.element.open) describe(after);
    };
    const mine = mayChange(found);
    const hides = mayHide(found);
    const seen = choices({
      look: "segments",
      label: "Who can see it",
      value: found.visibility,
      choices: [
        { value: "private", label: "Private", icon: "lock" },
        { value: "members", label: "All members", icon: "people" },
      ],
      onchange: (value) =>
        void setVisibility(found, /** @type {StoredFile["visibility"]} */ (value), changed),
    });
    return [
      h("p", { class: "preview-name", "aria-hidden": "true" }, found.name),
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, "Kind"),
        h("dd", {}, kindWords(found)),
        h("dt", {}, "Size"),
        h("dd", { class: "number" }, size(found.size)),
        found.width && [
          h("dt", {}, "Picture"),
          h("dd", { class: "number" }, `${number(found.width)} × ${number(found.height ?? 0)}`),
        ],
        h("dt", {}, "From"),
        h("dd", {}, ownerName(found)),
        h("dt", {}, "Added"),
        h("dd", { class: "number" }, dateAndTime(found.created_at)),
        !hides && [
          h("dt", {}, "Seen by"),
          h("dd", {}, found.visibility === "members" ? "all members" : "its owner"),
        ],
      ),
      hides &&
        h(
          "div",
          { class: "preview-seen" },
          h("p", { class: "field-label", "aria-hidden": "true" }, "Who can see it"),
          seen.element,
        ),
      h(
        "div",
        { class: "preview-actions" },
        h(
          "a",
          { class: "button", "data-look": "primary", href: `${found.url}?download=1`, download: true },
          icon("download"),
          "Download",
        ),
        mine && [
          h(
            "button",
            { class: "button", type: "button", onclick: () => openRename(found, changed) },
            "Rename",
          ),
          h(
            "button",
            {
              class: "button",
              "data-look": "quiet-danger",
              type: "button",
              onclick: () => deleteFile(found, changed),
            },
            "Delete",
          ),
        ],
      ),
    ];
  }

  return { open, update, close: dialog.close };
}

/** Asking again would not bring it back. */
function noSuchFile() {
  return emptyState({
    icon: "file",
    title: "There is no such file",
    text: "It was deleted, or nobody but its owner can see it.",
  });
}
