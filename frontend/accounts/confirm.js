/** The page behind the link of the confirmation mail. Opening it uses nothing up; only its button does. */
import { ApiError, post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { icon } from "../components/icons.js";
import { resendForm, tokenInAddress } from "./forms.js";
import { doneSheet } from "./done.js";

export const title = "Confirm your address";

/** @param {HTMLElement} element */
export function mount(element) {
  const sheet = h("div", { class: "sheet" });
  element.append(sheet);
  if (tokenInAddress()) askToConfirm(sheet);
  else offerNewLink(sheet, "Have the link sent again", "The link is good for one use and a few days.");
  return () => {};
}

/** @param {HTMLElement} sheet */
function askToConfirm(sheet) {
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
      await post("/api/users/confirm", { token: tokenInAddress() });
      doneSheet(sheet, "Your address is confirmed", "You can sign in now.");
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "invalid_token") throw error;
      offerNewLink(
        sheet,
        "This link no longer works",
        "It was used already, or it is too old. If you have confirmed before, just sign in.",
      );
    }
  });
}

/** @param {HTMLElement} sheet @param {string} heading @param {string} text */
function offerNewLink(sheet, heading, text) {
  const h1 = h("h1", { tabindex: "-1" }, heading);
  sheet.replaceChildren(
    icon("mail"),
    h1,
    h("p", {}, text),
    resendForm(),
    h("p", { class: "sheet-more" }, h("a", { href: "/sign-in" }, "Sign in")),
  );
  h1.focus();
}
