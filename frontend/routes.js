/**
 * Every page by its address, the places in the rail, and what the command palette can find. A new feature is
 * a line or two here; the server reads which module an address needs.
 */

import * as signIn from "./accounts/sign-in.js";

/** Where `/` leads members. */
export const home = "/people";

/**
 * Signing in is where everybody begins, so it comes with `main.js`; every other page comes when it is wanted.
 * @type {import("./core/router.js").Route[]}
 */
export const routes = [
  { path: "/sign-in", access: "guest", load: async () => signIn },
  { path: "/sign-up", access: "guest", load: () => import("./accounts/sign-up.js") },
  { path: "/confirm", access: "public", load: () => import("./accounts/confirm.js") },
  { path: "/welcome", access: "public", load: () => import("./accounts/welcome.js") },
  { path: "/setup", access: "public", load: () => import("./accounts/setup.js") },
  { path: "/forgotten", access: "guest", load: () => import("./accounts/forgotten.js") },
  { path: "/reset", access: "public", load: () => import("./accounts/reset.js") },
  { path: "/confirm-email", access: "public", load: () => import("./accounts/confirm-email.js") },
  { path: "/undo-email", access: "public", load: () => import("./accounts/undo-email.js") },
  { path: "/farewell", access: "public", load: () => import("./accounts/farewell.js") },
  { path: "/second-factor", access: "member", load: () => import("./accounts/second-factor.js") },
  { path: "/stay", access: "member", load: () => import("./accounts/stay.js") },
  { path: "/account", access: "member", load: () => import("./accounts/account.js") },
  {
    path: "/people/:id?",
    access: "member",
    needs: "people.read",
    load: () => import("./people/page.js"),
  },
  { path: "/files", access: "member", needs: "files.use", load: () => import("./files/page.js") },
  { path: "/admin", access: "member", load: () => import("./admin/first.js") },
  {
    path: "/admin/requests",
    access: "member",
    needs: "requests.manage",
    load: () => import("./admin/requests.js"),
  },
  { path: "/admin/outbox", access: "member", needs: "outbox.read", load: () => import("./admin/outbox.js") },
  { path: "/admin/audit", access: "member", needs: "audit.read", load: () => import("./admin/audit.js") },
  {
    path: "/admin/policies",
    access: "member",
    needs: "people.manage",
    load: () => import("./admin/policies.js"),
  },
];

/** @type {import("./components/frame.js").Place[]} */
export const places = [
  { path: "/people", stem: "/people", label: "People", icon: "people", needs: "people.read" },
  { path: "/files", stem: "/files", label: "Files", icon: "files", needs: "files.use" },
  { path: "/admin/requests", stem: "/admin", label: "Admin", icon: "admin", needs: "requests.manage" },
];

/** @type {import("./components/palette.js").Finder[]} */
export const finders = [
  { label: "Administration", needs: "outbox.read", load: () => import("./admin/find.js") },
  { label: "People", needs: "people.read", load: () => import("./people/find.js") },
  { label: "Files", needs: "files.use", load: () => import("./files/find.js") },
];
