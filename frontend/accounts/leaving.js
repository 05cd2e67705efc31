/** Deleting one's own account: what becomes of shared files is asked, and one's name is typed. */
import { ApiError, remove } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { longDate } from "../core/format.js";
import { navigate } from "../core/router.js";
import { setUser } from "../core/session.js";
import { field } from "../components/field.js";
import { icon } from "../components/icons.js";

/** @param {import("../core/session.js").Me} me */
export function leaving({ username, delete_at: until }) {
  if (until)
    return h(
      "div",
      { class: "account-stack" },
      h("p", { class: "account-text" }, `Your account will be deleted on ${longDate(until)}.`),
      h("a", { class: "button", href: "/stay" }, "Keep it after all"),
    );
  return h(
    "button",
    { class: "button", "data-look": "outlined-danger", type: "button", onclick: () => openLeaving(username) },
    icon("trash"),
    "Delete my account",
  );
}

/** @param {string} username */
function openLeaving(username) {
  const form = h(
    "form",
    { class: "form" },
    h(
      "fieldset",
      { class: "options" },
      h("legend", { class: "field-label" }, "Files you share with the club"),
      option("keep", "Leave them to the club", "They stay, as files of a former member.", true),
      option("delete", "Delete them, too", "Nobody can open them any more."),
    ),
    field({
      name: "username",
      label: `Type “${username}” to go on`,
      required: "Type your username, so that this does not happen by accident.",
      autocomplete: "off",
    }),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Keep my account"),
      h("button", { class: "button", "data-look": "danger", type: "submit" }, "Delete my account"),
    ),
  );
  const dialog = openDialog({
    title: "Delete your account?",
    content: [
      h(
        "p",
        { class: "dialog-text" },
        "All your sessions end now. For seven days you can sign in and take it back; then your account and your private files are gone for good.",
      ),
      form,
    ],
  });
  handleForm(form, async (values) => {
    if (values["username"]?.trim() !== username) throw notTheName(username);
    const { data } = await remove("/api/me", { body: { files: values["files"] } });
    dialog.close();
    setUser(null);
    await navigate(withQuery("/farewell", { until: data?.delete_at }), { replace: true });
  });
}

/** @param {string} username */
function notTheName(username) {
  return new ApiError(0, "not_the_name", `This is not “${username}”.`).at("username");
}

/** @param {string} value @param {string} label @param {string} detail @param {boolean} [checked] */
function option(value, label, detail, checked = false) {
  return h(
    "label",
    { class: "option" },
    h("input", { type: "radio", name: "files", value, checked }),
    h("span", {}, label, h("span", { class: "option-detail" }, detail)),
  );
}
