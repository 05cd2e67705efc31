/**
 * Fields of a form: label, control, hint and the place where its error will stand. `core/form.js` fills that
 * place.
 */
import { h, uniqueId } from "../core/dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} FieldOptions
 * @property {string} name
 * @property {string} label
 * @property {string} [type]
 * @property {string} [hint]
 * @property {string} [required] what to say when it is left empty
 * @property {string} [value]
 * @property {string} [autocomplete]
 * @property {number} [maxlength] not for passwords: what is pasted would lose its end without a word
 * @property {"numeric"} [inputmode]
 */

/** @param {FieldOptions} options */
export function field(options) {
  const { name, label, type = "text", hint, required, value, autocomplete, maxlength, inputmode } = options;
  const id = uniqueId();
  // Also of a password: once it is shown, it is a text like any other.
  const isExact =
    ["email", "password"].includes(type) || name === "username" || autocomplete?.startsWith("username");
  const input = h("input", {
    id,
    name,
    type,
    value,
    autocomplete,
    maxlength,
    inputmode,
    required: Boolean(required),
    "data-missing": required,
    "aria-describedby": `${hint ? `${id}-hint ` : ""}${id}-error`,
    ...(isExact && { autocapitalize: "none", autocorrect: "off", spellcheck: "false" }),
  });
  return h(
    "div",
    { class: "field" },
    h("label", { class: "field-label", for: id }, label),
    type === "password" ? h("div", { class: "field-password" }, input, revealButton(input)) : input,
    hint && h("p", { class: "field-hint", id: `${id}-hint` }, hint),
    h("p", { class: "field-error", id: `${id}-error`, hidden: true }),
  );
}

/** @param {{ name: string, label: string }} options */
export function checkbox({ name, label }) {
  return h("label", { class: "checkbox" }, h("input", { type: "checkbox", name }), h("span", {}, label));
}

/** @param {HTMLInputElement} input */
function revealButton(input) {
  const button = h(
    "button",
    { class: "icon-button", type: "button", "aria-pressed": "false", "aria-label": "Show password" },
    icon("eye"),
  );
  button.addEventListener("click", () => {
    const reveal = input.type === "password";
    input.type = reveal ? "text" : "password";
    button.ariaPressed = String(reveal);
    button.replaceChildren(icon(reveal ? "eyeOff" : "eye"));
  });
  return button;
}
