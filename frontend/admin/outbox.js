/** Mail that Clubroom wrote: what waits, what failed and why, and what is kept because no mail server is set. */
import { withQuery } from "../core/address.js";
import { ago } from "../core/clock.js";
import { fill, h } from "../core/dom.js";
import { count } from "../core/format.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { badge } from "../components/badge.js";
import { copyButton } from "../components/copy.js";
import { growing } from "../components/growing.js";
import { icon } from "../components/icons.js";
import { listing } from "../components/listing.js";
import { pageHead } from "../components/page-head.js";
import { searchField } from "../components/search-field.js";
import { emptyState } from "../components/states.js";
import { subnav } from "./subnav.js";

/** @typedef {import("../core/api-types.js").MailOut} Mail */

export const title = "Outbox";

/** @type {{ [state in Mail["state"]]: "plain" | "brass" | "danger" }} */
const tones = { waiting: "brass", kept: "plain", failed: "danger" };

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, params) {
  let q = params.query.get("q") ?? "";
  const search = searchField({
    label: "Search mails",
    value: q,
    onsearch: (words) =>
      void navigate(withQuery("/admin/outbox", { q: words }), { replace: Boolean(q && words) }),
  });
  const list = listing({
    address: () => withQuery("/api/outbox", { q, count: true }),
    draw: growing(h("ul", { class: "rows" }), row),
    empty,
    words: (total) => count(total, "mail", "mails"),
  });
  element.append(
    pageHead("Outbox"),
    subnav(),
    session.mailKept
      ? h(
          "p",
          { class: "admin-note" },
          "No mail server is set, so mail stays here for 90 days. Open one, and pass its link on to the person it is for.",
        )
      : "",
    h(
      "p",
      { class: "admin-note held-up-note" },
      "Mails do not go out: the mail server is away, or takes none of the club’s. Each says why; those that wait are tried again.",
    ),
    h("div", { class: "toolbar" }, search.element),
    list.element,
  );

  function empty() {
    const all = h(
      "button",
      { class: "button", type: "button", onclick: () => navigate("/admin/outbox") },
      "Show all mails",
    );
    const title = q ? `No mail found for “${q}”` : session.mailKept ? "No mail yet" : "No mail waits";
    const kept = q ? "Try fewer letters." : "What Clubroom writes to people appears here, newest first.";
    const sent =
      "What is on its way appears here, and what could not be delivered. What was delivered is not kept.";
    return emptyState({
      icon: "mail",
      title,
      text: session.mailKept ? kept : sent,
      action: q ? all : undefined,
    });
  }

  return {
    /** @param {import("../core/router.js").Params} now */
    update(now) {
      q = now.query.get("q") ?? "";
      search.set(q);
      void list.load();
    },
    close() {
      search.close();
      list.close();
    },
  };
}

/** @param {Mail} mail */
function row(mail) {
  const old = mail.state === "kept" && !session.mailKept; // else the page says so of all
  const body = h(
    "div",
    { class: "mail-body" },
    mail.state === "waiting" &&
      (mail.reason
        ? "It is tried again, at least every quarter of an hour, for two days or until its link ends."
        : "It is on its way.") + " What it says is for its reader alone.",
  );
  return h(
    "li",
    {},
    h(
      "details",
      {
        class: "mail",
        ontoggle: (/** @type {Event & { currentTarget: HTMLDetailsElement }} */ { currentTarget }) => {
          if (currentTarget.open && mail.state !== "waiting") fill(body, frame(mail));
        },
      },
      h(
        "summary",
        { class: "rows-item" },
        icon("right"),
        h(
          "div",
          { class: "rows-words" },
          h("p", { class: "rows-title" }, mail.subject),
          h(
            "p",
            { class: "rows-detail" },
            ["to ", mail.to, " · ", ago(mail.created_at)],
            old && " · not sent, as no mail server was set",
          ),
          mail.reason && h("p", { class: "mail-reason", "data-look": tones[mail.state] }, mail.reason),
        ),
        mail.state !== "kept" && badge(mail.state, tones[mail.state]),
      ),
      body,
    ),
  );
}

/**
 * A mail as its reader sees it, as high as it is. It has a policy of its own, and no script runs in it. Until it is
 * there, which it is not without a line, its words stand in its place.
 * @param {Mail} mail
 */
function frame(mail) {
  const words = h("p", { class: "mail-text" }, mail.text);
  const link = h("div", { class: "mail-link" });
  const element = h("iframe", {
    class: "mail-frame",
    title: mail.subject,
    sandbox: "allow-same-origin allow-top-navigation-by-user-activation",
    src: `/api/outbox/${mail.id}/content`,
    hidden: true,
  });
  const fit = () => {
    const { body } = element.contentDocument ?? {};
    if (body) element.style.height = `${body.offsetHeight}px`;
  };
  element.addEventListener("load", () => {
    const shown = element.contentDocument;
    if (!shown) return; // a page of the browser's own, closed to us
    for (const one of shown.links) {
      one.setAttribute("target", "_top");
      if (one.hash.startsWith("#token=")) fill(link, passOn(one.href));
    }
    words.remove();
    element.hidden = false;
    fit();
  });
  new ResizeObserver(fit).observe(element); // in another width, its lines break anew
  return [link, words, element];
}

/** Without HTTPS there is no clipboard. @param {string} href */
const passOn = (href) =>
  isSecureContext ? copyButton(href, "Copy the link") : h("code", { class: "mail-text" }, href);
