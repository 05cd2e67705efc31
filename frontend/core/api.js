/**
 * Talks to the server. One way in, one shape of failure (`ApiError`), whatever went wrong. A read waits while the
 * server is away and is asked again; a write is never repeated by itself, for it may have been done, except where the
 * answer was 401: then it was not, and it goes out again once the same page has its person back, at once where only
 * the session's token is another. The same holds for a refusal that has a remedy ("Confirm it is you").
 */
import { nextPage } from "./address.js";
import { serverBack } from "./connection.js";
import { isPublic } from "./router.js";
import { session, sessionEnded, signedIn } from "./session.js";

/**
 * A failure: `message` is a sentence for people, `code` a stable fact, `fields` the sentence for each field
 * at fault.
 */
export class ApiError extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {string} code
   * @param {string} message
   * @param {{ [field: string]: string }} [fields]
   */
  constructor(status, code, message, fields = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  /** The same, standing at a field. @param {string} field */
  at(field) {
    return new ApiError(this.status, this.code, this.message, { [field]: this.message });
  }
}

/**
 * @typedef {object} Answer
 * @property {any} data the body, or null
 * @property {string | null} next address of the next page of a list
 * @property {number | null} total how many the whole list holds, where it was asked for
 * @property {boolean} capped the total is "at least"
 */

/**
 * @typedef {object} Options
 * @property {unknown} [body] sent as JSON
 * @property {AbortSignal} [signal]
 */

/**
 * What the page can do about a refusal before anybody hears of it; true sends the request once more.
 * @typedef {() => Promise<boolean>} Remedy
 */

/** @type {Map<string, Remedy>} */
const remedies = new Map();

/** @param {string} code of the refusal @param {Remedy} remedy */
export function remedy(code, remedy) {
  remedies.set(code, remedy);
}

/** @param {string} path @param {Options} [options] */
export const get = (path, options) => send("GET", path, options);
/** @param {string} path @param {unknown} [body] @param {Options} [options] */
export const post = (path, body, options) => send("POST", path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] */
export const patch = (path, body, options) => send("PATCH", path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] */
export const put = (path, body, options) => send("PUT", path, { ...options, body });
/** @param {string} path @param {Options} [options] */
export const remove = (path, options) => send("DELETE", path, options);

/**
 * A signal for the newest of several requests: each call aborts the one before it.
 * @returns {() => AbortSignal}
 */
export function newest() {
  let controller = new AbortController();
  return () => {
    controller.abort();
    controller = new AbortController();
    return controller.signal;
  };
}

/** @typedef {<T>(send: () => Promise<T>) => Promise<T>} InTurn */

/**
 * Sends each when the one before it is answered, whatever that said: two on their way at once could arrive in either
 * order. What waits is dropped where somebody else is signed in by then, with an AbortError.
 * @returns {InTurn}
 */
export function oneAfterAnother() {
  /** @type {Promise<unknown>} */
  let turn = Promise.resolve();
  return async (send) => {
    const whose = session.user?.id;
    const sent = turn.then(() => {
      if (session.user?.id !== whose) throw forAnother();
      return send();
    });
    turn = sent.catch(() => {});
    return sent;
  };
}

/** Somebody else has signed in since this was asked. @param {number | undefined} whose nobody's is everybody's */
const isForAnother = (whose) => whose !== undefined && session.user !== null && session.user.id !== whose;

/** What is asked, or answered, for another than who is signed in now is dropped. */
const forAnother = () => new DOMException("Somebody else is signed in now", "AbortError");

/** A request that was dropped on purpose: nobody needs to hear of it. @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What was asked for is not there, or not any more. @param {unknown} error */
export function isGone(error) {
  return error instanceof ApiError && error.status === 404;
}

/** What went wrong, as a sentence. @param {unknown} error */
export function sentence(error) {
  return error instanceof ApiError || isAbort(error)
    ? /** @type {Error} */ (error).message
    : "Something went wrong in this page. Reload it and try again.";
}

/**
 * Code that comes when it is wanted. Where it does not, either the server is away, or an update has taken it away.
 * @template T @param {Promise<T>} code @returns {Promise<T>}
 */
