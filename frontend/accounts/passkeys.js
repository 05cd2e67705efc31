/** One's passkeys: add, rename, remove. */
import { patch, post, remove } from "../core/api.js";
import { ago } from "../core/clock.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { shortDate } from "../core/format.js";
import { toast } from "../core/notices.js";
import { attempt } from "../components/attempt.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { icon } from "../components/icons.js";
import { loaded } from "../components/loaded.js";
import { row, rowAction } from "../components/row.js";
import { openCodes } from "./recovery-codes.js";
import { makePasskey, passkeysWork } from "./webauthn.js";

/** @typedef {import("../core/api-types.js").PasskeyOut} Passkey */

/** @param {() => void} changed called when there is one more or one less */
export function passkeys(changed) {
  const list = loaded({ address: "/api/passkeys", draw });

  /** @param {Passkey[]} all */
  function draw(all) {
    return h(
      "div",
      { class: "account-stack" },
      all.length > 0 && h("ul", { class: "rows" }, all.map(line)),
      passkeysWork()
        ? h("button", { class: "button", type: "button", onclick: add }, icon("plus"), "Add a passkey")
        : h(
            "p",
            { class: "account-text" },
            isSecureContext
              ? "This browser does not know passkeys; a newer one does."
              : "Passkeys need HTTPS.",
          ),
    );
  }

  /** @param {Passkey} passkey */
  function line(passkey) {
    const about = `passkey: ${passkey.name}`;
    return row({
      icon: "key",
      title: passkey.name,
      detail: [
        `added ${shortDate(passkey.created_at)} · `,
        passkey.last_used_at ? ["last used ", ago(passkey.last_used_at)] : "not used yet",
      ],
      actions: h(
        "div",
        { class: "rows-actions" },
        rowAction("Rename", about, () => rename(passkey), "quiet"),
        rowAction("Remove", about, () => drop(passkey), "quiet-danger"),
      ),
    });
  }

  function add() {
    nameDialog({
      title: "Add a passkey",
      text: "Your device asks for your fingerprint, face or PIN. The name tells your passkeys apart.",
      name: "",
      action: "Continue",
      async send(name, close) {
        const { data: options } = await post("/api/passkeys/options");
        const credential = await makePasskey(options);
        const { data: added } = await post("/api/passkeys", { name, credential });
        close();
        toast(`Passkey added: ${name}`);
        const show = () => {
          changed();
          void list.load();
        };
        // At once: they are shown only now.
        if (added.codes?.length) openCodes(added.codes, show);
        else show();
      },
    });
  }

  /** @param {Passkey} passkey */
  function rename(passkey) {
    nameDialog({
      title: "Rename the passkey",
      text: "Only you see this name.",
      name: passkey.name,
      action: "Save",
      async send(name, close) {
        await patch(`/api/passkeys/${passkey.id}`, { name });
        close();
        toast("Saved");
        await list.load();
      },
    });
  }

  /** @param {Passkey} passkey */
  async function drop(passkey) {
    const agreed = await confirm({
      title: `Remove “${passkey.name}”?`,
      text: "It signs you in no more. Your device may go on offering it until you delete it there, too.",
      action: "Remove passkey",
    });
    if (!agreed) return;
    if (await attempt(() => remove(`/api/passkeys/${passkey.id}`), `Passkey removed: ${passkey.name}`))
      changed();
    await list.load();
  }

  return list;
}

/**
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.text
 * @param {string} options.name
 * @param {string} options.action
 * @param {(name: string, close: () => void) => Promise<void>} options.send
 */
function nameDialog({ title, text, name, action, send }) {
  openForm({
    title,
    text,
    fields: field({
      name: "name",
      label: "Name",
      hint: "For example: my phone, the blue key.",
      required: "Give the passkey a name.",
      value: name,
      autocomplete: "off",
      maxlength: 60,
    }),
    action,
    send: (values, close) => send(values["name"] ?? "", close),
  });
}
