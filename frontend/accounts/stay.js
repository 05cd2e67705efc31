/** For who is leaving and has signed in again: keep the account, or let it go. Until then nothing else opens. */
import { get, post } from "../core/api.js";
import { safePath, withQuery } from "../core/address.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { longDate } from "../core/format.js";
import { toast } from "../core/notices.js";
import { navigate } from "../core/router.js";
import { session, setUser } from "../core/session.js";
import { icon } from "../components/icons.js";

export const title = "Keep your account?";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, { query }) {
  const until = session.user?.delete_at;
  const onward = safePath(query.get("next"));
  const form = h(
    "form",
    { class: "form" },
    h(
      "button",
      { class: "button", "data-look": "primary", "data-wide": true, type: "submit" },
      "Keep my account",
    ),
  );
  const goodbye = h(
    "form",
    { class: "form" },
    h("button", { class: "button", "data-wide": true, type: "submit" }, "Let it be deleted"),
  );
  element.append(
    h(
      "div",
      { class: "sheet" },
      icon("door"),
      until
        ? [
            h("h1", {}, title),
            h("p", {}, `This account will be deleted on ${longDate(until)}. Until then it is yours to keep.`),
            h(
              "p",
              {},
              "If it was not you who asked for this, keep it, then choose a new password and look through your devices.",
            ),
            h("div", { class: "form" }, form, goodbye),
          ]
        : [
            h("h1", {}, "Your account stays"),
            h("p", {}, "Nobody has asked for its deletion."),
            h("a", { class: "button", "data-wide": true, href: onward }, "Go on"),
          ],
    ),
  );
  handleForm(form, async () => {
    await post("/api/me/stay");
    setUser((await get("/api/me")).data);
    toast("Your account stays");
    await navigate(onward, { replace: true });
  });
  handleForm(goodbye, async () => {
    await post("/api/logout");
    setUser(null);
    await navigate(withQuery("/farewell", { until: until ?? "" }), { replace: true });
  });
  return () => {};
}
