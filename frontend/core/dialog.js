/**
 * Dialogs on the browser's own `<dialog>`: it keeps the focus inside, closes on Escape and gives the focus
 * back.
 */
import { h, uniqueId } from "./dom.js";
import { placeNotices } from "./notices.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * Opens a dialog. It closes on Escape, by `close()` and on a click beside it, unless it is `steady` or something was
 * typed into it: one slip would lose that.
 * @param {object} options
 * @param {string} options.title
 * @param {Child} [options.text] what it is about, read out with the title
 * @param {Child} options.content
 * @param {"sheet" | "drawer" | "palette" | "lightbox"} [options.look]
 * @param {boolean} [options.hideTitle] the title is only read out
 * @param {boolean} [options.steady] holds what is shown only once
 * @param {() => void} [options.onclose]
 */
export function openDialog({
  title,
  text,
  content,
  look = "sheet",
  hideTitle = false,
  steady = false,
  onclose,
}) {
  const heading = h("h2", { id: uniqueId(), class: hideTitle ? "visually-hidden" : "dialog-title" }, title);
  const words = text ? h("p", { id: uniqueId(), class: "dialog-text" }, text) : null;
  const element = h(
    "dialog",
    {
      class: "dialog",
      "data-look": look,
      "aria-labelledby": heading.id,
      "aria-describedby": words?.id,
    },
    heading,
    words,
    content,
  );
  /** What is asked over it goes along. */
  const close = () => {
    if (!element.open) return;
    const root = /** @type {Element | Document} */ (element.getRootNode()); // a page out of sight has its own
    for (const other of root.querySelectorAll("dialog"))
      if (element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) other.close();
    element.close();
  };
  const opener = document.activeElement;
  let pressed = false;
  element.addEventListener("pointerdown", (event) => (pressed = event.target === element));
  element.addEventListener("click", (event) => {
    const beside = pressed && event.target === element && isOutside(element, event);
    // The second half of a double click is meant for what opened it.
    if (beside && event.detail < 2 && !steady && !isTypedIn(element)) close();
  });
  element.addEventListener("close", () => {
    placeNotices();
    element.remove();
    // One that went out of sight with its page, and came back, was opened anew from nowhere.
    if (opener instanceof HTMLElement && document.activeElement === document.body)
      opener.focus({ preventScroll: true });
    onclose?.();
  });
  // Inside the page it belongs to: where that goes, and comes back, the dialog goes along.
  (document.querySelector(".page") ?? document.body).append(element);
  keepPlace();
  element.showModal();
  // While it moves, what is fixed in it would move along.
  const movements = element.getAnimations().map(({ finished }) => finished);
  void Promise.allSettled(movements).then(placeNotices);
  return { element, heading, close };
}

/** Without its scrollbar the page would grow wider: what that takes away is kept free beside it. */
function keepPlace() {
  if (document.querySelector("dialog:modal")) return;
  const root = document.documentElement;
  root.style.setProperty("--gutter", `${innerWidth - root.offsetWidth}px`);
}

/**
 * Asks before something that cannot be taken back; what only has to be meant looks `primary`.
 * @param {{ title: string, text: string, action: string, look?: "danger" | "primary" }} question
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, action, look = "danger" }) {
  return new Promise((resolve) => {
    let agreed = false;
    const agree = () => {
      agreed = true;
      close();
    };
    const { close } = openDialog({
      title,
      text,
      content: h(
        "div",
        { class: "dialog-actions" },
        h("button", { class: "button", type: "button", onclick: () => close() }, "Cancel"),
        h("button", { class: "button", "data-look": look, type: "button", onclick: agree }, action),
      ),
      onclose: () => resolve(agreed),
    });
  });
}

/** @param {Element} element */
function isTypedIn(element) {
  return [...element.querySelectorAll("form input")].some(
    (input) => input instanceof HTMLInputElement && input.value !== input.defaultValue,
  );
}

/** @param {Element} element @param {MouseEvent} event */
function isOutside(element, event) {
  const box = element.getBoundingClientRect();
  return (
    event.clientX < box.left ||
    event.clientX > box.right ||
    event.clientY < box.top ||
    event.clientY > box.bottom
  );
}
