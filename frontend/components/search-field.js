/**
 * A field that searches while one types: calls back when the typing rests, at once on Enter, and can be
 * emptied.
 */
import { h, uniqueId } from "../core/dom.js";
import { icon } from "./icons.js";

/**
 * @param {{ label: string, value: string, onsearch: (words: string) => void }} options
 */
export function searchField({ label, value, onsearch }) {
  const id = uniqueId();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let told = value;
  const input = h("input", {
    id,
    type: "search",
    value,
    placeholder: label,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
    enterkeyhint: "search",
  });

  const tell = () => {
    clearTimeout(timer);
    const words = input.value.trim();
    if (words === told) return;
    told = words;
    onsearch(words);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tell, input.value ? 200 : 0);
  });

  const element = h(
    "form",
    {
      class: "search",
      role: "search",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        tell();
      },
    },
    h("label", { class: "visually-hidden", for: id }, label),
    icon("search"),
    input,
  );
  /** Says what the address says now; what is being typed meanwhile stays. @param {string} words */
  const set = (words) => {
    if (words === told) return;
    clearTimeout(timer);
    told = words;
    input.value = words;
  };
  const close = () => clearTimeout(timer);
  return { element, set, close };
}
