/** Those who asked to become members, and the decision about each. */
import { post } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { ago } from "../core/clock.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { count } from "../core/format.js";
import { navigate } from "../core/router.js";
import { attempt } from "../components/attempt.js";
import { choices } from "../components/choices.js";
import { badge } from "../components/badge.js";
import { growing } from "../components/growing.js";
import { icon } from "../components/icons.js";
import { listing } from "../components/listing.js";
import { andMailed } from "../components/mailed.js";
import { pageHead } from "../components/page-head.js";
import { row, rowAction } from "../components/row.js";
import { emptyState } from "../components/states.js";
import { subnav } from "./subnav.js";

/** @typedef {import("../core/api-types.js").RequestOut} AccessRequest */

export const title = "Access requests";

/** @type {{ [state: string]: { title: string, text: string } }} */
const nothing = {
  waiting: { title: "Nobody is waiting", text: "Who asks for access at the club’s door appears here." },
  approved: { title: "Nobody approved yet", text: "Those you let in are listed here for 90 days." },
  declined: { title: "Nobody declined", text: "Those you turned away are listed here for 90 days." },
};

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let state = stateIn(params.query);
  const states = choices({
    look: "segments",
    label: "State",
    value: state,
    choices: [
      { value: "waiting", label: "Waiting" },
      { value: "approved", label: "Approved" },
      { value: "declined", label: "Declined" },
    ],
    onchange: (value) =>
      void navigate(withQuery("/admin/requests", { state: value === "waiting" ? "" : value })),
  });
  const list = listing({
    address: () => withQuery("/api/access-requests", { state, count: true }),
    draw: growing(h("ul", { class: "rows" }), line),
    empty,
    words: (total) => count(total, "request", "requests"),
  });
  element.append(
    pageHead("Access requests"),
    subnav(),
    h("div", { class: "toolbar" }, states.element),
    list.element,
  );

  /** @param {AccessRequest} request @param {"approve" | "decline"} decision */
  async function decide(request, decision) {
    const agreed =
      decision === "approve" ||
      (await confirm({
        title: `Decline ${request.name}?`,
        text: `No account is made for ${request.email}. They can ask again.`,
        action: "Decline",
      }));
    if (!agreed) return;
    const done =
      decision === "approve"
        ? andMailed(`${request.name} is a member now`, request.email)
        : `${request.name} was declined`;
    /** @type {AccessRequest | undefined} */
    let decided;
    await attempt(async () => {
      ({ data: decided } = await post(`/api/access-requests/${request.id}/${decision}`));
    }, done);
    const now = decided;
    if (!now) return list.load();
    // Its line stays: else the next one would come under a pointer that presses twice.
    const requests = list.items() ?? [];
    const stood = list.element.contains(document.activeElement);
    list.replace(requests.map((one) => (one.id === now.id ? now : one)));
    if (!stood) return;
    // On to the next from here, and not from the first.
    const decidedLine = list.element.querySelectorAll("li")[requests.findIndex(({ id }) => id === now.id)];
    decidedLine?.setAttribute("tabindex", "-1");
    decidedLine?.focus({ preventScroll: true });
  }

  function empty() {
    const door = h("a", { class: "button", href: "/form" }, "Open the request form");
    const words = nothing[state] ?? { title: "", text: "" };
    return emptyState({ icon: "newcomer", ...words, action: state === "waiting" ? door : undefined });
  }

  /** @param {AccessRequest} request */
  function line(request) {
    const { name, email, created_at } = request;
    /** @returns {HTMLElement[]} */
    const buttons = () => [
      rowAction("Decline", name, () => decide(request, "decline")),
      rowAction([icon("check"), "Approve"], name, () => decide(request, "approve"), "primary"),
    ];
    return row({
      title: name,
      detail: [email, " · asked ", ago(created_at), state !== "waiting" && whenDecided(request)],
      actions:
        state === "waiting" &&
        h(
          "div",
          { class: "rows-actions decision" },
          request.state === "waiting" ? buttons() : badge(request.state, "plain"),
        ),
    });
  }

  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      state = stateIn(now.query);
      states.set(state);
      void list.load();
    },
    close: list.close,
  };
}

/** @param {AccessRequest} request @returns {import("../core/dom.js").Child} */
function whenDecided({ state, decided_at, decided_by }) {
  if (!decided_at) return null;
  return [` · ${state} `, ago(decided_at), decided_by && ` by ${decided_by}`];
}

/** @param {URLSearchParams} query */
function stateIn(query) {
  const state = query.get("state") ?? "";
  return state in nothing ? state : "waiting";
}
