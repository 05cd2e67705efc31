/** The page behind an invitation: somebody made the account, its owner chooses the password. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { session } from "../core/session.js";
import { newPasswordField } from "../components/new-password.js";
import { icon } from "../components/icons.js";
import { doneSheet, signInNext, whoseLink } from "./done.js";
import { proof, proofFields, tokenInAddress } from "./forms.js";

export const title = "Welcome";

/** @param {HTMLElement} element */
export function mount(element) {
  const token = tokenInAddress();
  const form = h(
    "form",
    { class: "form" },
    proofFields(token),
    newPasswordField({ token: token || undefined }),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Set password"),
  );
  const sheet = h(
    "div",
    { class: "sheet" },
    icon("mark"),
    h("h1", {}, `Welcome to ${session.club}`),
    h("p", {}, "Your account is there. Choose a password, and come in."),
    token && whoseLink(),
    form,
    !session.user &&
      h(
        "p",
        { class: "sheet-more" },
        "Have you a password already? ",
        h("a", { href: "/sign-in" }, "Sign in"),
        ", or ",
        h("a", { href: "/forgotten" }, "ask for a new mail"),
        ".",
      ),
  );
  element.append(sheet);
  handleForm(form, async (values) => {
    await post("/api/users/confirm", { ...proof(token, values), password: values["password"] });
    doneSheet(sheet, "You are a member", `Your password is set. ${signInNext()}`);
  });
  return () => {};
}