export function fetched(code) {
  return code.catch(async (error) => {
    const late = setTimeout(() => void serverBack(), 10_000);
    const heard = await ask("GET", "/healthz").finally(() => clearTimeout(late));
    if (heard?.response.ok) throw error;
    void serverBack();
    throw unreachable();
  });
}

const unreachable = () =>
  new ApiError(0, "unreachable", "Clubroom could not be reached. Try again in a moment.");

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Answer>}
 */
async function send(method, path, { body, signal } = {}) {
  const reads = method === "GET";
  const whose = session.user?.id;
  let isSure = false; // who asks is signed in, though the last answer was 401
  for (let attempt = 1; ; attempt += 1) {
    if (isForAnother(whose)) throw forAnother();
    const asker = session.user;
    // A line may swallow a request, without a word for minutes: whether it does is found out and told.
    const late = setTimeout(() => void serverBack(), 10_000);
    const heard = await ask(method, path, body, signal).finally(() => clearTimeout(late));
    if (isForAnother(whose)) throw forAnother();
    if (reads && attempt < 6 && (!heard || [502, 503, 504].includes(heard.response.status))) {
      await serverBack(signal);
    } else if (!heard) {
      void serverBack(); // nobody waits for it, but whether it is away is found out and told
      throw unreachable();
    } else {
      try {
        const said = answer(heard);
        // What was done is shown to nobody where its sender has left: it may be a secret.
        if (!reads && whose !== undefined && !session.user) throw forAnother();
        return said;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        isSure = !isSure && error.code === "unauthorized" && (await isStillSignedIn(asker));
        if (!isSure && !(await mended(error, asker, signal))) throw error;
      }
    }
  }
}

/** @type {ReturnType<typeof ask> | null} one question, however many were refused */
let asking = null;

/**
 * Whether a 401 ends nothing: who confirms who they are gets another token, and the server no longer knows the one that
 * other requests were on their way with.
 * @param {typeof session.user} asker
 */
export async function isStillSignedIn(asker) {
  if (!asker || session.user !== asker) return false;
  asking ??= ask("GET", "/api/me").finally(() => (asking = null));
  const heard = await asking;
  return session.user === asker && heard?.response.ok === true && parse(heard.text)?.id === asker.id;
}

/**
 * Whether what stood in the way is gone, so that the request may go out once more.
 * @param {ApiError} error @param {typeof session.user} asker @param {AbortSignal | undefined} signal
 */
async function mended(error, asker, signal) {
  if (error.code !== "unauthorized" || !asker) return (await remedies.get(error.code)?.()) ?? false;
  if (session.user === asker) sessionEnded();
  if (!session.user && isPublic()) return false; // which goes on for whoever it is
  if (!session.user) await signedIn(signal);
  // Somebody else's errand is not carried out in the name of whoever sat down next.
  if (session.user?.id !== asker.id)
    throw new ApiError(401, "unauthorized", "You are signed in as somebody else now.");
  return true;
}

/**
 * One request; null when nothing answered, or the answer broke off.
 * @param {string} method @param {string} path @param {unknown} [body] @param {AbortSignal} [signal]
 */
async function ask(method, path, body, signal) {
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    return { response, text: await response.text() };
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

/** @param {{ response: Response, text: string }} heard @returns {Answer} */
function answer({ response, text }) {
  // To whom it concerns: see `spot.js`.
  for (const name of ["X-Mail-Held-Up", "X-Requests-Waiting"]) {
    const told = response.headers.get(name);
    if (told) document.documentElement.setAttribute(`data-${name}`, told);
  }
  const data = parse(text);
  // What is between may answer in the server's place: that is not done because it says so.
  if (!response.ok || (text && data === null)) {
    const said = data?.error
      ? data
      : { error: `Clubroom answered in a way this page does not understand (${response.status}).` };
    throw new ApiError(response.status, said.code ?? "unknown", said.error, said.fields);
  }
  const total = response.headers.get("X-Total-Count");
  return {
    data,
    next: nextPage(response.headers.get("Link")),
    total: total === null ? null : Number(total),
    capped: response.headers.get("X-Total-Capped") === "true",
  };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
