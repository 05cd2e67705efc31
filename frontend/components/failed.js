/**
 * The page for a page that could not be loaded. It is here from the start: when it is needed, nothing else
 * may come. Once the server answers it asks again, and then loads the whole anew, once: the club may have been updated.
 */
import { serverBack } from "../core/connection.js";
import { h } from "../core/dom.js";
import { remember, remembered, showAgain } from "../core/router.js";
import { icon } from "./icons.js";

export const title = "Something went wrong";

/** @param {HTMLElement} element */
export function mount(element) {
  /** @param {boolean} pressed */
  const again = async (pressed) => {
    await serverBack();
    if (!element.isConnected || (await showAgain()) || !element.isConnected) return;
    if (!pressed && remembered()["loadedAgain"]) return;
    remember({ loadedAgain: true });
    location.reload();
  };
  element.append(
    h(
      "div",
      { class: "sheet", role: "alert" },
      icon("alert"),
      h("h1", {}, "This page did not load"),
      h("p", {}, "The connection may have been interrupted, or Clubroom was updated meanwhile."),
      h(
        "button",
        { class: "button", "data-look": "primary", type: "button", onclick: () => again(true) },
        "Load again",
      ),
    ),
  );
  void again(false);
  return () => {};
}
