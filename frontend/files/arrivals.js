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
  /** @type {Set<EventTarget | null>} what one has dragged into, and not out of */
  const entered = new Set();
  let fromHere = false; // some browsers make a file of a picture that is dragged about in the page

  function showSheet() {
    // What is removed under the pointer is never left.
    for (const one of entered) if (one instanceof Node && !one.isConnected) entered.delete(one);
    sheet.hidden = !entered.size;
  }
  // A page put away while its person signs in again still listens; it takes nothing.
  const holdsFiles = (/** @type {DragEvent} */ event) =>
    place.isConnected && !fromHere && (event.dataTransfer?.types.includes("Files") ?? false);

  const over = () => (fromHere = false);
  addEventListener("dragstart", () => (fromHere = true), { signal });
  addEventListener("dragend", over, { signal });
  addEventListener("pointermove", over, { signal }); // what was dragged may be gone, and then hears of no end
  addEventListener(
    "dragenter",
    (event) => {
      if (!holdsFiles(event)) return;
      entered.add(event.target);
      showSheet();
    },
    { signal },
  );
  addEventListener(
    "dragleave",
    (event) => {
      entered.delete(event.target);
      showSheet();
    },
    { signal },
  );
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
      entered.clear();
      showSheet();
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
