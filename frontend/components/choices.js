/**
 * Picking one of a few: chips that filter a list, a segmented control that switches a view. Both are radio
 * groups, so arrow keys work by themselves.
 */
import { h, uniqueId } from "../core/dom.js";
import { icon } from "./icons.js";

/** @typedef {{ value: string, label: string, icon?: import("./icons.js").IconName, hideLabel?: boolean }} Choice */

/**
 * @param {object} options
 * @param {"chips" | "segments"} options.look
 * @param {string} options.label what is chosen here, for those who cannot see it
 * @param {readonly Choice[]} options.choices
 * @param {string} options.value
 * @param {(value: string) => void} options.onchange
 */
export function choices({ look, label, choices: all, value, onchange }) {
  const name = uniqueId();
  const inputs = all.map((choice) =>
    h("input", {
      type: "radio",
      class: "visually-hidden",
      name,
      value: choice.value,
      checked: choice.value === value,
      onchange: () => onchange(choice.value),
    }),
  );
  const element = h(
    "fieldset",
    { class: "choices", "data-look": look },
    h("legend", { class: "visually-hidden" }, label),
    all.map((choice, at) =>
      h(
        "label",
        { class: "choice", title: choice.hideLabel ? choice.label : null },
        inputs[at],
        choice.icon && icon(choice.icon),
        h("span", { class: choice.hideLabel ? "visually-hidden" : null }, choice.label),
      ),
    ),
  );
  /** @param {string} chosen */
  const set = (chosen) => {
    for (const input of inputs) input.checked = input.value === chosen;
  };
  return { element, set };
}
