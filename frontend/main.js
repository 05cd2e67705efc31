/** Starts the page: who is signed in, the frame around the pages, the first page. */
import * as failed from "./components/failed.js";
import { mountFrame } from "./components/frame.js";
import { startClock } from "./core/clock.js";
import { leaveForSignIn, startRouter } from "./core/router.js";
import { onSession, readBoot } from "./core/session.js";
import { finders, places, routes } from "./routes.js";

readBoot();
onSession((ended) => ended && leaveForSignIn());
const frame = mountFrame(places, finders);
startClock();
startRouter({
  home: "/people",
  routes,
  outlet: /** @type {HTMLElement} */ (document.getElementById("main")),
  failed,
  forbidden: () => import("./components/forbidden.js"),
  missing: () => import("./components/missing.js"),
  arrived: frame.update,
});
