/** What one looks for among the files: words, kind, order, and whether as a grid or a list. */
import { h } from "../core/dom.js";
import { choices } from "../components/choices.js";
import { sortField } from "../components/filters.js";
import { searchField } from "../components/search-field.js";
import { strip } from "../components/strip.js";

/** @typedef {{ q: string, type: string, sort: string, view: string }} Filters */

const sorts = [
  { value: "", label: "Newest first" },
  { value: "created_at", label: "Oldest first" },
  { value: "name", label: "Name, A to Z" },
  { value: "-name", label: "Name, Z to A" },
  { value: "-size", label: "Largest first" },
  { value: "size", label: "Smallest first" },
];

/** @param {{ view: string }} filters */
export const viewOf = ({ view }) => (view === "list" ? "list" : "grid");

/**
 * @param {Filters} filters
 * @param {(changes: Partial<Filters>) => void} change
 */
export function toolbar(filters, change) {
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
  const order = sortField(sorts, (sort) => change({ sort }));
  show(filters);

  /** @param {Filters} now */
  function show(now) {
    search.set(now.q);
    types.set(now.type);
    views.set(viewOf(now));
    order.set(now.sort);
  }

  const element = h(
    "div",
    { class: "toolbar files-tools" },
    search.element,
    order.element,
    views.element,
    strip(h("div", { class: "files-kinds" }, types.element)),
  );
  return { element, show, close: search.close };
}
