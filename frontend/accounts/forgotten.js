/** Forgotten password: a mail with a link and a code, the same answer for everybody. */
import { post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { unsent } from "../components/mailed.js";
import { entrance } from "./entrance.js";
import { emailField } from "./forms.js";
import { resetForm } from "./reset.js";

export const title = "Forgotten password";

/** @param {HTMLElement} element */
export function mount(element) {
  const content = h("div", {});
  entrance(element, content);
  ask(content);
  return () => {};
}

/** @param {HTMLElement} content */
function ask(content) {
  const form = h(
    "form",
    { class: "form" },
    emailField(),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Send the mail"),
  );
  fill(
    content,
    h("h1", {}, "Forgotten password"),
    h(
      "p",
      { class: "entrance-note" },
      "You get a mail with a link and a code. For one hour, either lets you choose a new password.",
    ),
    form,
    h("p", { class: "entrance-more" }, "Remembered it? ", h("a", { href: "/sign-in" }, "Sign in"), "."),
  );
  handleForm(form, async ({ email = "" }) => {
    await post("/api/password/forgot", { email });
    checkMail(content, email);
  });
  return form;
}

/** @param {HTMLElement} content @param {string} email */
function checkMail(content, email) {
  const heading = h("h1", { tabindex: "-1" }, "Check your mail");
  fill(
    content,
    heading,
    h(
      "p",
      { class: "entrance-note" },
      "If there is an account for ",
      h("strong", {}, email),
      ", there is a mail for it. Open its link, or enter its code here with your new password.",
      unsent(),
    ),
    resetForm(content, email),
    h(
      "p",
      { class: "entrance-more" },
      "No mail?",
      h(
        "button",
        {
          class: "button",
          "data-look": "quiet",
          type: "button",
          onclick: () => ask(content).querySelector("input")?.focus(),
        },
        "Try another address",
      ),
    ),
  );
  heading.focus();
}
