/** A button that puts something on the clipboard, and says so where one looks. */
import { fill, h } from "../core/dom.js";
import { announce } from "../core/notices.js";
import { icon } from "./icons.js";

/**
 * @param {string} text
 * @param {string} [label]
 */
export function copyButton(text, label = "Copy") {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const button = h("button", { class: "button", type: "button", onclick: copy }, icon("copy"), label);

  async function copy() {
    clearTimeout(timer);
    try {
      await navigator.clipboard.writeText(text);
      say("check", "Copied");
    } catch {
      say("alert", "Select and copy it by hand");
    }
    timer = setTimeout(() => fill(button, icon("copy"), label), 3_000);
  }

  /** @param {import("./icons.js").IconName} name @param {string} sentence */
  function say(name, sentence) {
    fill(button, icon(name), sentence);
    announce(sentence);
  }

  return button;
}
