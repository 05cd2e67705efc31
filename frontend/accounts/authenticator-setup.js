/** Setting up an authenticator app: the picture for its camera, the key for those who type, a code as proof. */
import { post } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { h, svg } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { copyButton } from "../components/copy.js";
import { field } from "../components/field.js";
import { openCodes } from "./recovery-codes.js";

/** @typedef {import("../core/api-types.js").Enrolment} Enrolment */

/**
 * @param {Enrolment} made
 * @param {() => void} done
 */
export function openSetUp({ secret, uri, qr }, done) {
  const form = h(
    "form",
    { class: "form" },
    field({
      name: "code",
      label: "Code from the app",
      required: "Enter the six digits that the app shows.",
      autocomplete: "one-time-code",
      inputmode: "numeric",
      maxlength: 10,
    }),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"),
      h("button", { class: "button", "data-look": "primary", type: "submit" }, "Turn on"),
    ),
  );
  const content = h(
    "div",
    {},
    h(
      "p",
      { class: "dialog-text" },
      "Scan the picture with your authenticator app, then enter the code it shows.",
    ),
    h(
      "div",
      { class: "secret" },
      picture(qr),
      h(
        "div",
        { class: "secret-words" },
        h("p", {}, "No camera? Enter this key in the app:"),
        h("code", { class: "secret-key" }, secret.match(/.{1,4}/g)?.join(" ")),
        h(
          "div",
          { class: "form-actions" },
          copyButton(secret, "Copy key"),
          h("a", { href: uri }, "Open in an app on this device"),
        ),
      ),
    ),
    form,
  );
  const dialog = openDialog({ title: "Set up an authenticator app", content, steady: true });
  form.querySelector("input")?.focus();
  handleForm(form, async ({ code }) => {
    const { data } = await post("/api/totp/confirm", { code });
    dialog.close();
    toast("The authenticator app is on");
    done();
    if (data.codes.length) openCodes(data.codes, done);
  });
}

/** Drawn dark on white whatever the appearance: cameras want it so. @param {Enrolment["qr"]} qr */
function picture({ size, path }) {
  return svg(
    "svg",
    { class: "secret-picture", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "QR code" },
    svg("path", { d: path }),
  );
}
