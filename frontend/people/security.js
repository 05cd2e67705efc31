/** How a person's account is kept safe, for administrators: no secrets, but what can be signed out and removed. */
import { post, remove } from "../core/api.js";
import { ago } from "../core/clock.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { count } from "../core/format.js";
import { session } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { loaded } from "../components/loaded.js";
import { andMailed, toldByMail } from "../components/mailed.js";
import { deviceRow } from "../accounts/device-row.js";

/** @typedef {import("../core/api-types.js").UserOut} User */
/** @typedef {import("../core/api-types.js").Security} Security */

/** @param {User} person */
export function security(person) {
  const name = person.name || person.username;
  const state = loaded({ address: `/api/users/${person.id}/security`, draw });

  /** @param {Security} facts */
  function draw({ totp, recovery_codes_left, passkeys, sessions }) {
    return [
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, "Authenticator"),
        h("dd", {}, totp ? "set up" : "none"),
        h("dt", {}, "Recovery codes"),
        h("dd", {}, recovery_codes_left ? `${recovery_codes_left} left` : "none"),
        h("dt", {}, "Passkeys"),
        h("dd", {}, passkeys.length ? passkeys.map(passkey) : "none"),
        h("dt", {}, "Devices"),
        h("dd", {}, sessions.length ? `${sessions.length} signed in` : "none signed in"),
      ),
      sessions.length > 0 &&
        h(
          "ul",
          { class: "rows", "aria-label": "Signed in on" },
          sessions.map((device) => deviceRow(device, signOutOne)),
        ),
      h(
        "div",
        { class: "person-actions" },
        action("Send a reset link", resetLink),
        sessions.length > 0 && action("Sign out all devices", signOutAll(sessions.length)),
        (totp || passkeys.length > 0 || recovery_codes_left > 0) &&
          action("Remove factors", removeFactors, true),
      ),
    ];
  }

  /** @param {Security["passkeys"][number]} passkey */
  const passkey = ({ name, last_used_at }) =>
    h(
      "p",
      {},
      name,
      h(
        "span",
        { class: "person-used" },
        last_used_at ? [" · last used ", ago(last_used_at)] : " · not used yet",
      ),
    );

  const resetLink = {
    title: `Send ${name} a reset link?`,
    text: `It is for ${person.email ?? "their address"}: with it they choose a new password within an hour.`,
    action: session.mailKept ? "Make the link" : "Send the link",
    look: /** @type {const} */ ("primary"),
    send: () => post(`/api/users/${person.id}/reset-link`),
    done: () => andMailed(`${name} has a reset link`, person.email ?? ""),
  };

  /** Without a question: they can simply sign in again. @param {import("../core/api-types.js").SessionOut} device */
  const signOutOne = ({ id, device }) =>
    go({
      send: () => remove(`/api/users/${person.id}/sessions/${id}`),
      done: () => `${device} is signed out`,
    });

  /** @param {number} devices */
  const signOutAll = (devices) => ({
    title: `Sign out ${count(devices, "device", "devices")} of ${name}?`,
    text: `They have to sign in again, everywhere. ${toldByMail()}`,
    action: "Sign out devices",
    send: () => remove(`/api/users/${person.id}/sessions`),
    done: () => `${name} is signed out everywhere`,
  });

  const removeFactors = {
    title: `Remove the factors of ${name}?`,
    text: `Authenticator, passkeys and recovery codes go. A long password then signs in alone; in place of a short one, or of none, they get a link to choose one. Make sure it is really them who asked. ${toldByMail()}`,
    action: "Remove factors",
    send: () => remove(`/api/users/${person.id}/factors`),
    done: () => andMailed(`${name} has no second factor any more`, person.email ?? ""),
  };

  /** @typedef {{ title: string, text: string, action: string, look?: "primary", send: () => Promise<unknown>, done: () => import("../core/dom.js").Child }} Step */

  /** @param {string} words @param {Step} step @param {boolean} [danger] */
  function action(words, step, danger = false) {
    const look = danger ? "quiet-danger" : null;
    return h(
      "button",
      { class: "button", "data-look": look, type: "button", onclick: () => take(step) },
      words,
    );
  }

  /** @param {Step} step */
  async function take(step) {
    if (await confirm(step)) await go(step);
  }

  /** @param {{ send: () => Promise<unknown>, done: () => import("../core/dom.js").Child }} step */
  async function go({ send, done }) {
    await attempt(send, done());
    await state.load();
  }

  return {
    element: h("section", { class: "person-security" }, h("h3", {}, "Security"), state.element),
    close: state.close,
  };
}
