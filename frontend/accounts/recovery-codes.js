/** Recovery codes on the one occasion when they can be seen: copy them, save them, print them. */
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { session } from "../core/session.js";
import { copyButton } from "../components/copy.js";
import { icon } from "../components/icons.js";

/**
 * @param {string[]} codes
 * @param {() => void} done
 */
export function openCodes(codes, done) {
  const dialog = openDialog({
    title: "Your recovery codes",
    content: sheet(codes, () => dialog.close()),
    steady: true,
    onclose: done,
  });
}

/**
 * @param {string[]} codes
 * @param {() => void} close
 */
function sheet(codes, close) {
  const text = codes.join("\n");
  return h(
    "div",
    { class: "codes-sheet" },
    h(
      "p",
      { class: "dialog-text" },
      `Keep them where you find them without your phone. After the password, each signs ${session.user?.username} in to ${session.club} once. They are not shown again.`,
    ),
    h(
      "ol",
      { class: "codes" },
      codes.map((code) => h("li", {}, h("code", {}, code))),
    ),
    h(
      "div",
      { class: "form-actions" },
      copyButton(text),
      h("button", { class: "button", type: "button", onclick: () => save(text) }, icon("download"), "Save"),
      h("button", { class: "button", type: "button", onclick: () => print() }, icon("print"), "Print"),
    ),
    h(
      "div",
      { class: "dialog-actions" },
      h(
        "button",
        { class: "button", "data-look": "primary", type: "button", onclick: close },
        "I have kept them",
      ),
    ),
  );
}

/** @param {string} text */
function save(text) {
  const words = `${session.club}: recovery codes of ${session.user?.username}\nEach works once, after your password.\n\n${text}\n`;
  const url = URL.createObjectURL(new Blob([words], { type: "text/plain" }));
  h("a", { href: url, download: "recovery-codes.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
