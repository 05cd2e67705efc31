/**
 * A short password is enough only beside a second factor. Whoever removes the last one chooses a longer password here
 * first; the API client then sends the removal again.
 */
import { openDialog } from "../core/dialog.js";
import { session } from "../core/session.js";
import { password } from "./password.js";

const least = 15;

/** True once there is one; rejects as dropped when the reader turns away. @returns {Promise<boolean>} */
export function chooseLonger() {
  return new Promise((resolve, reject) => {
    let chosen = false;
    const changed = () => {
      chosen = true;
      close();
    };
    const { close } = openDialog({
      title: "Choose a longer password first",
      text: `Yours is short, which is enough only beside a second factor. With at least ${least} characters it does alone.`,
      content: password(session.user?.username ?? "", changed, { least, cancel: () => close() }),
      onclose: () =>
        chosen ? resolve(true) : reject(new DOMException("No longer password was chosen.", "AbortError")),
    });
  });
}
