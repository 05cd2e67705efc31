/** The second step of signing in: a code from the app, one of the recovery codes, or a passkey. */
import { ApiError, post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { field } from "../components/field.js";
import { icon } from "../components/icons.js";
import { signInWithPasskey } from "./passkey-sign-in.js";
import { passkeysWork } from "./webauthn.js";

/** @typedef {import("../core/api-types.js").SecondStepNeeded["methods"][number]} Method */

/**
 * @typedef {object} Step
 * @property {string} text
 * @property {string} offer the words that lead here from another method
 * @property {string} action
 * @property {() => HTMLElement} [field]
 */

/** @type {{ [method in Method]: Step }} */
const steps = {
  totp: {
    text: "Open your authenticator app and enter the code it shows for this club.",
    offer: "Use the authenticator app",
    action: "Sign in",
    field: () =>
      field({
        name: "code",
        label: "Code from the app",
        required: "Enter the six digits that the app shows.",
        autocomplete: "one-time-code",
        inputmode: "numeric",
        maxlength: 10,
      }),
  },
  passkey: {
    text: "Confirm with your passkey that it is you.",
    offer: "Use a passkey",
    action: "Continue with a passkey",
  },
  recovery_code: {
    text: "Enter one of the recovery codes you kept. Each works once.",
    offer: "Use a recovery code",
    action: "Sign in",
    field: () =>
      field({
        name: "code",
        label: "Recovery code",
        required: "Enter one of your recovery codes.",
        autocomplete: "off",
        maxlength: 40,
      }),
  },
};

/**
 * @param {HTMLElement} place
 * @param {Method[]} methods
 * @param {object} options
 * @param {boolean} options.remember
 * @param {(user: import("../core/session.js").Me) => Promise<void>} options.enter
 * @param {(notice?: string) => void} options.startAgain
 */
export function secondStep(place, methods, { remember, enter, startAgain }) {
  const open = /** @type {Method[]} */ (Object.keys(steps)).filter(
    (method) => methods.includes(method) && (method !== "passkey" || passkeysWork()),
  );
  show(open[0] ?? "recovery_code");

  /** @param {Method} method */
  function show(method) {
    const step = steps[method];
    const submit = h(
      "button",
      { class: "button", "data-look": "primary", type: "submit" },
      method === "passkey" && icon("key"),
      step.action,
    );
    const form = h("form", { class: "form" }, step.field?.(), submit);
    const heading = h("h1", { tabindex: "-1" }, "One more step");
    fill(
      place,
      heading,
      h("p", { class: "entrance-note" }, step.text),
      form,
      h(
        "ul",
        { class: "entrance-ways" },
        open
          .filter((other) => other !== method)
          .map((other) =>
            h(
              "li",
              {},
              quiet(steps[other].offer, () => show(other)),
            ),
          ),
        h(
          "li",
          {},
          quiet("Sign in as somebody else", () => startAgain()),
        ),
      ),
    );
    handleForm(form, async ({ code }) => {
      try {
        await enter(
          method === "passkey"
            ? await signInWithPasskey({ remember })
            : (await post("/api/login/verify", { method, code })).data.user,
        );
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === "sign_in_first") return startAgain("That took too long. Please sign in again.");
        throw error.code === "invalid_code" ? error.at("code") : error;
      }
    });
    (form.querySelector("input") ?? heading).focus();
  }
}

/** @param {string} words @param {() => void} onclick */
function quiet(words, onclick) {
  return h("button", { class: "button", "data-look": "quiet", type: "button", onclick }, words);
}
