/**
 * The club's files. The address holds search, kind, sort and view, and which file is open; uploads go on when
 * one leaves.
 */
import { get, isAbort, newest } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { announce } from "../core/notices.js";
import { goBack, navigate, remember, remembered, setTitle } from "../core/router.js";
import { session } from "../core/session.js";
import { choices } from "../components/choices.js";
import { icon } from "../components/icons.js";
import { pageHead } from "../components/page-head.js";
import { pager } from "../components/pager.js";
import { searchField } from "../components/search-field.js";
import { emptyState, errorState } from "../components/states.js";
import { canDrop, takeArrivals } from "./arrivals.js";
import { openPreview } from "./preview.js";
import { uploadQueue } from "./queue.js";
import { shelf } from "./shelf.js";
import { onUploads, upload } from "./uploads.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */
/** @typedef {{ q: string, type: string, sort: string, view: string }} Filters */

export const title = "Files";

const page = 48;
const sorts = [
  { value: "", label: "Newest first" },
  { value: "created_at", label: "Oldest first" },
  { value: "name", label: "Name, A to Z" },
  { value: "-name", label: "Name, Z to A" },
  { value: "-size", label: "Largest first" },
  { value: "size", label: "Smallest first" },
];

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let filters = filtersIn(params.query);
  /** @type {StoredFile[] | null} */
  let files = null;
  /** @type {string | null} */
  let nextPage = null;
  let total = 0;
  let capped = false;
  /** @type {unknown} */
  let problem = null;
  let openId = "";
  /** @type {ReturnType<typeof openPreview> | null} */
  let preview = null;
  const next = newest();

  const counter = h("p", { class: "page-count" });
  const picker = h("input", {
    class: "visually-hidden",
    type: "file",
    multiple: true,
    tabindex: "-1",
    "aria-label": "Choose files",
    onchange: () => {
      upload([...(picker.files ?? [])].map((file) => ({ file })));
      picker.value = "";
    },
  });
  const search = searchField({ label: "Search files", value: filters.q, onsearch: (q) => change({ q }) });
  const types = choices({
    look: "chips",
    label: "Kind",
    value: filters.type,
    choices: [
      { value: "", label: "All" },
      { value: "image", label: "Pictures" },
      { value: "video", label: "Videos" },
      { value: "audio", label: "Audio" },
      { value: "text", label: "Text" },
      { value: "pdf", label: "PDF" },
      { value: "other", label: "Other" },
    ],
    onchange: (type) => change({ type }),
  });
  const views = choices({
    look: "segments",
    label: "View",
    value: viewOf(filters),
    choices: [
      { value: "grid", label: "Grid", icon: "grid", hideLabel: true },
      { value: "list", label: "List", icon: "list", hideLabel: true },
    ],
    onchange: (view) => change({ view: view === "grid" ? "" : view }),
  });
  const order = h(
    "select",
    { class: "select", "aria-label": "Sort", onchange: () => change({ sort: order.value }) },
    sorts.map(({ value, label }) => h("option", { value }, label)),
  );
  const list = h("div", { class: "files-list" });
  const more = pager(loadMore);
  const queue = uploadQueue();
  const items = shelf({ href: (id) => withQuery("/files", { ...filters, file: id }), onchange: changed });

  const tools = h(
    "div",
    { class: "toolbar files-tools" },
    search.element,
    order,
    views.element,
    h("div", { class: "files-kinds" }, types.element),
  );
  element.classList.add("files");
  element.append(
    pageHead(
      title,
      counter,
      h("div", { class: "page-actions" }, chooser("Upload files"), picker),
      h(
        "p",
        { class: "files-hint" },
        canDrop() && "Drop or paste files anywhere on this page. ",
        `Up to ${size(session.maxUpload)} each; new ones are yours alone until you show them.`,
      ),
    ),
    queue.element,
    tools,
    list,
    more.element,
  );
  const stopArrivals = takeArrivals(element, upload);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stopUploads = onUploads((finished) => {
    if (!finished) return;
    clearTimeout(timer);
    timer = setTimeout(() => void load(files?.length), 150); // of several that arrive together, once
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

  /** @param {Partial<Filters>} changes */
  function change(changes) {
    const before = filters;
    const after = { ...filters, ...changes };
    // A search is one step of the history, not one for each letter.
    const replace = Boolean(before.q && after.q && before.q !== after.q);
    void navigate(withQuery("/files", after), { replace });
  }

  /** @param {number} [wanted] how many to show at once, when one comes back to a long list */
  async function load(wanted = page) {
    const signal = next();
    problem = null;
    list.ariaBusy = "true";
    const { q, type, sort } = filters;
    try {
      const limit = Math.max(page, Math.min(wanted, 200));
      const first = await get(withQuery("/api/uploads", { q, type, sort, limit, count: true }), { signal });
      let found = /** @type {StoredFile[]} */ (first.data);
      let after = first.next;
      while (after && found.length < wanted) {
        const answer = await get(after, { signal });
        found = [...found, ...answer.data];
        after = answer.next;
      }
      files = found;
      nextPage = after;
      total = first.total ?? found.length;
      capped = first.capped;
      announce(countWords());
    } catch (error) {
      if (isAbort(error)) return;
      problem = error;
    }
    list.ariaBusy = null;
    update();
  }

  async function loadMore() {
    if (!files || !nextPage) return;
    const answer = await get(nextPage, { signal: next() });
    files = [...files, ...answer.data];
    nextPage = answer.next;
    update();
    remember({ rows: files?.length });
  }

  /**
   * A file has another name or other readers, is gone, or is back.
   * @param {StoredFile} before
   * @param {StoredFile | null} after
   */
  function changed(before, after) {
    const at = files?.findIndex((one) => one.id === before.id) ?? -1;
    if (!files) return;
    if (after && at < 0) return void load(files.length);
    const around = element.querySelectorAll(".shelf-link");
    const neighbour = after ? null : (around[at + 1] ?? around[at - 1]);
    files = after ? files.with(at, after) : files.filter((one) => one.id !== before.id);
    if (!after) {
      total -= 1;
      if (openId === before.id) preview?.close();
    }
    update();
    // Redrawn, the link that had the focus is another one.
    const id = after?.id ?? files[Math.min(at, files.length - 1)]?.id;
    if (neighbour !== undefined && !preview) focusOn(id);
  }

  /** @param {string | undefined} id */
  function focusOn(id) {
    const at = files?.findIndex((one) => one.id === id) ?? -1;
    const link = element.querySelectorAll(".shelf-link")[at] ?? element.querySelector(".files-choose");
    if (link instanceof HTMLElement) link.focus();
  }

  const countWords = () => (capped ? "more than " : "") + count(total, "file", "files");

  function update() {
    search.set(filters.q);
    types.set(filters.type);
    views.set(viewOf(filters));
    order.value = sorts.some(({ value }) => value === filters.sort) ? filters.sort : "";
    tools.hidden = files?.length === 0 && !filters.q && !filters.type;
    counter.textContent = files && !problem ? countWords() : "";
    more.set(Boolean(files && nextPage && !problem));
    if (problem)
      fill(
        list,
        errorState(problem, () => void load()),
      );
    else if (!files) fill(list, skeleton());
    else if (!files.length) fill(list, nothing());
    else {
      items.update(files, viewOf(filters));
      if (list.firstChild !== items.element) fill(list, items.element);
    }
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
        text: "Try fewer letters, or another kind.",
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

  /** Opens or closes a file over the list, as the address says. @param {string} id */
  function showFile(id) {
    if (id === openId) return;
    openId = id;
    if (!id) {
      const was = preview;
      preview = null;
      was?.close();
      return setTitle(title);
    }
    preview ??= openPreview({
      files: () => files ?? [],
      onmove: (other) => void navigate(withQuery("/files", { ...filters, file: other }), { replace: true }),
      onclose: () => {
        const closed = openId;
        preview = null;
        openId = "";
        setTitle(title);
        if (!closed) return;
        goBack(withQuery("/files", filters));
        focusOn(closed);
      },
      onchange: changed,
    });
    void preview.open(id);
  }

  update();
  void load(remembered()["rows"]).then(() => showFile(params.query.get("file") ?? ""));
  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      const wanted = filtersIn(now.query);
      const asksAnew = ["q", "type", "sort"].some(
        (name) =>
          wanted[/** @type {keyof Filters} */ (name)] !== filters[/** @type {keyof Filters} */ (name)],
      );
      filters = wanted;
      if (asksAnew) void load(remembered()["rows"]);
      update();
      showFile(now.query.get("file") ?? "");
    },
    close() {
      next();
      clearTimeout(timer);
      stopArrivals();
      stopUploads();
      queue.close();
      search.close();
      more.close();
      openId = "";
      preview?.close();
    },
  };
}

/** @param {Filters} filters */
const viewOf = (filters) => (filters.view === "list" ? "list" : "grid");

/** @param {URLSearchParams} query @returns {Filters} */
function filtersIn(query) {
  const read = (/** @type {string} */ name) => query.get(name) ?? "";
  return { q: read("q"), type: read("type"), sort: read("sort"), view: read("view") };
}
