/**
 * Setting up an authenticator app: the picture for its camera, the key for those who type, a code as proof. A phone
 * cannot scan itself: there the app is opened first, and no keyboard stands in front of it.
 */
import { post } from "../core/api.js";
import { h, svg } from "../core/dom.js";
import { toast } from "../core/notices.js";
import { copyButton } from "../components/copy.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { openCodes } from "./recovery-codes.js";

/** @typedef {import("../core/api-types.js").Enrolment} Enrolment */

/**
 * @param {Enrolment} made
 * @param {() => void} done
 */
export function openSetUp({ secret, uri, qr }, done) {
  const onPhone = matchMedia("(pointer: coarse)").matches;
  const open = onPhone
    ? h("a", { class: "button", "data-wide": true, href: uri }, "Open the app")
    : h("a", { href: uri }, "Open in an app on this device");
  const { form } = openForm({
    title: "Set up an authenticator app",
    text: onPhone
      ? "Open your authenticator app, or scan the picture with another device. Then enter the code that the app shows."
      : "Scan the picture with your authenticator app, then enter the code it shows.",
    fields: [
      h(
        "div",
        { class: "secret" },
        onPhone && open,
        picture(qr),
        h(
          "div",
          { class: "secret-words" },
          h("p", {}, "No camera? Enter this key in the app:"),
          h("code", { class: "secret-key" }, secret.match(/.{1,4}/g)?.join(" ")),
          h("div", { class: "form-actions" }, copyButton(secret, "Copy key"), !onPhone && open),
        ),
      ),
      field({
        name: "code",
        label: "Code from the app",
        required: "Enter the six digits that the app shows.",
        autocomplete: "one-time-code",
        inputmode: "numeric",
        maxlength: 10,
      }),
    ],
    action: "Turn on",
    steady: true,
    async send({ code }, close) {
      const { data } = await post("/api/totp/confirm", { code });
      close();
      toast("The authenticator app is on");
      // At once: they are shown only now, and the button that they give the focus back to must still be there.
      if (data.codes.length) openCodes(data.codes, done);
      else done();
    },
  });
  if (!onPhone) form.querySelector("input")?.focus();
}

/** Drawn dark on white whatever the appearance: cameras want it so. @param {Enrolment["qr"]} qr */
function picture({ size, path }) {
  return svg(
    "svg",
    { class: "secret-picture", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "QR code" },
    svg("path", { d: path }),
  );
}
