/** One of a few in a form, each with what it means. */
import { h } from "../core/dom.js";

/** @typedef {{ value: string, label: string, detail: string }} Option */

/**
 * @param {{ legend: string, name: string, value: string, options: Option[] }} options
 */
export function options({ legend, name, value: chosen, options: all }) {
  return h(
    "fieldset",
    { class: "options" },
    h("legend", { class: "field-label" }, legend),
    all.map(({ value, label, detail }) =>
      h(
        "label",
        { class: "option" },
        h("input", { type: "radio", name, value, checked: value === chosen }),
        h("span", {}, label, h("span", { class: "option-detail" }, detail)),
      ),
    ),
  );
}
