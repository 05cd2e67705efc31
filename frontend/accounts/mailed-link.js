/** A page behind a mailed link: opening it uses nothing up, its one button does what the mail is about. */
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { icon } from "../components/icons.js";
import { doneSheet } from "./done.js";
import { isUsedUp, proof, proofFields, tokenInAddress } from "./forms.js";

/**
 * @template Answer
 * @param {HTMLElement} element
 * @param {object} options
 * @param {import("../components/icons.js").IconName} options.icon
 * @param {string} options.heading
 * @param {string} options.text
 * @param {string} options.action
 * @param {(proof: { [name: string]: string | undefined }) => Promise<Answer>} options.send
 * @param {(answer: Answer) => [string, import("../core/dom.js").Child]} options.done heading and text once it is done
 * @param {string} options.usedUp what to say when the link does nothing any more
 * @param {HTMLElement[]} [options.onward] where to go then
 */
export function mailedLink(
  element,
  { icon: name, heading, text, action, send, done, usedUp, onward = [toStart()] },
) {
  const token = tokenInAddress();
  const form = h(
    "form",
    { class: "form" },
    proofFields(token),
    h("button", { class: "button", "data-look": "primary", "data-wide": true, type: "submit" }, action),
  );
  const sheet = h("div", { class: "sheet" }, icon(name), h("h1", {}, heading), h("p", {}, text), form);
  element.append(sheet);
  handleForm(form, async (values) => {
    try {
      doneSheet(sheet, ...done(await send(proof(token, values))));
    } catch (error) {
      if (!token || !isUsedUp(error)) throw error;
      const h1 = h("h1", { tabindex: "-1" }, "This link no longer works");
      sheet.replaceChildren(icon(name), h1, h("p", {}, usedUp), ...onward);
      h1.focus();
    }
  });
  return () => {};
}

const toStart = () => h("a", { class: "button", "data-wide": true, href: "/" }, "Go to the start");
