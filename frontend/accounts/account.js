/** One's own account: profile, appearance, devices, signing out. */
import { patch } from "../core/api.js";
import { appearance, setAppearance } from "../core/appearance.js";
import { h } from "../core/dom.js";
import { longDate } from "../core/format.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { onSession, session, setUser } from "../core/session.js";
import { avatar } from "../components/avatar.js";
import { choices } from "../components/choices.js";
import { field } from "../components/field.js";
import { signOut } from "../components/frame.js";
import { icon } from "../components/icons.js";
import { pageHead } from "../components/page-head.js";
import { devices } from "./devices.js";

/** @typedef {import("../core/api-types.js").Me} Me */

export const title = "Account";

/** @param {HTMLElement} element */
export function mount(element) {
  const me = /** @type {Me} */ (session.user);
  const list = devices();
  const look = choices({
    look: "segments",
    label: "Appearance",
    value: appearance(),
    choices: [
      { value: "light", label: "Light", icon: "sun" },
      { value: "dark", label: "Dark", icon: "moon" },
      { value: "system", label: "System", icon: "system" },
    ],
    onchange: (value) => setAppearance(/** @type {import("../core/appearance.js").Appearance} */ (value)),
  });
  element.append(
    pageHead("Account"),
    section("Profile", "How others see you in the club.", profile(me)),
    section("Appearance", "Kept on this device.", look.element),
    section("Devices", "Where you are signed in. End what you do not recognise.", list.element),
    section(
      "Sign out",
      "Ends the session on this device.",
      h(
        "button",
        { class: "button", type: "button", onclick: () => void signOut() },
        icon("door"),
        "Sign out",
      ),
    ),
  );
  const stop = onSession(() => look.set(appearance()));
  return () => {
    stop();
    list.close();
  };
}

/** @param {string} heading @param {string} text @param {Node} content */
function section(heading, text, content) {
  return h(
    "section",
    { class: "account-section" },
    h("div", {}, h("h2", {}, heading), h("p", { class: "account-text" }, text)),
    h("div", {}, content),
  );
}

/** @param {Me} me */
function profile(me) {
  const form = h(
    "form",
    { class: "form account-form" },
    field({ name: "name", label: "Name", value: me.name, autocomplete: "name", maxlength: 100 }),
    h(
      "div",
      { class: "form-actions" },
      h("button", { class: "button", "data-look": "primary", type: "submit" }, "Save"),
    ),
  );
  handleForm(form, async ({ name }) => {
    const { data } = await patch("/api/me", { name });
    setUser(data);
    toast("Saved");
  });
  return h(
    "div",
    { class: "account-profile" },
    h(
      "div",
      { class: "account-person" },
      avatar(me, "large"),
      h(
        "dl",
        { class: "facts" },
        [
          ["Username", me.username],
          ["E-mail", me.email],
          ["Member since", longDate(me.created_at)],
        ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      ),
    ),
    form,
  );
}
