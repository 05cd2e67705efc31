/**
 * The uploads of this page, two at a time. They go on while one looks at something else, and end with the session:
 * nothing is sent in the name of whoever sits down next.
 */
import { isStillSignedIn } from "../core/api.js";
import { serverBack } from "../core/connection.js";
import { h } from "../core/dom.js";
import { count, size } from "../core/format.js";
import { listeners } from "../core/listeners.js";
import { announce, toast } from "../core/notices.js";
import { onSession, session, sessionEnded } from "../core/session.js";
import { pace } from "./pace.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */
/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {"waiting" | "sending" | "done" | "failed"} state
 * @property {number} sent bytes
 * @property {import("./pace.js").Pace} pace
 * @property {string} problem a sentence
 * @property {boolean} canRetry
 * @property {boolean} [isSure] whose it is is signed in, though the last answer was 401
 * @property {XMLHttpRequest | null} request
 */

const together = 2;
const broken = "The connection broke, or the file can’t be read any more.";

/** @type {Upload[]} */
let all = [];
/** @type {number | undefined} whose they are */
let owner;
let arrived = 0; // since nothing was on its way
let missed = 0; // of those that failed: where no queue shows them
/** @type {import("../core/listeners.js").Listeners<[finished?: StoredFile]>} */
const listening = listeners();

/** Every upload that is on its way, failed, or has just been done. */
export const uploads = () => /** @type {readonly Upload[]} */ (all);

/** Calls back at each change, with the file when one has arrived; the answer stops that. */
export const onUploads = listening.add;

/** @param {Iterable<{ file: File, problem?: string }>} chosen */
export function upload(chosen) {
  watch();
  for (const { file, problem = tooLarge(file) } of chosen) {
    if (problem) announce(`${file.name}: ${problem}`);
    all.push({
      file,
      state: problem ? "failed" : "waiting",
      sent: 0,
      pace: pace(),
      problem,
      canRetry: false,
      request: null,
    });
  }
  next();
}

/** Stops an upload, or puts one that has failed out of sight. @param {Upload} one */
export function drop(one) {
  all = all.filter((other) => other !== one);
  one.request?.abort();
  next();
}

/** @param {Upload} one */
export function retry(one) {
  one.state = "waiting";
  next();
}

/** Said here before a byte is sent; the server says it too. @param {File} file */
function tooLarge(file) {
  return file.size > session.maxUpload
    ? `Too large: a file may have at most ${size(session.maxUpload)}.`
    : "";
}

/** @param {Upload} one */
const isOpen = ({ state }) => state === "waiting" || state === "sending";

/** What would be lost with this page. */
const unsent = () => all.some((one) => isOpen(one) || (one.state === "failed" && one.canRetry));

/** @param {BeforeUnloadEvent} event */
const warn = (event) => event.preventDefault();

let watching = false;

function watch() {
  owner ??= session.user?.id;
  if (watching) return;
  watching = true;
  onSession((ended) => {
    if (session.user?.id === owner) return next();
    if (ended) return; // they may be back
    owner = session.user?.id;
    const theirs = all;
    all = [];
    arrived = missed = 0;
    for (const one of theirs) one.request?.abort();
    next();
  });
}

/** @param {StoredFile} [finished] */
function next(finished) {
  const free = session.user ? together - all.filter(({ state }) => state === "sending").length : 0;
  for (const one of all.filter(({ state }) => state === "waiting").slice(0, Math.max(0, free))) send(one);
  if (unsent()) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
  listening.tell(finished);
  if (finished) arrived += 1;
  if (!all.some(isOpen)) sum();
}

/** Tells, once nothing is on its way any more, what became of it. */
function sum() {
  const words = `${count(arrived, "file", "files")} uploaded`;
  if (arrived && listening.areThere()) announce(words);
  else if (arrived) toast(words);
  if (missed) {
    const why = h("a", { href: "/files" }, "Look why");
    toast([`${count(missed, "file was", "files were")} not uploaded. `, why], { danger: true });
  }
  arrived = missed = 0;
}

/** @param {Upload} one */
function send(one) {
  const request = new XMLHttpRequest(); // fetch does not tell how much it has sent
  const asker = session.user;
  Object.assign(one, { request, state: "sending", sent: 0, pace: pace(), problem: "" });
  request.upload.addEventListener("progress", (event) => {
    one.sent = Math.round(one.file.size * (event.loaded / Math.max(1, event.total)));
    one.pace.add(one.sent, performance.now());
    listening.tell();
  });
  request.addEventListener("load", () => answered(one, request, asker));
  request.addEventListener("error", () => {
    void serverBack(); // whether it is away is found out and told
    fail(one, broken, true);
  });
  request.open("POST", "/api/upload");
  request.responseType = "json";
  const body = new FormData();
  body.append("file", one.file);
  request.send(body);
  void mind(one, request);
}

/**
 * A line may swallow what is sent, without a word for a quarter of an hour: whether it does is found out and told. What
 * has not gone on a minute after the line was back never will, nor what stood still for five.
 * @param {Upload} one @param {XMLHttpRequest} request
 */
async function mind(one, request) {
  let patience = 10_000;
  let since = performance.now();
  for (;;) {
    const { sent } = one;
    await new Promise((done) => setTimeout(done, patience));
    const wasAway = one.sent === sent && goesBy(one, request) && (await serverBack());
    if (!goesBy(one, request)) return;
    if (one.sent !== sent) {
      patience = 10_000;
      since = performance.now();
    } else if (patience === 60_000 || performance.now() - since > 300_000) {
      request.abort();
      return fail(one, broken, true);
    } else if (wasAway) {
      patience = 60_000;
    }
  }
}

/** Whether this is the way it is going up just now. @param {Upload} one @param {XMLHttpRequest} request */
const goesBy = (one, request) => all.includes(one) && one.request === request && one.state === "sending";

/** @param {Upload} one @param {XMLHttpRequest} request @param {typeof session.user} asker */
async function answered(one, request, asker) {
  const said = request.response; // null where it is no JSON
  if (request.status === 200 && said?.id) {
    one.state = "done";
    next(said);
    setTimeout(() => drop(one), 2_500);
  } else if (request.status === 401) {
    one.isSure = !one.isSure && (await isStillSignedIn(asker));
    if (!one.isSure && session.user === asker) sessionEnded(); // the first to hear of it says so
    if (!all.includes(one)) return; // it was cancelled meanwhile
    if (one.isSure) retry(one);
    else fail(one, "You were signed out meanwhile. Sign in and try again.", true);
  } else {
    const reason = said?.fields?.file ?? said?.error ?? `The server answered ${request.status}.`;
    fail(one, reason, request.status >= 500 || request.status === 429);
  }
}

/** @param {Upload} one @param {string} problem @param {boolean} canRetry */
function fail(one, problem, canRetry) {
  Object.assign(one, { state: "failed", problem, canRetry, request: null });
  if (listening.areThere()) announce(`${one.file.name}: ${problem}`);
  else missed += 1;
  next();
}
