/**
 * The club's files. The address holds search, kind, sort and view, and which file is open; uploads go on when
 * one leaves.
 */
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { goBack, navigate, setTitle } from "../core/router.js";
import { session } from "../core/session.js";
import { filterBy, filtersIn } from "../components/filters.js";
import { icon } from "../components/icons.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/page-head.js";
import { emptyState } from "../components/states.js";
import { canDrop, takeArrivals } from "./arrivals.js";
import { onRestored } from "./changes.js";
import { openPreview } from "./preview.js";
import { uploadQueue } from "./queue.js";
import { shelf } from "./shelf.js";
import { toolbar, viewOf } from "./toolbar.js";
import { onUploads, upload } from "./uploads.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */

export const title = "Files";

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const filterNames = /** @type {const} */ (["q", "type", "sort", "view"]);

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let filters = filtersIn(params.query, filterNames);
  let wantedId = params.query.get("file") ?? "";
  let openId = "";
  /** @type {ReturnType<typeof openPreview> | null} */
  let preview = null;

  // Buttons open it; nobody meets it beside them.
  const picker = h("input", {
    hidden: true,
    type: "file",
    multiple: true,
    "aria-label": "Choose files",
    onchange: () => {
      upload([...(picker.files ?? [])].map((file) => ({ file })));
      picker.value = "";
    },
  });
  const tools = toolbar(filters, change);
  const queue = uploadQueue();
  const items = shelf({ href: (id) => withQuery("/files", { ...filters, file: id }), onchange: changed });
  const list = listing({
    address: (limit) => {
      const { q, type, sort } = filters;
      return withQuery("/api/uploads", { q, type, sort, limit, count: true });
    },
    page: 48,
    draw: (/** @type {StoredFile[]} */ files) => {
      items.update(files, viewOf(filters));
      return items.element;
    },
    empty: nothing,
    bones: skeleton,
    words: (total) => count(total, "file", "files"),
    onupdate(files) {
      const empty = files?.length === 0 && !filters.q && !filters.type;
      tools.element.hidden = empty;
      element.toggleAttribute("data-empty", empty);
      preview?.update();
    },
  });

  element.classList.add("files");
  element.append(
    pageHead(
      title,
      list.counter,
      h("div", { class: "page-actions" }, chooser("Upload files"), picker),
      h(
        "p",
        { class: "files-hint" },
        canDrop() && "Drop or paste files anywhere on this page. ",
        `Up to ${size(session.maxUpload)} each; new ones are yours alone until you show them.`,
      ),
    ),
    queue.element,
    tools.element,
    list.element,
  );
  const stopArrivals = takeArrivals(element, upload);
  let arrived = false;
  let asking = false;
  const stopUploads = onUploads((finished) => {
    if (!finished) return;
    arrived = true;
    if (!asking) void showArrived();
  });

  /**
   * Asks for the list once for several that arrive together, and once more for what arrives meanwhile: in the place of
   * one whose answer is long in coming, too.
   */
  async function showArrived() {
    asking = true;
    while (arrived) {
      await pause(150);
      arrived = false;
      await Promise.race([list.reload(), pause(10_000)]);
    }
    asking = false;
  }

  const stopRestored = onRestored(async ({ id }) => {
    await list.reload();
    if (document.activeElement === document.body) focusOn(id); // "Undo" had it, and is gone
  });

  /** @param {string} label */
  function chooser(label) {
    return h(
      "button",
      {
        class: "button files-choose",
        "data-look": "primary",
        type: "button",
        onclick: () => picker.click(),
      },
      icon("upload"),
      label,
    );
  }

  /** @param {Partial<typeof filters>} changes */
  function change(changes) {
    filterBy("/files", filters, changes);
  }

  /**
   * A file has another name or other readers, or is gone.
   * @param {StoredFile} before
   * @param {StoredFile | null} after
   */
  function changed(before, after) {
    if (!after && openId === before.id) {
      preview?.close();
      preview = null; // it tells that it has closed only later
    }
    const files = list.items();
    if (!files) return;
    const at = files.findIndex((one) => one.id === before.id);
    if (at < 0) return void list.reload();
    const left = after ? files.with(at, after) : files.toSpliced(at, 1);
    list.replace(left);
    // Redrawn, the link that had the focus is another one.
    const id = after?.id ?? left[Math.min(at, left.length - 1)]?.id;
    // Who went on to something else meanwhile stays there.
    const stands = document.activeElement;
    if (!preview && (stands === document.body || list.element.contains(stands))) focusOn(id);
  }

  /** @param {string | undefined} id */
  function focusOn(id) {
    const at = list.items()?.findIndex((one) => one.id === id) ?? -1;
    const link = element.querySelectorAll(".shelf-link")[at] ?? element.querySelector(".files-empty button");
    if (link instanceof HTMLElement) link.focus();
  }

  function skeleton() {
    return h(
      "div",
      { class: "skeleton shelf", "data-view": viewOf(filters), "aria-hidden": "true" },
      Array.from({ length: 8 }, () => h("div", { class: "shelf-bone" })),
    );
  }

  function nothing() {
    if (filters.q || filters.type) {
      const all = h(
        "button",
        { class: "button", type: "button", onclick: () => change({ q: "", type: "" }) },
        "Show all files",
      );
      return emptyState({
        icon: "files",
        title: filters.q ? `No file found for “${filters.q}”` : "No file of this kind",
        text: advice(filters),
        action: all,
      });
    }
    return h(
      "div",
      { class: "files-empty" },
      emptyState({
        icon: "upload",
        title: canDrop() ? "Drop files here" : "No files yet",
        text: "Pictures, recordings, minutes: what the club should have at hand.",
        action: chooser("Choose files"),
      }),
    );
  }

  /** Opens or closes a file over the list, as the address says. */
  function showFile() {
    const id = wantedId;
    if (id === openId) return;
    openId = id;
    if (!id) {
      const was = preview;
      preview = null;
      was?.close();
      return setTitle(title);
    }
    preview ??= openPreview({
      files: () => list.items() ?? [],
      hasMore: list.hasMore,
      loadMore: list.loadMore,
      onmove: (other) => void navigate(withQuery("/files", { ...filters, file: other }), { replace: true }),
      onclose: () => {
        const closed = openId;
        preview = null;
        openId = "";
        if (!closed) return;
        setTitle(title);
        goBack(withQuery("/files", filters));
        focusOn(closed);
      },
      onchange: changed,
    });
    void preview.open(id);
  }

  void list.ready.then(showFile);
  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      const wanted = filtersIn(now.query, filterNames);
      const asksAnew = filterNames.some((name) => name !== "view" && wanted[name] !== filters[name]);
      filters = wanted;
      tools.show(filters);
      // What was found before says nothing of what is asked for now.
      if (asksAnew) void list.load();
      else list.update();
      wantedId = now.query.get("file") ?? "";
      showFile();
    },
    close() {
      list.close();
      stopArrivals();
      stopUploads();
      stopRestored();
      queue.close();
      tools.close();
      wantedId = openId = "";
      preview?.close();
    },
  };
}

/** What may find a file after all. @param {{ q: string, type: string }} filters */
function advice({ q, type }) {
  if (!q) return "Try another kind.";
  return type ? "Try fewer letters, or another kind." : "Try fewer letters.";
}
