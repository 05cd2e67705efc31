/** Download my data: a ZIP that takes a moment to make and is there for seven days. */
import { post } from "../core/api.js";
import { ago } from "../core/clock.js";
import { h } from "../core/dom.js";
import { size } from "../core/format.js";
import { announce } from "../core/notices.js";
import { session } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { icon } from "../components/icons.js";
import { loaded } from "../components/loaded.js";

/** @typedef {import("../core/api-types.js").ExportOut} Export */

const working = "Your data is being put together. You may leave this page meanwhile.";
const failed = "This did not work. Try again in a while.";

/** What is read out when it has come so far: one looks at something else meanwhile. */
const news = { none: "", working, ready: "Your data is ready to be downloaded.", failed };

export function dataExport() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Export["state"] | undefined} */
  let before;
  const state = loaded({ address: "/api/me/export", draw, rows: 1 });

  /** @param {Export} made */
  function draw(made) {
    clearTimeout(timer);
    if (before && made.state !== before) announce(news[made.state]);
    before = made.state;
    if (made.state === "working") {
      timer = setTimeout(look, 2_000);
      return h("p", { class: "notice" }, working);
    }
    const ready = made.state === "ready";
    return h(
      "div",
      { class: "form-actions" },
      made.state === "failed" && h("p", { class: "field-error" }, failed),
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
