/** Download my data: a ZIP that takes a moment to make and is there for seven days. */
import { post } from "../core/api.js";
import { ago } from "../core/clock.js";
import { h } from "../core/dom.js";
import { size } from "../core/format.js";
import { session } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { icon } from "../components/icons.js";
import { loaded } from "../components/loaded.js";

/**
 * @typedef {object} Export
 * @property {"none" | "working" | "ready" | "failed"} state
 * @property {string | null} created_at
 * @property {number | null} size
 * @property {string | null} url
 */

export function dataExport() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const state = loaded({ address: "/api/me/export", draw, rows: 1 });

  /** @param {Export} made */
  function draw(made) {
    clearTimeout(timer);
    if (made.state === "working") {
      timer = setTimeout(look, 2_000);
      return h(
        "p",
        { class: "notice", role: "status" },
        "Your data is being put together. You may leave this page meanwhile.",
      );
    }
    const ready = made.state === "ready";
    const failed = made.state === "failed";
    return h(
      "div",
      { class: "form-actions" },
      failed && h("p", { class: "field-error" }, "This did not work. Try again in a while."),
      ready &&
        h(
          "a",
          { class: "button", "data-look": "primary", href: made.url, download: true },
          icon("download"),
          `Download (${size(made.size ?? 0)})`,
        ),
      h(
        "button",
        { class: "button", type: "button", onclick: prepare },
        ready ? "Put together anew" : "Put my data together",
      ),
      ready && made.created_at && h("span", { class: "account-text" }, "made ", ago(made.created_at)),
    );
  }

  /** A page put away while its person signs in again asks nothing meanwhile. */
  function look() {
    if (session.user) void state.load();
    else timer = setTimeout(look, 2_000);
  }

  async function prepare() {
    await attempt(() => post("/api/me/export"));
    await state.load();
  }

  return {
    element: state.element,
    close() {
      clearTimeout(timer);
      state.close();
    },
  };
}
