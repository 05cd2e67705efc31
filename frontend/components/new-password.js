/** A password to be made up. While one types, the server says at the field whether it will do. */
import { isAbort, newest, post } from "../core/api.js";
import { fill, h, uniqueId } from "../core/dom.js";
import { field } from "./field.js";
import { icon } from "./icons.js";

/** Beside a second factor fewer characters do. */
export const memberHint =
  "At least 15 characters; 8 are enough with a passkey or an authenticator app. A few unrelated words are easy to remember.";
const hint = "At least 15 characters. A few unrelated words are easy to remember and hard to guess.";

/**
 * @param {object} [options]
 * @param {string} [options.label]
 * @param {string} [options.name]
 * @param {string} [options.hint]
 * @param {number} [options.least] how many characters it takes, where the server would take fewer
 * @param {string} [options.token] that of the mailed link; "" where a forgotten password is replaced by a code
 */
export function newPasswordField({
  label = "Password",
  name = "password",
  hint: words = hint,
  least = 0,
  token,
} = {}) {
  const element = field({
    name,
    label,
    type: "password",
    hint: words,
    required: "Choose a password.",
    autocomplete: "new-password",
  });
  const input = /** @type {HTMLInputElement} */ (element.querySelector("input"));
  const advice = h("p", { class: "field-advice", id: uniqueId(), role: "status" });
  input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby")} ${advice.id}`);
  element.append(advice);
  const next = newest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function judge() {
    const signal = next();
    if (input.value.length < least) return say(`At least ${least} characters.`);
    try {
      const { data } = await post("/api/password/check", { ...about(input), token }, { signal });
      say(data.acceptable ? "That will do." : data.reason, data.acceptable);
    } catch (error) {
      // Advice that cannot be had is no news: the server judges again when the form is sent.
      if (!isAbort(error)) say("");
    }
  }

  /** @param {string} sentence @param {boolean} [good] */
  function say(sentence, good = false) {
    advice.dataset["tone"] = good ? "ok" : "plain";
    fill(advice, good && icon("check"), sentence);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    next();
    if (input.value) timer = setTimeout(judge, 350);
    else say("");
  });
  return element;
}

/**
 * The password and who it is for, as far as the form knows: it must not be made of one's own names.
 * @param {HTMLInputElement} input
 */
function about(input) {
  const form = new FormData(input.form ?? undefined);
  const known = ["username", "email", "name"]
    .map((name) => [name, String(form.get(name) ?? "")])
    .filter(([, value]) => value);
  return { ...Object.fromEntries(known), password: input.value };
}
