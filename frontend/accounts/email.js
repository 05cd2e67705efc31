/** Changing one's address: it counts once the new one has answered. */
import { post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { announce } from "../core/notices.js";
import { unsent } from "../components/mailed.js";
import { field } from "../components/field.js";

/** @param {string} current */
export function emailAddress(current) {
  const sent = h("p", { class: "notice", hidden: true });
  const form = h(
    "form",
    { class: "form account-form" },
    field({
      name: "email",
      label: "New e-mail address",
      type: "email",
      autocomplete: "email",
      required: "Enter the new address.",
      maxlength: 254,
    }),
    h("div", { class: "form-actions" }, h("button", { class: "button", type: "submit" }, "Change address")),
  );
  handleForm(form, async ({ email = "" }) => {
    await post("/api/me/email", { email });
    form.reset();
    fill(
      sent,
      "There is a mail for ",
      h("strong", {}, email),
      ". Your address changes when you open its link, or ",
      h("a", { href: "/confirm-email" }, "enter its code"),
      ".",
      unsent(),
    );
    sent.hidden = false;
    sent.scrollIntoView({ block: "nearest" });
    announce(sent.textContent ?? "");
  });
  return h("div", { class: "account-stack" }, h("p", {}, "Now: ", h("strong", {}, current)), form, sent);
}
