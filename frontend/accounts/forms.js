/** What several of the forms for visitors are made of. */
import { ApiError, post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { announce } from "../core/notices.js";
import { setUser } from "../core/session.js";
import { field } from "../components/field.js";
import { unsent } from "../components/mailed.js";

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
    emailField("", "E-mail"),
  ];
}

/**
 * The address of somebody who is not signed in.
 * @param {string} [value]
 * @param {string} [label]
 */
export function emailField(value, label = "Your e-mail address") {
  return field({
    name: "email",
    label,
    type: "email",
    autocomplete: "email",
    required: "Enter your e-mail address.",
    value,
    maxlength: 254,
  });
}

/** The short code that every mailed link comes with, for those who read the mail on another device. */
export function codeField() {
  return field({
    name: "code",
    label: "Code from the mail",
    hint: "Eight letters and digits, like ABCD-EFGH.",
    required: "Enter the code from the mail.",
    autocomplete: "one-time-code",
    maxlength: 20,
  });
}

/**
 * What shows that the mail was read: the token of the link, or else the address and the code.
 * @param {string} token
 * @param {{ [name: string]: string }} values
 */
export const proof = (token, { email, code }) => (token ? { token } : { email, code });

/**
 * Without a link there is no token: then the fields for a code. It is good with the address it was sent to.
 * @param {string} token
 */
export function proofFields(token) {
  return token ? [] : [emailField("", "Address the mail came to"), codeField()];
}

/**
 * Every session of somebody has ended, and this browser's goes, too, whoever it was of: a page that only looks signed
 * out would be a lie.
 */
export async function leaveSession() {
  await post("/api/logout").catch(() => null); // what was asked for is done all the same
  setUser(null);
}

/** A link or a code that does nothing any more. @param {unknown} error */
export function isUsedUp(error) {
  return error instanceof ApiError && error.code === "invalid_token";
}

/**
 * Asks for the confirmation mail once more. The answer is the same whether the address is known or not.
 * @param {string} [email]
 */
export function resendForm(email) {
  const done = h("p", { class: "entrance-note", hidden: true });
  const form = h(
    "form",
    { class: "form" },
    emailField(email),
    h("button", { class: "button", type: "submit" }, "Send the mail again"),
    done,
  );
  handleForm(form, async (values) => {
    done.hidden = true; // it may have been of another address
    await post("/api/users/confirm/resend", { email: values["email"] });
    fill(done, "If an account waits for this address, there is a new mail for it.", unsent());
    done.hidden = false;
    announce(done.textContent ?? "");
  });
  return form;
}

/**
 * The one-time token of a mailed link. It stands behind the `#`, so no server and no log ever saw it. To be read once,
 * when the page is built: the link that skips to the content, or signing in again, takes it out of the address.
 */
export function tokenInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}
