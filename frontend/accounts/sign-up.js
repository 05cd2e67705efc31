/** Signing up: an account that waits until its address is confirmed. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { session } from "../core/session.js";
import { unsent } from "../components/mailed.js";
import { newPasswordField } from "../components/new-password.js";
import { entrance, setUpNote } from "./entrance.js";
import { confirmByCode, sendAgain } from "./confirm.js";
import { accountFields } from "./forms.js";

export const title = "Create an account";

/** @param {HTMLElement} element */
export function mount(element) {
  if (session.registration === "closed") {
    entrance(
      element,
      h("h1", {}, "Signing up is closed"),
      h("p", { class: "entrance-note" }, `New members of ${session.club} are let in by its administrators.`),
      h("a", { class: "button", "data-look": "primary", href: "/form" }, "Request access"),
      h("p", { class: "entrance-more" }, h("a", { href: "/sign-in" }, "Sign in"), " instead."),
    );
    return () => {};
  }
  const form = h(
    "form",
    { class: "form" },
    accountFields(),
    newPasswordField(),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Create account"),
  );
  const content = h(
    "div",
    {},
    h("h1", {}, "Create an account"),
    setUpNote(),
    form,
    h("p", { class: "entrance-more" }, "A member already? ", h("a", { href: "/sign-in" }, "Sign in"), "."),
  );
  entrance(element, content);

  handleForm(form, async ({ username, email, name, password }) => {
    await post("/api/users", { username, email, name, password });
    checkMail(content, email ?? "");
  });
  return () => {};
}

/** @param {HTMLElement} content @param {string} email */
function checkMail(content, email) {
  const heading = h("h1", { tabindex: "-1" }, "Check your mail");
  content.replaceChildren(
    heading,
    h(
      "p",
      { class: "entrance-note" },
      "There is a mail for ",
      h("strong", {}, email),
      // Where it is told to nobody who is a member, the mail to one brings neither.
      session.registration === "private" ? ". If it asks you to confirm the address, open" : ". Open",
      " its link, on any device, or enter its code here.",
      unsent(),
    ),
    confirmByCode(content, email),
    sendAgain(email),
    h("p", { class: "entrance-more" }, "Confirmed? ", h("a", { href: "/sign-in" }, "Sign in"), "."),
  );
  heading.focus();
}
