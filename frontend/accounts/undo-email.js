/** The page behind the link in the notice to the old address: with its button, all is as it was. */
import { post } from "../core/api.js";
import { unsent } from "../components/mailed.js";
import { leaveSession } from "./forms.js";
import { mailedLink } from "./mailed-link.js";

export const title = "Keep your old address";

/** @param {HTMLElement} element */
export function mount(element) {
  return mailedLink(element, {
    icon: "history",
    heading: title,
    text: "If it was not you who changed the address: put the old one back here. That signs out every device and ends the password, too.",
    action: "Put the old address back",
    async send(proof) {
      const { data } = await post("/api/me/email/undo", proof);
      await leaveSession();
      return data.message;
    },
    done: (next) => [
      "Your old address is back",
      [`Every device is signed out, and the password opens nothing any more. ${next}`, unsent()],
    ],
    usedUp: "It was used already, or the seven days are over. Ask an administrator for help.",
  });
}
