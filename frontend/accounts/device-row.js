/** A device somebody is signed in on, as a row: in their own account, and for administrators beside the person. */
import { ago } from "../core/clock.js";
import { shortDate } from "../core/format.js";
import { badge } from "../components/badge.js";
import { row, rowAction } from "../components/row.js";

/** @typedef {import("../core/api-types.js").SessionOut} Device */

/** @param {Device} device @param {(device: Device) => Promise<void>} signOut */
export function deviceRow(device, signOut) {
  return row({
    icon: /iPhone|iPad|Android/.test(device.device) ? "phone" : "laptop",
    title: [device.device, device.current && [" ", badge("this device", "baize")]],
    detail: [
      device.address && `${device.address} · `,
      `signed in ${shortDate(device.created_at)} · last seen `,
      ago(device.last_seen),
    ],
    actions: !device.current && rowAction("Sign out", device.device, () => signOut(device), "quiet-danger"),
  });
}
