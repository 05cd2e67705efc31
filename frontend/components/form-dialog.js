/** A form in a dialog: what it is about, its fields, the way out and the way on. */
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";

/** @typedef {import("../core/dom.js").Child} Child */

/**
 * @param {object} options
 * @param {string} options.title
 * @param {Child} [options.text]
 * @param {Child} options.fields
 * @param {string} [options.cancel]
 * @param {string} options.action
 * @param {"primary" | "danger"} [options.look] of the button that sends
 * @param {boolean} [options.steady] closes by its buttons and Escape only
 * @param {() => void} [options.onclose]
 * @param {(values: { [name: string]: string }, close: () => void) => Promise<void>} options.send throws an ApiError to
 *   have it shown; closes the dialog when it is done
 */
export function openForm({
  title,
  text,
  fields,
  cancel = "Cancel",
  action,
  look = "primary",
  steady = false,
  onclose = () => {},
  send,
}) {
  const form = h(
    "form",
    { class: "form" },
    fields,
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button", type: "button", onclick: leave }, cancel),
      h("button", { class: "button", "data-look": look, type: "submit" }, action),
    ),
  );
  const dialog = openDialog({
    title,
    text,
    content: form,
    steady,
    onclose,
  });
  handleForm(form, (values) => send(values, dialog.close));

  /** Whose button promises that something stays as it is does not believe so while it is being done. */
  function leave() {
    if (look === "danger" && form.ariaBusy === "true") toast("This is being done already.");
    else dialog.close();
  }

  return { form, close: dialog.close };
}
