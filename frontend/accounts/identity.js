/**
 * "Confirm it is you": asks for the password or a passkey before something that weakens the account. The API client
 * opens it by itself and sends the request again afterwards, so what was typed behind it stays.
 */
import { get, post, sentence } from "../core/api.js";
import { h } from "../core/dom.js";
import { session } from "../core/session.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { icon } from "../components/icons.js";
import { askForPasskey, passkeysWork } from "./webauthn.js";

/** @type {Promise<boolean> | null} one question, however many requests wait for its answer */
let asking = null;

/** True once it is confirmed; rejects as dropped when the reader turns away. */
export function confirmIdentity() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

/** @returns {Promise<boolean>} */
function ask() {
  return new Promise((resolve, reject) => {
    let confirmed = false;
    const byPasskey = h(
      "button",
      { class: "button", "data-wide": true, type: "button", hidden: true, onclick: usePasskey },
      icon("key"),
      "Use a passkey",
    );
    const problem = h("p", { class: "form-message", role: "alert", hidden: true });
    const { close } = openForm({
      title: "Confirm it is you",
      text: "Please show that it is really you. You are asked once in ten minutes.",
      fields: [
        problem,
        h("input", {
          name: "username",
          autocomplete: "username",
          value: session.user?.username,
          hidden: true,
        }),
        field({
          name: "password",
          label: "Your password",
          type: "password",
          required: "Enter your password.",
          autocomplete: "current-password",
        }),
        byPasskey,
      ],
      action: "Confirm",
      onclose: () =>
        confirmed ? resolve(true) : reject(new DOMException("It was not confirmed.", "AbortError")),
      send: ({ password = "" }) => confirm({ password }),
    });
    void offerPasskey();

    async function offerPasskey() {
      if (!passkeysWork()) return;
      const answer = await get("/api/passkeys").catch(() => null);
      byPasskey.hidden = !answer?.data.length;
    }

    async function usePasskey() {
      problem.hidden = true;
      try {
        const { data: options } = await post("/api/identity/options");
        await confirm({ credential: await askForPasskey(options) });
      } catch (error) {
        problem.textContent = sentence(error);
        problem.hidden = false;
      }
    }

    /** @param {{ password?: string, credential?: unknown }} evidence */
    async function confirm(evidence) {
      await post("/api/identity", evidence);
      confirmed = true;
      close();
    }
  });
}
