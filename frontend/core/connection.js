/**
 * Whether the server can be reached. While it cannot, a quiet banner says so, one prober asks until the server is
 * ready again, and every read that waits here goes on by itself.
 */
import { fill } from "./dom.js";
import { placeNotices } from "./notices.js";

/** @type {Promise<boolean> | null} */
let waiting = null;

/**
 * Resolves when the server is ready again, to whether it was not; rejects when the signal aborts.
 * @param {AbortSignal} [signal] @returns {Promise<boolean>}
 */
export function serverBack(signal) {
  waiting ??= probe().finally(() => (waiting = null));
  if (!signal) return waiting;
  return Promise.race([
    waiting,
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ]);
}

async function probe() {
  for (let attempt = 0; ; attempt += 1) {
    // A single dropped connection is no news: the banner stands from the second failure on.
    if (attempt || !navigator.onLine)
      tell(
        navigator.onLine
          ? "Clubroom is not answering. Trying again…"
          : "You are offline. The page goes on when you are back.",
      );
    await pause(Math.min(500 * 2 ** attempt, 8_000));
    if (await isReady()) {
      tell("");
      return attempt > 0;
    }
  }
}

/** Whether it says so in time: a line may swallow the question. */
async function isReady() {
  const question = new AbortController();
  const timer = setTimeout(() => question.abort(), 8_000);
  const answer = await fetch("/readyz", { cache: "no-store", signal: question.signal }).catch(() => null);
  clearTimeout(timer);
  return answer?.ok === true;
}

/** Waits this long, or until the browser says it is online again. @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve(undefined);
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
  });
}

/** @param {string} sentence */
function tell(sentence) {
  const { banner } = placeNotices();
  if (banner && banner.textContent !== sentence) fill(banner, sentence);
}
