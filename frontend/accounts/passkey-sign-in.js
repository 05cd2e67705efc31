/** Signing in with a passkey: by a button, and by autofill in the field of the username. */
import { ApiError, post, sentence } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../components/icons.js";
import { askForPasskey, autofillWorks, passkeysWork } from "./webauthn.js";

/** @typedef {import("../core/session.js").Me} Me */
/** @typedef {import("../core/api.js").InTurn} InTurn */

/**
 * Puts the button beneath the form, and waits for a passkey picked in its first field. Returns how to stop.
 * @param {HTMLFormElement} form
 * @param {(user: Me) => Promise<void>} enter
 * @param {InTurn} inTurn sends nothing while the form is being sent
 */
export function passkeyWay(form, enter, inTurn) {
  if (!passkeysWork()) return () => {};
  const problem = h("p", { class: "form-message", role: "alert", hidden: true });
  const button = h(
    "button",
    { class: "button", "data-wide": true, type: "button", onclick: press },
    icon("key"),
    "Sign in with a passkey",
  );
  form.after(h("div", { class: "entrance-passkey" }, problem, button));
  let waiting = new AbortController();
  let stopped = false;
  offer();

  async function press() {
    waiting.abort();
    problem.hidden = true;
    try {
      await enter(await signInWithPasskey({ remember: remember(), inTurn }));
    } catch (error) {
      tell(error);
      again(error);
    }
  }

  async function wait() {
    waiting.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    if (!(await autofillWorks()) || signal.aborted) return;
    const renewal = setTimeout(offer, 540_000); // the server forgets its question after ten minutes
    /** @type {unknown} */
    let credential;
    try {
      const { data } = await inTurn(async () => {
        signal.throwIfAborted();
        return post("/api/login/passkey/options", {}, { signal: AbortSignal.timeout(5_000) }); // others wait
      });
      credential = await askForPasskey(data, { quietly: true, signal });
    } catch {
      return; // Nobody asked for it, so nobody misses it: the button says what is wrong.
    } finally {
      clearTimeout(renewal);
    }
    try {
      const { data } = await post("/api/login/passkey", { credential, remember: remember() });
      await enter(data.user);
    } catch (error) {
      tell(error);
      again(error);
    }
  }

  /**
   * A passkey that the server refused is not asked for again by itself, for a browser may hand it over unasked: over and
   * over, until a copy has counted past the original. Whoever comes back to the form is offered one.
   * @param {unknown} error
   */
  function again(error) {
    const refused = error instanceof ApiError && error.status > 0;
    if (refused) form.addEventListener("focusin", offer, { once: true });
    else offer();
  }

  function offer() {
    if (!stopped) void wait();
  }

  const remember = () => new FormData(form).get("remember") === "on";

  /** @param {unknown} error */
  function tell(error) {
    problem.textContent = sentence(error);
    problem.hidden = false;
  }

  return () => {
    stopped = true;
    waiting.abort();
  };
}

/**
 * Asks for a passkey and signs in with it.
 * @param {{ remember: boolean, inTurn?: InTurn }} how
 * @returns {Promise<Me>}
 */
export async function signInWithPasskey({ remember, inTurn = (send) => send() }) {
  const { data: options } = await inTurn(() => post("/api/login/passkey/options", {}));
  const credential = await askForPasskey(options);
  return (await post("/api/login/passkey", { credential, remember })).data.user;
}
