/**
 * The page for a page that could not be loaded. It is here from the start: when it is needed, nothing else
 * may come. Mostly the club was updated meanwhile, or the line is gone: then it loads the address again by itself,
 * once there is somebody to answer, and not twice.
 */
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

export const title = "Something went wrong";

/** @param {HTMLElement} element */
export function mount(element) {
  element.append(
    h(
      "div",
      { class: "sheet", role: "alert" },
      icon("alert"),
      h("h1", {}, "This page did not load"),
      h("p", {}, "The connection may have been interrupted, or Clubroom was updated meanwhile."),
      h(
        "button",
        { class: "button", "data-look": "primary", type: "button", onclick: () => location.reload() },
        "Load again",
      ),
    ),
  );
  const loadedAgain = performance
    .getEntriesByType("navigation")
    .some((one) => one instanceof PerformanceNavigationTiming && one.type === "reload");
  const again = async () => {
    const answer = await fetch("/healthz").catch(() => null);
    if (answer?.ok && element.isConnected) location.reload();
  };
  if (!loadedAgain) void again();
  addEventListener("online", again);
  return () => removeEventListener("online", again);
}
