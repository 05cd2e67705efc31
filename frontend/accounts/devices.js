/** The devices somebody is signed in on: sign out one, or all the others. */
import { remove } from "../core/api.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { count, dateAndTime } from "../core/format.js";
import { attempt } from "../components/attempt.js";
import { loaded } from "../components/loaded.js";
import { deviceRow } from "./device-row.js";

/** @typedef {import("../core/api-types.js").SessionOut} Device */

export function devices() {
  const list = loaded({ address: "/api/sessions?limit=200", draw });

  /** @param {Device[]} all */
  function draw(all) {
    return h(
      "div",
      { class: "account-stack" },
      h(
        "ul",
        { class: "rows" },
        all.map((device) => deviceRow(device, signOut)),
      ),
      all.filter(({ current }) => current).map(untilWhen),
      all.some((device) => !device.current) &&
        h(
          "button",
          { class: "button", type: "button", onclick: signOutOthers },
          "Sign out all other devices",
        ),
    );
  }

  /** @param {Device} here */
  function untilWhen({ expires_at, idle_seconds }) {
    const hours = idle_seconds / 3600;
    const away = hours < 48 ? count(hours, "hour", "hours") : count(hours / 24, "day", "days");
    return h(
      "p",
      { class: "account-text" },
      `This device stays signed in until ${dateAndTime(expires_at)}, unless you are away for ${away}.`,
    );
  }

  /** @param {Device} device */
  async function signOut(device) {
    await attempt(() => remove(`/api/sessions/${device.id}`), `${device.device} is signed out`);
    await list.load();
  }

  async function signOutOthers() {
    const agreed = await confirm({
      title: "Sign out all other devices?",
      text: "Everywhere but here you will have to sign in again.",
      action: "Sign out devices",
    });
    if (!agreed) return;
    await attempt(() => remove("/api/sessions"), "All other devices are signed out");
    await list.load();
  }

  return list;
}
