/** Signing in. Leads on to where one was going, and back to a page whose session ended. */
import { ApiError, post } from "../core/api.js";
import { safePath } from "../core/address.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { isHeld, navigate } from "../core/router.js";
import { session, setUser } from "../core/session.js";
import { checkbox, field } from "../components/field.js";
import { entrance } from "./entrance.js";

export const title = "Sign in";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, { query }) {
  const unconfirmed = h(
    "p",
    { class: "entrance-note", hidden: true },
    "No mail? ",
    h("a", { href: "/confirm" }, "Send the link again"),
    ".",
  );
  const form = h(
    "form",
    { class: "form" },
    field({
      name: "username",
      label: "Username or e-mail",
      autocomplete: "username",
      required: "Enter your username or e-mail address.",
      maxlength: 254,
    }),
    field({
      name: "password",
      label: "Password",
      type: "password",
      autocomplete: "current-password",
      required: "Enter your password.",
      maxlength: 256,
    }),
    unconfirmed,
    checkbox({ name: "remember", label: "Keep me signed in" }),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Sign in"),
  );
  entrance(
    element,
    h("h1", {}, "Sign in"),
    isHeld() &&
      h("p", { class: "entrance-note" }, "Your session has ended. Sign in, and you are back where you were."),
    form,
    h(
      "p",
      { class: "entrance-more" },
      session.registration !== "closed" && [
        "New here? ",
        h("a", { href: "/sign-up" }, "Create an account"),
        " or ",
      ],
      h("a", { href: "/form" }, session.registration === "closed" ? "Request access" : "request access"),
      ".",
    ),
  );

  handleForm(form, async ({ username, password, remember }) => {
    unconfirmed.hidden = true;
    try {
      const { data } = await post("/api/login", { username, password, remember: remember === "on" });
      setUser(data.user);
      await navigate(safePath(query.get("next")), { replace: true });
    } catch (error) {
      unconfirmed.hidden = !(error instanceof ApiError && error.code === "unconfirmed");
      throw error;
    }
  });
  return () => {};
}
