/** For members whose role needs a second factor and who have none yet: nothing else opens until they have. */
import { get } from "../core/api.js";
import { safePath } from "../core/address.js";
import { h } from "../core/dom.js";
import { session, setUser } from "../core/session.js";
import { signOut } from "../components/frame.js";
import { attempt } from "../components/attempt.js";
import { icon } from "../components/icons.js";
import { authenticator } from "./authenticator.js";
import { passkeys } from "./passkeys.js";

export const title = "Set up a second factor";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, { query }) {
  const onward = h(
    "a",
    {
      class: "button",
      "data-look": "primary",
      "data-wide": true,
      href: safePath(query.get("next")),
      hidden: true,
    },
    "Go on",
  );
  const heading = h("h1", {}, "A second factor, please");
  const text = h("p", {}, "Your role needs one: set up a passkey or an authenticator app.");
  let told = false; // only what changes here calls for the next step
  const factor = authenticator(tell);
  const keys = passkeys(() => void factor.load());
  element.append(
    h(
      "div",
      { class: "sheet sheet-roomy" },
      icon("lock"),
      heading,
      text,
      h("h2", {}, "Passkey"),
      keys.element,
      h("h2", {}, "Authenticator app"),
      factor.element,
      onward,
      h(
        "p",
        { class: "sheet-more" },
        h("button", { class: "button", "data-look": "quiet", type: "button", onclick: signOut }, "Sign out"),
      ),
    ),
  );

  /**
   * What is asked of the reader, and whether they may go on.
   * @param {import("../core/api-types.js").Factors} factors
   */
  function tell({ totp, passkeys, required }) {
    const has = totp || passkeys > 0;
    const [title, words] = say(has, required);
    heading.textContent = title;
    text.textContent = words;
    onward.hidden = required && !has;
    if (told && !onward.hidden) void goOn();
    told = true;
  }

  async function goOn() {
    await attempt(async () => setUser((await get("/api/me")).data));
    onward.focus();
  }

  return () => {
    factor.close();
    keys.close();
  };
}

/** @param {boolean} has @param {boolean} required @returns {[string, string]} */
function say(has, required) {
  if (has) return ["You have a second factor", `That is all ${session.club} asks: the rest is open to you.`];
  if (!required)
    return ["No second factor is needed", `${session.club} asks you for none. You are safer with one.`];
  return [
    "A second factor, please",
    `${session.club} asks every ${session.user?.role} to have one. Set up a passkey or an authenticator app; until then the rest stays closed.`,
  ];
}
