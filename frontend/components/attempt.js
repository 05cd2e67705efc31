/** Something asked of the server by a button: that it was done is said, or why it was not. */
import { isAbort, sentence } from "../core/api.js";
import { toast } from "../core/notices.js";

/**
 * @param {() => Promise<unknown>} send
 * @param {import("../core/dom.js").Child} [done] what is said then, where it is not to be seen
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(send, done) {
  try {
    await send();
  } catch (error) {
    if (!isAbort(error)) toast(sentence(error), { danger: true });
    return false;
  }
  if (done) toast(done);
  return true;
}
