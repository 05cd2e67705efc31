/**
 * The page behind the link of the confirmation mail, and for its code. Opening it uses nothing up; only its button
 * does.
 */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { icon } from "../components/icons.js";
import { unsent } from "../components/mailed.js";
import { doneSheet, signInNext } from "./done.js";
import { codeField, emailField, resendForm, tokenInAddress } from "./forms.js";
import { mailedLink } from "./mailed-link.js";

export const title = "Confirm your address";

/** @returns {[string, import("../core/dom.js").Child]} */
const confirmed = () => ["Your address is confirmed", signInNext()];

/** @param {HTMLElement} element */
export function mount(element) {
  if (tokenInAddress())
    return mailedLink(element, {
      icon: "mail",
      heading: title,
      text: "One press, and your account is ready.",
      action: "Confirm my address",
      send: (proof) => post("/api/users/confirm", proof),
      done: confirmed,
      usedUp: "It was used already, or it is too old. If you have confirmed before, just sign in.",
      onward: [resendForm(), h("p", { class: "sheet-more" }, h("a", { href: "/sign-in" }, "Sign in"))],
    });
  const sheet = h("div", { class: "sheet" });
  element.append(sheet);
  sheet.append(
    icon("mail"),
    h("h1", {}, title),
    h("p", {}, "Open the link in our mail, or enter its code here.", unsent()),
    confirmByCode(sheet),
    sendAgain(),
  );
  return () => {};
}

/**
 * A form for the code instead of the link.
 * @param {HTMLElement} sheet where success is told
 * @param {string} [email] where the mail went, when that is known
 */
export function confirmByCode(sheet, email) {
  const form = h(
    "form",
    { class: "form" },
    email === undefined && emailField(),
    codeField(),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Confirm my address"),
  );
  handleForm(form, async (values) => {
    await post("/api/users/confirm", { email: email ?? values["email"], code: values["code"] });
    doneSheet(sheet, ...confirmed());
  });
  return form;
}

/** @param {string} [email] */
export function sendAgain(email) {
  return h(
    "details",
    { class: "more" },
    h("summary", {}, icon("right"), "No mail, or no code that works?"),
    resendForm(email),
  );
}
