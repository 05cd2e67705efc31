/** A new password, for whoever has the mail: by its link, or by its code. */
import { post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { session } from "../core/session.js";
import { icon } from "../components/icons.js";
import { memberHint, newPasswordField } from "../components/new-password.js";
import { doneSheet, whoseLink } from "./done.js";
import { codeField, leaveSession, proof, proofFields, tokenInAddress } from "./forms.js";

export const title = "Choose a new password";

/** @param {HTMLElement} element */
export function mount(element) {
  const sheet = h("div", { class: "sheet" });
  fill(
    sheet,
    icon("lock"),
    h("h1", {}, "Choose a new password"),
    h("p", {}, "With it you are signed out everywhere."),
    tokenInAddress() && whoseLink(),
    resetForm(sheet),
    // Only for those who are not signed in.
    !session.user && h("p", { class: "sheet-more" }, h("a", { href: "/forgotten" }, "Send a new mail")),
  );
  element.append(sheet);
  return () => {};
}

/**
 * @param {HTMLElement} place where success is told
 * @param {string} [email] where the mail went, when that is known
 */
export function resetForm(place, email) {
  const token = tokenInAddress();
  const form = h(
    "form",
    { class: "form" },
    email === undefined ? proofFields(token) : codeField(),
    newPasswordField({ label: "New password", hint: memberHint, token }),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Set password"),
  );
  handleForm(form, async (values) => {
    await post("/api/password/reset", {
      ...proof(token, email === undefined ? values : { ...values, email }),
      password: values["password"],
    });
    await leaveSession();
    doneSheet(place, "Your password is set", "You are signed out everywhere. Sign in with the new password.");
  });
  return form;
}
