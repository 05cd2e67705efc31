/** What the club asks of its members: a second factor, role by role. */
import { oneAfterAnother, put } from "../core/api.js";
import { h } from "../core/dom.js";
import { attempt } from "../components/attempt.js";
import { loaded } from "../components/loaded.js";
import { pageHead } from "../components/page-head.js";
import { subnav } from "./subnav.js";

/** @typedef {import("../core/api-types.js").Policy} Policy */

export const title = "Policies";

/** @type {{ [role in Policy["role"]]: string }} */
const names = { member: "Members", manager: "Managers", admin: "Admins" };

/** @param {HTMLElement} element */
export function mount(element) {
  const state = loaded({ address: "/api/policies", draw, rows: 3 });

  /** @param {Policy[]} policies */
  function draw(policies) {
    return h(
      "fieldset",
      { class: "options" },
      h("legend", { class: "visually-hidden" }, "Who needs a second factor"),
      policies.map(line),
    );
  }

  /** @param {Policy} policy */
  function line({ role, second_factor }) {
    const box = h("input", { type: "checkbox", checked: second_factor });
    const inTurn = oneAfterAnother();
    let saved = second_factor;
    box.addEventListener("change", () => {
      const wanted = box.checked;
      void attempt(() => inTurn(() => keep(wanted)));
    });

    /** @param {boolean} wanted */
    async function keep(wanted) {
      const kept = await attempt(
        () => put("/api/policies", { role, second_factor: wanted }),
        `${names[role]}: a second factor is ${wanted ? "needed" : "not needed"} from now on`,
      );
      if (kept) saved = wanted;
      else box.checked = saved; // drawing all anew would take the focus from it
    }
    return h("label", { class: "option" }, box, h("span", {}, names[role]));
  }

  element.append(
    pageHead("Policies"),
    subnav(),
    h(
      "section",
      { class: "policy" },
      h("h2", {}, "Second factor"),
      h(
        "p",
        { class: "admin-note" },
        "Who must have a passkey or an authenticator app. Those without one are led to set it up, and see nothing else before. A tick counts at once.",
      ),
      state.element,
    ),
  );
  return state.close;
}
