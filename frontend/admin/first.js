/** The administration typed by hand: leads to its first room that is open, or to one that says that none is. */
import { navigate } from "../core/router.js";
import { may } from "../core/session.js";
import { rooms } from "./subnav.js";

export const title = "Administration";

export function mount() {
  const { href = "" } = rooms.find(({ needs }) => may(needs)) ?? rooms[0] ?? {};
  queueMicrotask(() => void navigate(href, { replace: true })); // once it is shown
  return () => {};
}
