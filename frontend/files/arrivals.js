/**
 * Files that come to the page by being dropped anywhere on it or pasted. A calm sheet over the page says so
 * while one drags.
 */
import { h } from "../core/dom.js";
import { icon } from "../components/icons.js";

/** @typedef {{ file: File, problem?: string }} Arrived */

/** Fingers neither drop nor paste files: where there is no finer pointer, nothing speaks of it. */
export const canDrop = () => matchMedia("(any-pointer: fine)").matches;

/**
 * Listens until the answer is called.
 * @param {HTMLElement} place where the sheet is shown
 * @param {(arrived: Arrived[]) => void} take
 */
export function takeArrivals(place, take) {
  const sheet = h(
    "div",
    { class: "drop-sheet", hidden: true, "aria-hidden": "true" },
    h("div", {}, icon("upload"), h("p", {}, "Drop to upload")),
  );
  place.append(sheet);
  const stop = new AbortController();
  const { signal } = stop;
  let depth = 0;

  /** @param {number} now */
  const setDepth = (now) => {
    depth = Math.max(0, now);
    sheet.hidden = !depth;
  };
  // A page put away while its person signs in again still listens; it takes nothing.
  const holdsFiles = (/** @type {DragEvent} */ event) =>
    place.isConnected && (event.dataTransfer?.types.includes("Files") ?? false);

  addEventListener("dragenter", (event) => holdsFiles(event) && setDepth(depth + 1), { signal });
  addEventListener("dragleave", (event) => holdsFiles(event) && setDepth(depth - 1), { signal });
  addEventListener(
    "dragover",
    (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      /** @type {DataTransfer} */ (event.dataTransfer).dropEffect = "copy";
    },
    { signal },
  );
  addEventListener(
    "drop",
    (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setDepth(0);
      take(dropped(/** @type {DataTransfer} */ (event.dataTransfer)));
    },
    { signal },
  );
  addEventListener(
    "paste",
    (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || !place.isConnected || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      take(files.map((file) => ({ file })));
    },
    { signal },
  );
  return () => stop.abort();
}

/** @param {DataTransfer} given @returns {Arrived[]} */
function dropped(given) {
  return [...given.items]
    .filter(({ kind }) => kind === "file")
    .flatMap((item) => {
      const file = item.getAsFile();
      if (!file) return [];
      if (!item.webkitGetAsEntry()?.isDirectory) return [{ file }];
      return [{ file, problem: "This is a folder. Open it and drop the files in it." }];
    });
}
