/** Deleting one's own account, and taking that back. */
import { remove } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { longDate } from "../core/format.js";
import { navigate } from "../core/router.js";
import { setUser } from "../core/session.js";
import { icon } from "../components/icons.js";
import { openDeletion } from "./deletion.js";

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
  let until = "";
  openDeletion({
    username,
    title: "Delete your account?",
    text: "You are signed out everywhere at once. For seven days you can sign in and take it back; then your account and your private files are gone for good.",
    files: "Files you share with the club",
    keep: "Keep my account",
    action: "Delete my account",
    send: async (files) => {
      const { data } = await remove("/api/me", { body: { files } });
      until = data?.delete_at;
    },
    done: () => {
      setUser(null);
      void navigate(withQuery("/farewell", { until }), { replace: true });
    },
  });
}
