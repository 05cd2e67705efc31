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
import { codeField, emailField, isUsedUp, resendForm, tokenInAddress } from "./forms.js";

export const title = "Confirm your address";

/** @param {HTMLElement} element */
export function mount(element) {
  const sheet = h("div", { class: "sheet" });
  element.append(sheet);
  const token = tokenInAddress();
  if (token) askToConfirm(sheet, token);
  else {
    sheet.append(
      icon("mail"),
      h("h1", {}, "Confirm your address"),
      h("p", {}, "Open the link in our mail, or enter its code here.", unsent()),
      confirmByCode(sheet),
      sendAgain(),
    );
  }
  return () => {};
}

/** @param {HTMLElement} sheet @param {string} token */
function askToConfirm(sheet, token) {
  const form = h(
    "form",
    { class: "form" },
    h(
      "button",
      { class: "button", "data-look": "primary", "data-wide": true, type: "submit" },
      "Confirm my address",
    ),
  );
  sheet.replaceChildren(
    icon("mail"),
    h("h1", {}, "Confirm your address"),
    h("p", {}, "One press, and your account is ready."),
    form,
  );
  handleForm(form, async () => {
    try {
      await post("/api/users/confirm", { token });
      confirmed(sheet);
    } catch (error) {
      if (!isUsedUp(error)) throw error;
      offerNewLink(sheet);
    }
  });
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
    confirmed(sheet);
  });
  return form;
}

/** @param {HTMLElement} sheet */
function confirmed(sheet) {
  doneSheet(sheet, "Your address is confirmed", signInNext());
}

/** @param {HTMLElement} sheet */
function offerNewLink(sheet) {
  const h1 = h("h1", { tabindex: "-1" }, "This link no longer works");
  sheet.replaceChildren(
    icon("mail"),
    h1,
    h("p", {}, "It was used already, or it is too old. If you have confirmed before, just sign in."),
    resendForm(),
    h("p", { class: "sheet-more" }, h("a", { href: "/sign-in" }, "Sign in")),
  );
  h1.focus();
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
