/** A strip above every page of a demonstration, so that nobody takes its people, or what they type there, for real. */
import { fill, h } from "../core/dom.js";
import { may, onSession } from "../core/session.js";

export function markDemonstration() {
  const mail = h("span", {});
  /** Who may read the outbox finds it here: a member has no other way there. */
  const update = () =>
    fill(
      mail,
      may("outbox.read") && [" Mail stays in the ", h("a", { href: "/admin/outbox" }, "outbox"), "."],
    );
  // The link that skips to the content stays the first of all.
  document
    .querySelector(".skip-link")
    ?.after(
      h(
        "aside",
        { class: "demonstration", "aria-label": "Demonstration" },
        h("strong", {}, "Demonstration."),
        " Everybody here is made up, and new at each start.",
        mail,
      ),
    );
  onSession(update);
  update();
}
