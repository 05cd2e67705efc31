/** Light, dark, or as the system says. Kept in a cookie, so that the server draws the first frame right. */
import { listeners } from "./listeners.js";

/** @typedef {"light" | "dark" | "system"} Appearance */

export const appearances = /** @type {const} */ ([
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
  { value: "system", label: "System", icon: "system" },
]);

/** @returns {Appearance} */
export function appearance() {
  const now = document.documentElement.dataset["appearance"];
  return now === "light" || now === "dark" ? now : "system";
}

/** @type {import("./listeners.js").Listeners<[]>} */
const listening = listeners();

/** Calls back at each change; the answer stops that. */
export const onAppearance = listening.add;

/** @param {Appearance} wanted */
export function setAppearance(wanted) {
  document.documentElement.dataset["appearance"] = wanted;
  const colours = document.querySelectorAll("meta[name=theme-color]"); // of the window around the page
  for (const [at, one] of /** @type {const} */ (["light", "dark"]).entries())
    colours[at]?.setAttribute(
      "media",
      wanted === "system" ? `(prefers-color-scheme: ${one})` : wanted === one ? "all" : "not all",
    );
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `appearance=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  listening.tell();
}
