/** A device somebody is signed in on, as a row: in their own account, and for administrators beside the person. */
import { ago } from "../core/clock.js";
import { h } from "../core/dom.js";
import { badge } from "../components/badge.js";
import { icon } from "../components/icons.js";

/** @typedef {import("../core/api-types.js").Device} Device */

/** @param {Device} device @param {(device: Device) => Promise<void>} end */
export function deviceRow(device, end) {
  const small = /iPhone|iPad|Android/.test(device.device);
  return h(
    "li",
    { class: "rows-item" },
    icon(small ? "phone" : "laptop"),
    h(
      "div",
      { class: "rows-words" },
      h("p", { class: "rows-title" }, device.device, device.current && [" ", badge("This device", "baize")]),
      h(
        "p",
        { class: "rows-detail" },
        device.address && `${device.address} · `,
        "last seen ",
        ago(device.last_seen),
      ),
    ),
    !device.current &&
      h(
        "button",
        { class: "button", "data-look": "quiet-danger", type: "button", onclick: () => void end(device) },
        "End",
        h("span", { class: "visually-hidden" }, ` session: ${device.device}`),
      ),
  );
}
