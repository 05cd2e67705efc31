/** Times on the page that tell their distance ("3 hours ago") and stay true while one reads. */
import { h } from "./dom.js";
import { dateAndTime, timeAgo } from "./format.js";

/** @param {string} iso */
export function ago(iso) {
  return h("time", { datetime: iso, title: dateAndTime(iso), "data-ago": true }, timeAgo(iso, Date.now()));
}

/** Sets every such time right once a minute. */
export function startClock() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const words = timeAgo(/** @type {HTMLTimeElement} */ (element).dateTime, Date.now());
      if (element.textContent !== words) element.textContent = words;
    }
  }, 60_000);
}
