/**
 * Who is signed in, and what the club allows. The only state that pages share; the server wrote it into the page
 * (`#boot`), so a first visit asks nothing.
 */
import { listeners } from "./listeners.js";

/** @typedef {import("./api-types.js").Me} Me */

/** @typedef {{ username: string, role: string, password: string }} Sample somebody to look around as, in demo mode */

/**
 * @type {{
 *   club: string,
 *   registration: "open" | "private" | "closed",
 *   maxUpload: number,
 *   setUp: boolean,
 *   mailKept: boolean,
 *   demo: Sample[],
 *   user: Me | null,
 * }}
 */
export const session = {
  club: "",
  registration: "closed",
  maxUpload: 0,
  setUp: true,
  mailKept: false,
  demo: [],
  user: null,
};

/** @type {import("./listeners.js").Listeners<[ended: boolean]>} */
const listening = listeners();

/** Reads what the server wrote into the page. */
export function readBoot() {
  const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}");
  session.club = boot.club;
  session.registration = boot.registration;
  session.maxUpload = boot.max_upload;
  session.setUp = boot.set_up;
  session.mailKept = boot.mail_kept;
  session.demo = boot.demo ?? [];
  session.user = boot.user;
}

/** Somebody signed in, changed their own profile, or (null) signed out. @param {Me | null} user */
export function setUser(user) {
  session.user = user;
  listening.tell(false);
}

/** The server knows this session no more: it ran out, or another device ended it. */
export function sessionEnded() {
  session.user = null;
  listening.tell(true);
}

/** Calls back at each change, with `true` when the session ended unasked; the answer stops that. */
export const onSession = listening.add;

/**
 * Resolves as soon as somebody is signed in; rejects when the signal aborts.
 * @param {AbortSignal} [signal]
 */
export function signedIn(signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = onSession(() => {
      if (!session.user) return;
      stop();
      resolve(undefined);
    });
    signal?.addEventListener("abort", () => {
      stop();
      reject(signal.reason);
    });
  });
}

/**
 * May the signed-in person do this? The server decides; this only spares doors that would not open.
 * @param {string} permission
 */
export function may(permission) {
  return session.user?.permissions.includes(permission) ?? false;
}
