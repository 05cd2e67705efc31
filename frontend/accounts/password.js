/** Changing one's password; every other session ends. */
import { ApiError, post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { field } from "../components/field.js";
import { memberHint, newPasswordField } from "../components/new-password.js";

/**
 * @param {string} username for the browser's own memory of passwords
 * @param {() => void} changed
 * @param {object} [inDialog]
 * @param {number} [inDialog.least] how many characters it takes, where the server would take fewer
 * @param {() => void} [inDialog.cancel]
 */
export function password(username, changed, { least = 0, cancel } = {}) {
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
    }),
    newPasswordField({
      label: "New password",
      name: "new",
      hint: least ? undefined : memberHint,
      least,
    }),
    h(
      "div",
      { class: cancel ? "dialog-actions" : "form-actions" },
      cancel && h("button", { class: "button", type: "button", onclick: cancel }, "Cancel"),
      h(
        "button",
        { class: "button", "data-look": cancel ? "primary" : "plain", type: "submit" },
        "Change password",
      ),
    ),
  );
  handleForm(form, async (values) => {
    if ((values["new"] ?? "").length < least)
      throw new ApiError(0, "too_short", `At least ${least} characters.`).at("new");
    await post("/api/password", { current: values["current"], new: values["new"] });
    form.reset();
    form.querySelector("[name=new]")?.dispatchEvent(new Event("input")); // what was said of the old words goes, too
    toast("Your password is changed, and all other devices are signed out");
    changed();
  });
  return form;
}
