/** The second factor after the password: an authenticator app, and recovery codes for the day it is lost. */
import { fetched, post, remove } from "../core/api.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { count } from "../core/format.js";
import { attempt } from "../components/attempt.js";
import { badge } from "../components/badge.js";
import { loaded } from "../components/loaded.js";
import { row, rowAction } from "../components/row.js";
import { openCodes } from "./recovery-codes.js";

/** @typedef {import("../core/api-types.js").Factors} Factors */

/** @param {(factors: Factors) => void} [tell] called with what there is, each time it was asked */
export function authenticator(tell) {
  const state = loaded({ address: "/api/factors", draw });

  /** @param {Factors} factors */
  function draw(factors) {
    tell?.(factors);
    return h("ul", { class: "rows" }, app(factors), codes(factors));
  }

  /** @param {Factors} factors */
  function app({ totp }) {
    return row({
      icon: "phone",
      title: ["Codes from the app", totp && [" ", badge("on", "baize")]],
      detail: totp
        ? "Asked for after your password, when you sign in."
        : "An app on your phone shows a new code every half minute.",
      actions: totp
        ? rowAction("Remove", "the authenticator app", drop, "quiet-danger")
        : rowAction("Set up", "the authenticator app", setUp),
    });
  }

  /** @param {Factors} factors */
  function codes({ recovery_codes_left: left, totp, passkeys }) {
    const low = left > 0 && left <= 3;
    return row({
      icon: "key",
      title: [
        "Recovery codes",
        (low || (totp && !left)) && [" ", badge(left ? "few left" : "none left", "brass")],
      ],
      detail: left
        ? `${count(left, "code is", "codes are")} left. Each signs you in once, after your password, without app or passkey.`
        : "For the day your phone is lost: ten codes, each good for one sign-in after your password.",
      actions:
        (left > 0 || totp || passkeys > 0) &&
        rowAction(left ? "Make new ones" : "Make codes", "(recovery codes)", () => makeCodes(left)),
    });
  }

  async function setUp() {
    await attempt(async () => {
      const [{ data }, { openSetUp }] = await Promise.all([
        post("/api/totp"),
        fetched(import("./authenticator-setup.js")),
      ]);
      if (state.element.isConnected) openSetUp(data, () => void state.load()); // else the page was left meanwhile
    });
  }

  async function drop() {
    const agreed = await confirm({
      title: "Remove the authenticator app?",
      text: "Signing in then asks for no code any more. Afterwards, delete the entry in the app.",
      action: "Remove",
    });
    if (!agreed) return;
    await attempt(() => remove("/api/totp"), "The authenticator app is removed");
    await state.load();
  }

  /** @param {number} left */
  async function makeCodes(left) {
    const agreed =
      !left ||
      (await confirm({
        title: "Make new recovery codes?",
        text: "The old ones stop working at once.",
        action: "Make new codes",
      }));
    if (!agreed) return;
    await attempt(async () => {
      const { data } = await post("/api/recovery-codes");
      openCodes(data.codes, () => void state.load());
    });
  }

  return state;
}
