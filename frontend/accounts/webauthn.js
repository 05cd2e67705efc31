/** Passkeys, as far as this browser knows them: making one, asking for one. */
import { ApiError } from "../core/api.js";

/** Old browsers have no passkeys, or no way to read their options from JSON: there, nothing offers them. */
export const passkeysWork = () =>
  typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/** May the browser offer passkeys in the username's field, while one types? */
export const autofillWorks = async () =>
  passkeysWork() && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);

/**
 * Makes a passkey on this device; the answer is for the server.
 * @param {PublicKeyCredentialCreationOptionsJSON} options
 */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return toJson(navigator.credentials.create({ publicKey }));
}

/**
 * Asks for one of the passkeys; `quietly` waits until one is picked in the username's field.
 * @param {PublicKeyCredentialRequestOptionsJSON} options
 * @param {{ quietly?: boolean, signal?: AbortSignal }} [how]
 */
export async function askForPasskey(options, { quietly = false, signal } = {}) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return toJson(
    navigator.credentials.get({
      publicKey,
      mediation: quietly ? "conditional" : "optional",
      ...(signal && { signal }),
    }),
  );
}

/** @param {Promise<Credential | null>} asked */
async function toJson(asked) {
  try {
    return /** @type {PublicKeyCredential} */ (await asked).toJSON();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name === "AbortError") throw error;
    throw new ApiError(0, "no_passkey", words[error.name] ?? "This browser could not use a passkey here.");
  }
}

/** @type {{ [name: string]: string }} */
const words = {
  NotAllowedError: "No passkey was used: it was cancelled, or took too long.",
  InvalidStateError: "This device holds a passkey for your account already.",
};
