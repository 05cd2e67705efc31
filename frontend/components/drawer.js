/** A dialog at the side of the page for one thing of a list, with a button that closes it. */
import { openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { icon } from "./icons.js";

/**
 * @param {{ title: string, content: import("../core/dom.js").Child, onclose: () => void }} options
 */
export function openDrawer({ title, content, onclose }) {
  const close = h(
    "button",
    {
      class: "icon-button drawer-close",
      type: "button",
      "aria-label": "Close",
      onclick: () => drawer.close(),
    },
    icon("close"),
  );
  const drawer = openDialog({ title, look: "drawer", content: [close, content], hideTitle: true, onclose });
  return drawer;
}
