/** Changing one's password; every other session ends. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { field } from "../components/field.js";
import { memberHint, newPasswordField } from "../components/new-password.js";

/**
 * @param {string} username for the browser's own memory of passwords
 * @param {() => void} changed
 */
export function password(username, changed) {
  const form = h(
    "form",
    { class: "form account-form" },
    h("input", { name: "username", autocomplete: "username", value: username, hidden: true }),
    field({
      name: "current",
      label: "Current password",
      type: "password",
      required: "Enter your current password.",
      autocomplete: "current-password",
      maxlength: 256,
    }),
    newPasswordField({
      label: "New password",
      name: "new",
      hint: memberHint,
    }),
    h("div", { class: "form-actions" }, h("button", { class: "button", type: "submit" }, "Change password")),
  );
  handleForm(form, async (values) => {
    await post("/api/password", { current: values["current"], new: values["new"] });
    form.reset();
    toast("Your password is changed, and all other sessions have ended");
    changed();
  });
  return form;
}
