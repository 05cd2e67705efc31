/** The tabs of a browser share one session: none goes on showing one person while it acts as another. */
import { clearNotices } from "./notices.js";
import { isPublic } from "./router.js";
import { onSession, session, sessionEnded } from "./session.js";

/** Tells the other tabs who is signed in, now and at each change, and listens to them. */
export function shareSession() {
  const tabs = new BroadcastChannel("session");
  /** @type {number | null | undefined} */
  let told;

  /** @param {boolean} ended by the server, of which each tab hears itself */
  function tell(ended) {
    const id = session.user?.id ?? null;
    if (id === told) return;
    told = id;
    if (!ended) tabs.postMessage(id);
  }

  tabs.addEventListener("message", ({ data }) => {
    // From the sign-in page nobody is hurried along: a page may wait behind it with what they typed.
    if (!session.user || session.user.id === data) return;
    // In any case what is on its way ends here: it would go on in the name of whoever is signed in now.
    sessionEnded();
    if (data === null) clearNotices();
    if (data !== null && !isPublic()) location.reload();
  });
  onSession(tell);
  tell(false);
}
