/** What several of the forms for visitors are made of. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { announce } from "../core/notices.js";
import { field } from "../components/field.js";

/** Who one will be in the club. */
export function accountFields() {
  return [
    field({
      name: "username",
      label: "Username",
      hint: "Short and without spaces. You sign in with it, and others find you by it.",
      autocomplete: "username",
      required: "Choose a username.",
      maxlength: 64,
    }),
    field({ name: "name", label: "Name (optional)", autocomplete: "name", maxlength: 100 }),
    field({
      name: "email",
      label: "E-mail",
      type: "email",
      autocomplete: "email",
      required: "Enter your e-mail address.",
      maxlength: 254,
    }),
  ];
}

/**
 * Asks for the confirmation link once more. The answer is the same whether the address is known or not.
 * @param {string} [email]
 */
export function resendForm(email) {
  const done = h("p", { class: "entrance-note", hidden: true });
  const form = h(
    "form",
    { class: "form" },
    field({
      name: "email",
      label: "Your e-mail address",
      type: "email",
      autocomplete: "email",
      required: "Enter your e-mail address.",
      value: email,
      maxlength: 254,
    }),
    h("button", { class: "button", type: "submit" }, "Send the link again"),
    done,
  );
  handleForm(form, async (values) => {
    await post("/api/users/confirm/resend", { email: values["email"] });
    done.textContent = "If an account waits for this address, a new link is on its way.";
    done.hidden = false;
    announce(done.textContent);
  });
  return form;
}

/** The one-time token of a mailed link. It stands behind the `#`, so no server and no log ever saw it. */
export function tokenInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}
