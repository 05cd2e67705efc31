/** What a file looks like, large: pictures, films, sound and the beginning of a text as they are. */
import { isAbort } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../components/icons.js";
import { emptyState } from "../components/states.js";
import { iconOf } from "./shelf.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */

const shownText = 100_000; // bytes

/**
 * What stands for the file; words where the browser can make nothing of it, which is told by `onfail`.
 * @param {StoredFile} file
 * @param {AbortSignal} signal ends what is still on its way
 * @param {() => void} onfail
 */
export function content(file, signal, onfail) {
  const [main] = file.type.split("/");
  if (file.thumbnails && file.width && file.height) {
    const image = h("img", {
      class: "preview-image",
      width: file.width,
      height: file.height,
      sizes: "(width < 56rem) 100vw, 75vw",
      srcset: `${file.thumbnails["1024"]} 1024w${file.width > 1024 ? `, ${file.url} ${file.width}w` : ""}`,
      src: file.thumbnails["1024"],
      alt: file.name,
    });
    return orWords(image, onfail, "image", "This picture did not load");
  }
  if (main === "video") {
    const film = h("video", { class: "preview-film", src: file.url, controls: true });
    return orWords(film, onfail, "video", "This video does not play here");
  }
  if (main === "audio") {
    const sound = h("audio", { src: file.url, controls: true });
    const place = h("div", { class: "preview-sound" }, icon("audio"), sound);
    return orWords(sound, onfail, "audio", "This recording does not play here", place);
  }
  if (main === "text" && !file.size)
    return emptyState({ icon: "text", title: "An empty text", text: "There is nothing in this file." });
  if (main === "text") return text(file, signal, onfail);
  if (file.type === "application/pdf")
    return emptyState({ icon: "text", title: "A PDF document", text: "Download it to read it." });
  return emptyState({
    icon: iconOf(file),
    title: "No preview",
    text: "This kind of file can only be downloaded.",
  });
}

/**
 * What the browser tries to show; words take the place where it can make nothing of it.
 * @param {HTMLElement} tried
 * @param {() => void} onfail
 * @param {import("../components/icons.js").IconName} name
 * @param {string} title
 * @param {HTMLElement} place
 */
function orWords(tried, onfail, name, title, place = tried) {
  tried.addEventListener("error", () => {
    place.replaceWith(emptyState({ icon: name, title, text: "Downloading it may still work." }));
    onfail();
  });
  return place;
}

/** @param {StoredFile} file @param {AbortSignal} signal @param {() => void} onfail */
function text(file, signal, onfail) {
  const place = h("pre", { class: "preview-text", tabindex: "0", "aria-label": `Text of ${file.name}` });
  const load = async () => {
    const answer = await fetch(file.url, { headers: { Range: `bytes=0-${shownText - 1}` }, signal });
    if (!answer.ok) throw new Error(String(answer.status));
    const words = await answer.text();
    place.textContent =
      file.size > shownText ? `${words.replace(/\uFFFD$/, "")}\n\n… download the file to read on.` : words;
  };
  load().catch((error) => {
    if (isAbort(error)) return;
    place.textContent = "This text did not load. Downloading it may still work.";
    onfail();
  });
  return place;
}
