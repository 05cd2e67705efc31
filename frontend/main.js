/** Starts the page: who is signed in, the frame around the pages, the first page. */
import * as failed from "./components/failed.js";
import { withQuery } from "./core/address.js";
import { fetched, get, remedy } from "./core/api.js";
import { h } from "./core/dom.js";
import { leaveForSignIn, navigate, startRouter } from "./core/router.js";
import { onSession, readBoot, session, setUser } from "./core/session.js";
import { finders, home, places, routes } from "./routes.js";

/** @type {(() => void) | undefined} marks the place one is in */
let markPlace;

readBoot();
/** @type {Promise<void> | undefined} the style sheet for members is there: it came along, or comes when wanted */
let dressed = session.user ? Promise.resolve() : undefined;
remedy("confirm_identity", async () => (await fetched(import("./accounts/identity.js"))).confirmIdentity());
remedy("second_factor_required", () => leadTo("/second-factor"));
remedy("longer_password_first", async () =>
  (await fetched(import("./accounts/longer-password.js"))).chooseLonger(),
);
remedy("leaving", async () => {
  setUser((await get("/api/me")).data);
  return leadTo("/stay");
});
onSession((ended) => {
  if (ended) leaveForSignIn(); // first: without the frame the page is shorter, and not where one was
  showFrame();
});
showFrame();
addEventListener("input", getReady);
if (session.demo.length) {
  // First, as it would push away what is there already; without it rather than nothing.
  await import("./components/demonstration.js").then(
    ({ markDemonstration }) => markDemonstration(),
    () => {},
  );
}
startRouter({
  home,
  routes,
  outlet: /** @type {HTMLElement} */ (document.getElementById("main")),
  failed,
  forbidden: () => import("./components/forbidden.js"),
  missing: () => import("./components/missing.js"),
  dressed: () => (session.user ? (dressed ??= dress()) : dressed),
  arrived: () => (markPlace ?? showFrame)(),
});

/** From wherever the server refused; the request itself stays refused. @param {string} path */
async function leadTo(path) {
  const next = location.pathname + location.search;
  if (location.pathname !== path) await navigate(withQuery(path, { next }), { replace: true });
  return false;
}

/** The frame comes once somebody is signed in: who only signs in need not wait for it. */
async function showFrame() {
  document.body.toggleAttribute("data-framed", Boolean(session.user));
  document.getElementById("rail")?.toggleAttribute("hidden", !session.user);
  if (!session.user || markPlace) return;
  markPlace = () => {};
  dressed ??= dress();
  // What did not come is asked for again with the next page.
  const [frame] = await Promise.all([import("./components/frame.js").catch(() => null), dressed]);
  markPlace = frame?.mountFrame(places, finders);
}

/** Whoever types at the door will want the rooms behind it: they come meanwhile. */
function getReady() {
  if (location.pathname !== "/sign-in") return;
  removeEventListener("input", getReady);
  dressed ??= dress();
  const first = routes.find(({ path }) => path.startsWith(home));
  for (const room of [import("./components/frame.js"), first?.load()]) room?.catch(() => {});
}

/** @returns {Promise<void>} kept also when it could not be had: bare is better than nothing, and the next page asks */
function dress() {
  const link = h("link", {
    rel: "stylesheet",
    href: new URL("styles/members.css", import.meta.url).pathname,
  });
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      dressed = undefined;
      resolve();
    });
    document.head.append(link);
  });
}
