/** Adding a person: the account is made at once, and a mail asks its owner for a password. */
import { post } from "../core/api.js";
import { toast } from "../core/notices.js";
import { session } from "../core/session.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { andMailed } from "../components/mailed.js";

/** @param {() => void} added called when there is one person more */
export function openAddPerson(added) {
  openForm({
    title: "Add a person",
    text: session.mailKept
      ? "A mail with a link for them waits in the outbox, as there is no mail server yet: pass the link on. They " +
        "choose a password, and are in."
      : "They get a mail with a link, choose a password, and are in.",
    fields: [
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
    ],
    action: session.mailKept ? "Add" : "Add and send the mail",
    async send({ username, name, email }, close) {
      await post("/api/users", { username, name, email });
      close();
      toast(andMailed(`${name || username} was added`, email ?? ""));
      added();
    },
  });
}
