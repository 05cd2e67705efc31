/** Adding a person: the account is made at once, and a mail asks its owner for a password. */
import { post } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { session } from "../core/session.js";
import { field } from "../components/field.js";
import { andMailed } from "../components/mailed.js";

/** @param {() => void} added called when there is one person more */
export function openAddPerson(added) {
  const form = h(
    "form",
    { class: "form" },
    field({
      name: "username",
      label: "Username",
      hint: "Short and without spaces. They sign in with it, and others find them by it.",
      required: "Choose a username.",
      autocomplete: "off",
      maxlength: 64,
    }),
    field({ name: "name", label: "Name (optional)", autocomplete: "off", maxlength: 100 }),
    field({
      name: "email",
      label: "E-mail",
      type: "email",
      required: "Enter an e-mail address.",
      autocomplete: "off",
      maxlength: 254,
    }),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"),
      h(
        "button",
        { class: "button", "data-look": "primary", type: "submit" },
        session.mailKept ? "Add" : "Add and send the mail",
      ),
    ),
  );
  const dialog = openDialog({
    title: "Add a person",
    content: [
      h(
        "p",
        { class: "dialog-text" },
        session.mailKept
          ? "A mail with a link for them waits in the outbox, as there is no mail server yet: pass the link on. They " +
              "choose a password, and are in."
          : "They get a mail with a link, choose a password, and are in.",
      ),
      form,
    ],
  });
  handleForm(form, async ({ username, name, email }) => {
    await post("/api/users", { username, name, email });
    dialog.close();
    toast(andMailed(`${name || username} was added`, email ?? ""));
    added();
  });
}
