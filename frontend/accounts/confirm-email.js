/** The page behind the link to a new address: with its button, the address is one's own. */
import { get, post } from "../core/api.js";
import { session, setUser } from "../core/session.js";
import { mailedLink } from "./mailed-link.js";

export const title = "Confirm your new address";

/** @param {HTMLElement} element */
export function mount(element) {
  return mailedLink(element, {
    icon: "mail",
    heading: title,
    text: "Once you have confirmed it, mail from the club goes there.",
    action: "Confirm my new address",
    async send(proof) {
      await post("/api/me/email/confirm", proof);
      // What was asked for is done, also where the session ended meanwhile.
      const me = session.user && (await get("/api/me").catch(() => null));
      if (me) setUser(me.data);
    },
    done: () => ["Your address is changed", "For seven days, a mail to your old address can undo it."],
    usedUp: "It was used already, or it is too old. Change your address once more in your account.",
  });
}
