/** Light, dark, or as the system says. Kept in a cookie, so that the server draws the first frame right. */

/** @typedef {"light" | "dark" | "system"} Appearance */

/** @returns {Appearance} */
export function appearance() {
  const now = document.documentElement.dataset["appearance"];
  return now === "light" || now === "dark" ? now : "system";
}

/** @param {Appearance} wanted */
export function setAppearance(wanted) {
  document.documentElement.dataset["appearance"] = wanted;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `appearance=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
