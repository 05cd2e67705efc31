/** The page behind an invitation: somebody made the account, its owner chooses the password. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { session } from "../core/session.js";
import { newPasswordField } from "../components/field.js";
import { icon } from "../components/icons.js";
import { doneSheet } from "./done.js";
import { tokenInAddress } from "./forms.js";

export const title = "Welcome";

/** @param {HTMLElement} element */
export function mount(element) {
  const form = h(
    "form",
    { class: "form" },
    newPasswordField(),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Set password"),
  );
  const sheet = h(
    "div",
    { class: "sheet" },
    icon("mark"),
    h("h1", {}, `Welcome to ${session.club}`),
    h("p", {}, "Your account is there. Choose a password, and come in."),
    form,
  );
  element.append(sheet);
  handleForm(form, async ({ password }) => {
    await post("/api/users/confirm", { token: tokenInAddress(), password });
    doneSheet(sheet, "You are a member", "Your password is set. You can sign in now.");
  });
  return () => {};
}
