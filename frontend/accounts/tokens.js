/** API tokens: keys for one's own scripts, each with a scope and an end. */
import { post, remove } from "../core/api.js";
import { ago } from "../core/clock.js";
import { confirm, openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { dayInUtc } from "../core/format.js";
import { session } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { badge } from "../components/badge.js";
import { choices } from "../components/choices.js";
import { copyButton } from "../components/copy.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { icon } from "../components/icons.js";
import { loaded } from "../components/loaded.js";
import { row, rowAction } from "../components/row.js";

/** @typedef {import("../core/api-types.js").TokenOut} Token */

const day = 86_400_000;
const scopes = [
  { value: "read", label: "Read" },
  { value: "write", label: "Read and write" },
  { value: "admin", label: "Administer" },
];

export function tokens() {
  const list = loaded({ address: "/api/tokens", draw });

  /** @param {Token[]} all */
  function draw(all) {
    return h(
      "div",
      { class: "account-stack" },
      all.length > 0 && h("ul", { class: "rows" }, all.map(line)),
      h(
        "button",
        { class: "button", type: "button", onclick: () => openNewToken(() => void list.load()) },
        icon("plus"),
        "New token",
      ),
    );
  }

  /** @param {Token} token */
  function line(token) {
    const over = Date.parse(token.expires_at) < Date.now();
    return row({
      icon: "code",
      title: [
        token.name,
        " ",
        badge(token.scope, token.scope === "admin" ? "brass" : "plain"),
        over && [" ", badge("ended", "danger")],
      ],
      detail: [
        `${over ? "ended" : "ends"} ${dayInUtc(token.expires_at)} · `,
        token.last_used_at ? ["last used ", ago(token.last_used_at)] : "not used yet",
      ],
      actions: rowAction("Remove", `token: ${token.name}`, () => drop(token), "quiet-danger"),
    });
  }

  /** @param {Token} token */
  async function drop(token) {
    const agreed = await confirm({
      title: `Remove “${token.name}”?`,
      text: "What uses this token is refused from now on.",
      action: "Remove token",
    });
    if (!agreed) return;
    await attempt(() => remove(`/api/tokens/${token.id}`), `Token removed: ${token.name}`);
    await list.load();
  }

  return list;
}

/** @param {() => void} done called once it is made and was seen: what opened the dialog gets the focus back until then */
function openNewToken(done) {
  let scope = "read";
  openForm({
    title: "New API token",
    fields: [
      field({
        name: "name",
        label: "Name",
        hint: "What will use it, so that you know it again.",
        required: "Give the token a name.",
        autocomplete: "off",
        maxlength: 60,
      }),
      h(
        "div",
        { class: "field" },
        h("p", { class: "field-label", "aria-hidden": "true" }, "What it may do"),
        choices({
          look: "chips",
          label: "What it may do",
          value: scope,
          choices: scopes.filter(({ value }) => value !== "admin" || session.user?.role === "admin"),
          onchange: (value) => (scope = value),
        }).element,
      ),
      field({
        name: "expires_at",
        label: "Good until",
        type: "date",
        required: "Choose the day it ends.",
        value: new Date(Date.now() + 90 * day).toISOString().slice(0, 10),
      }),
    ],
    action: "Make the token",
    async send({ name, expires_at }, close) {
      const { data } = await post("/api/tokens", { name, scope, expires_at });
      close();
      openToken(data.token, done);
    },
  });
}

/** Also to whom did not wait for it: nobody sees it later. @param {string} token @param {() => void} done */
function openToken(token, done) {
  const { close } = openDialog({
    title: "Your new token",
    text: "Copy it now: it is not shown again. Who has it acts in your name.",
    content: [
      h("p", { class: "secret-token" }, h("code", {}, token)),
      h(
        "div",
        { class: "dialog-actions" },
        copyButton(token),
        h(
          "button",
          { class: "button", "data-look": "primary", type: "button", onclick: () => close() },
          "Done",
        ),
      ),
    ],
    steady: true,
    onclose: done,
  });
}
