/** Files as cards with thumbnails, or as lines: the same elements, laid out by style. */
import { get } from "../core/api.js";
import { ago } from "../core/clock.js";
import { h } from "../core/dom.js";
import { size } from "../core/format.js";
import { session } from "../core/session.js";
import { icon } from "../components/icons.js";
import { menu } from "../components/menu.js";
import { deleteFile, mayChange, mayHide, openRename, setVisibility } from "./changes.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */
/** @typedef {import("../components/icons.js").IconName} IconName */

/** @type {{ [kind: string]: IconName }} */
const icons = { image: "image", video: "video", audio: "audio", text: "text" };

/** @param {StoredFile} file @returns {IconName} */
export const iconOf = (file) =>
  file.type === "application/pdf" ? "text" : (icons[file.type.split("/")[0] ?? ""] ?? "file");

/** "JPEG picture", "PDF document", "DOCX file". @param {StoredFile} file */
export function kindWords({ type, name }) {
  const [main, sub = ""] = type.split("/");
  const word = { image: "picture", video: "video", audio: "recording" }[main ?? ""];
  if (word) return `${sub === "mpeg" ? "MP3" : sub.toUpperCase()} ${word}`;
  if (main === "text") return "Text";
  if (sub === "pdf") return "PDF document";
  const ending = /\.(\w{1,5})$/.exec(name)?.[1];
  return ending ? `${ending.toUpperCase()} file` : "Other";
}

/** @param {StoredFile} file */
export const ownerName = (file) =>
  file.owner.id === session.user?.id ? "you" : file.owner.name || file.owner.username;

/**
 * @param {object} options
 * @param {(id: string) => string} options.href
 * @param {(before: StoredFile, after: StoredFile | null) => void} options.onchange
 */
export function shelf({ href, onchange }) {
  const element = h("ul", { class: "shelf", "aria-label": "Files" });
  /** @type {Map<string, HTMLElement>} by all they show */
  let cards = new Map();

  /**
   * Only what is new is drawn, and nothing else is moved: an open menu, and whoever stands on a card, stay where they
   * are while other files come and go.
   * @param {readonly StoredFile[]} files
   * @param {"grid" | "list"} view
   */
  function update(files, view) {
    element.dataset.view = view;
    const before = cards;
    cards = new Map();
    for (const file of files) {
      const shown = JSON.stringify([file, view, href(file.id)]);
      cards.set(shown, before.get(shown) ?? card(file, view));
    }
    for (const [shown, gone] of before) if (!cards.has(shown)) gone.remove();
    let next = element.firstChild;
    for (const one of cards.values()) {
      if (one === next) next = one.nextSibling;
      else element.insertBefore(one, next);
    }
  }

  /** @param {StoredFile} file @param {"grid" | "list"} view */
  function card(file, view) {
    const more = h(
      "button",
      { class: "icon-button shelf-more", type: "button", "aria-label": `What to do with ${file.name}` },
      icon("more"),
    );
    return h(
      "li",
      { class: "shelf-item" },
      h("div", { class: "shelf-picture" }, picture(file, view)),
      h(
        "div",
        { class: "shelf-words" },
        h("a", { class: "shelf-link", href: href(file.id), title: file.name, dir: "auto" }, file.name),
        h(
          "p",
          { class: "shelf-detail" },
          h("span", { class: "number" }, size(file.size)),
          h("span", {}, ownerName(file)),
          h("span", { class: "shelf-date" }, ago(file.created_at)),
        ),
      ),
      h(
        "span",
        { class: "shelf-shared" },
        file.visibility === "members" && [
          icon("people"),
          h("span", { class: "visually-hidden" }, "All members can see it"),
        ],
      ),
      more,
      menu(more, file.name, () => actions(file)),
    );
  }

  /** @param {StoredFile} file @returns {import("../components/menu.js").Item[]} */
  function actions(file) {
    const changed = (/** @type {StoredFile | null} */ after) => onchange(file, after);
    const shared = file.visibility === "members";
    return [
      { label: "Download", icon: "download", href: `${file.url}?download=1`, download: true },
      ...(mayChange(file)
        ? /** @type {import("../components/menu.js").Item[]} */ ([
            { label: "Rename", icon: "pencil", onclick: () => openRename(file, changed) },
            ...(mayHide(file)
              ? [
                  {
                    label: shared ? "Keep it private" : "Show it to all members",
                    icon: shared ? "lock" : "people",
                    onclick: () => void setVisibility(file, shared ? "private" : "members", changed),
                  },
                ]
              : []),
            "line",
            { label: "Delete", icon: "trash", danger: true, onclick: () => void deleteFile(file, changed) },
          ])
        : []),
    ];
  }

  return { element, update };
}

/**
 * An icon takes the place of a picture that did not come. The line may have been gone: once it is there, the picture is
 * asked for again.
 * @param {StoredFile} file
 * @param {"grid" | "list"} view
 */
function picture(file, view, again = true) {
  if (!file.thumbnails) return icon(iconOf(file));
  const image = h("img", {
    src: file.thumbnails[view === "grid" ? "256" : "64"],
    srcset: view === "grid" ? `${file.thumbnails["256"]} 1x, ${file.thumbnails["1024"]} 3x` : null,
    alt: "",
    loading: "lazy",
    decoding: "async",
  });
  image.addEventListener("error", async () => {
    const instead = icon("image");
    image.replaceWith(instead);
    // This waits where the line is gone. Of a file that is gone as well, nobody asks for a picture.
    const isThere = again && (await get(`/api/uploads/${file.id}`).catch(() => null));
    if (isThere) instead.replaceWith(picture(file, view, false));
  });
  return image;
}
