/**
 * The queue of uploads as one sees it: a bar, how fast and how long for each, cancel and retry, and why one
 * was refused. What has arrived leaves it at once: it stands among the files beneath.
 */
import { h } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { icon } from "../components/icons.js";
import { progressWords } from "./pace.js";
import { drop, onUploads, retry, uploads } from "./uploads.js";

/** @typedef {import("./uploads.js").Upload} Upload */

/** Shows the queue, nothing while it is empty. */
export function uploadQueue() {
  const heading = h("h2", { class: "queue-heading" });
  const list = h("ul", { class: "queue-list" });
  const element = h("section", { class: "queue", "aria-label": "Uploads" }, heading, list);
  /** @type {Map<Upload, { element: HTMLElement, update: () => void }>} */
  const rows = new Map();

  function update() {
    const all = uploads();
    const now = all.filter(({ state }) => state !== "done");
    for (const [one, row] of rows) {
      if (now.includes(one)) continue;
      if (row.element.contains(document.activeElement)) focusNear(row.element);
      row.element.remove();
      rows.delete(one);
    }
    for (const one of now) {
      if (!rows.has(one)) {
        const row = uploadRow(one);
        rows.set(one, row);
        list.append(row.element);
      }
      rows.get(one)?.update();
    }
    element.hidden = !all.length;
    list.hidden = !now.length;
    heading.textContent = headline(all);
  }

  /** @param {HTMLElement} row */
  function focusNear(row) {
    const other = row.nextElementSibling ?? row.previousElementSibling;
    const target =
      other?.querySelector("button:not([hidden], :disabled)") ??
      [...document.querySelectorAll(".files-choose")].at(-1); // where there is no file, the one in the middle
    if (target instanceof HTMLElement) target.focus();
  }

  const stop = onUploads(update);
  update();
  return { element, close: stop };
}

/** @param {readonly Upload[]} all */
function headline(all) {
  const failed = all.filter(({ state }) => state === "failed").length;
  const done = all.filter(({ state }) => state === "done").length;
  const open = all.length - failed - done;
  if (open) return `Uploading ${count(open, "file", "files")}${failed ? `, ${failed} not uploaded` : ""}`;
  return failed
    ? `${count(failed, "file was", "files were")} not uploaded`
    : `${count(done, "file", "files")} uploaded`;
}

/** @param {Upload} one */
function uploadRow(one) {
  const bar = h("progress", { class: "queue-bar", max: 1, "aria-label": `Upload of ${one.file.name}` });
  const words = h("p", { class: "queue-words" });
  const again = h(
    "button",
    { class: "button", "data-look": "quiet", type: "button", onclick: () => retry(one) },
    "Try again",
  );
  const away = h("button", { class: "icon-button", type: "button", onclick: () => drop(one) }, icon("close"));
  const element = h(
    "li",
    { class: "queue-item" },
    h(
      "div",
      { class: "queue-main" },
      h("p", { class: "queue-name", dir: "auto" }, one.file.name),
      bar,
      words,
    ),
    again,
    away,
  );

  function update() {
    const { state, file, sent } = one;
    // Of hundreds that wait or have failed, nothing has to be written anew each time one gets a little further.
    if (state === element.dataset.state && state !== "sending") return;
    element.dataset.state = state;
    bar.hidden = state === "failed";
    bar.value = sent / Math.max(1, file.size);
    words.textContent = {
      waiting: `Waiting · ${size(file.size)}`,
      sending: progressWords(sent, file.size, one.pace.speed),
      done: "",
      failed: one.problem,
    }[state];
    const offered = state === "failed" && one.canRetry;
    if (!offered && document.activeElement === again) away.focus();
    again.hidden = !offered;
    away.ariaLabel = `${state === "failed" ? "Dismiss" : "Cancel"} ${file.name}`;
  }

  return { element, update };
}
