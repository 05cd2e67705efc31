/**
 * Forms: what is wrong stands at its field and is read out, the first of them gets the focus, and while the server
 * works the form says so and takes no second press.
 */
import { ApiError, isAbort, sentence } from "./api.js";
import { h } from "./dom.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

const address = /^[^\s@]+@[^\s@]+$/; // a browser's own pattern has only ASCII before the @

/**
 * @param {HTMLFormElement} form
 * @param {(values: { [name: string]: string }) => Promise<void>} send throws an ApiError to have it shown
 */
export function handleForm(form, send) {
  const message = h("p", { class: "form-message", role: "alert", hidden: true });
  form.noValidate = true;
  form.prepend(message);

  /** @param {{ [name: string]: string }} wrong @param {string} [whole] */
  function show(wrong, whole = "") {
    const unplaced = Object.entries(wrong).filter(
      ([name]) => !fields(form).some((field) => field.name === name),
    );
    for (const field of fields(form)) setError(field, wrong[field.name] ?? "");
    const placed = Object.keys(wrong).length > unplaced.length;
    message.textContent = placed ? unplaced.map(([, words]) => words).join(" ") : whole;
    message.hidden = !message.textContent;
    message.scrollIntoView({ block: "nearest" });
    fields(form)
      .find((field) => wrong[field.name])
      ?.focus();
  }

  form.addEventListener("input", (event) => {
    if (event.target instanceof HTMLElement && event.target.ariaInvalid)
      setError(/** @type {Field} */ (event.target), "");
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = new FormData(form, event.submitter); // with the button, where several have a value
    if (form.ariaBusy === "true") return;
    const missing = check(form);
    show(missing);
    if (Object.keys(missing).length) return;
    form.ariaBusy = "true";
    try {
      await send(/** @type {{ [name: string]: string }} */ (Object.fromEntries(values)));
    } catch (error) {
      if (isAbort(error)) return;
      show(error instanceof ApiError ? error.fields : {}, sentence(error));
      if (!(error instanceof ApiError)) throw error;
    } finally {
      form.ariaBusy = null;
    }
  });
}

/** @param {HTMLFormElement} form */
function fields(form) {
  return /** @type {Field[]} */ ([...form.elements].filter((element) => "name" in element && element.name));
}

/** What the page itself can see; the rest is for the server to say. @param {HTMLFormElement} form */
function check(form) {
  /** @type {{ [name: string]: string }} */
  const wrong = {};
  for (const field of fields(form)) {
    if (field.validity.valueMissing) wrong[field.name] = field.dataset.missing ?? "Fill this in.";
    else if (field.type === "email" && field.value && !address.test(field.value))
      wrong[field.name] = "This does not look like an e-mail address.";
  }
  return wrong;
}

/** @param {Field} field @param {string} words */
function setError(field, words) {
  const place = document.getElementById(`${field.id}-error`);
  if (!place) return;
  // Whoever stands on the field already hears nothing of what describes it.
  place.role = words && field === document.activeElement ? "alert" : null;
  place.textContent = words;
  place.hidden = !words;
  field.ariaInvalid = words ? "true" : null;
}
