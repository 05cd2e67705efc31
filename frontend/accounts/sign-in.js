/**
 * Signing in. Leads on to where one was going, and back to a page whose session ended. What not everybody needs, the
 * second step and sample people, comes when it is wanted.
 */
import { ApiError, fetched, oneAfterAnother, post } from "../core/api.js";
import { safePath, withQuery } from "../core/address.js";
import { fill, h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { heldAt, navigate } from "../core/router.js";
import { session, setUser } from "../core/session.js";
import { checkbox, field } from "../components/field.js";
import { entrance, setUpNote } from "./entrance.js";
import { passkeyWay } from "./passkey-sign-in.js";

export const title = "Sign in";

/**
 * @param {HTMLElement} element
 * @param {import("../core/router.js").Params} params
 */
export function mount(element, { query }) {
  const place = h("div", {});
  /** @type {(() => void) | undefined} stops waiting for a passkey */
  let stopWaiting;
  // Each of these answers brings the visitor's cookie: one that comes late would lose that the password was right.
  const inTurn = oneAfterAnother();

  /** Who is leaving is asked first whether to stay. @param {import("../core/session.js").Me} user */
  async function enter(user) {
    setUser(user);
    const next = safePath(heldAt(user) ?? query.get("next"));
    await navigate(user.delete_at ? withQuery("/stay", { next }) : next, { replace: true });
  }

  /** @param {string} [notice] why one begins once more */
  function begin(notice) {
    const form = signInForm();
    fill(
      place,
      h("h1", {}, "Sign in"),
      setUpNote(),
      notice && h("p", { class: "form-message", role: "alert" }, notice),
      heldAt() &&
        h(
          "p",
          { class: "entrance-note", role: "alert" },
          "You were signed out. Sign in, and you are back where you were.",
        ),
      form,
      otherWays(),
    );
    stopWaiting?.();
    stopWaiting = passkeyWay(form, enter, inTurn);
    return form;
  }

  function signInForm() {
    const unconfirmed = h(
      "p",
      { class: "entrance-note", hidden: true },
      "No mail? ",
      h("a", { href: "/confirm" }, "Send the link again"),
      ".",
    );
    const secret = field({
      name: "password",
      label: "Password",
      type: "password",
      autocomplete: "current-password",
      required: "Enter your password.",
    });
    const form = h(
      "form",
      { class: "form" },
      field({
        name: "username",
        label: "Username or e-mail",
        autocomplete: "username webauthn",
        required: "Enter your username or e-mail address.",
        maxlength: 254,
      }),
      secret,
      unconfirmed,
      h(
        "div",
        { class: "form-beside" },
        checkbox({ name: "remember", label: "Keep me signed in" }),
        h("a", { href: "/forgotten" }, "Forgotten password?"),
      ),
      h("button", { class: "button", "data-look": "primary", type: "submit" }, "Sign in"),
    );
    handleForm(form, async ({ username = "", password = "", remember }) => {
      unconfirmed.hidden = true;
      try {
        await signIn({ username, password, remember: remember === "on" });
      } catch (error) {
        unconfirmed.hidden = !(error instanceof ApiError && error.code === "unconfirmed");
        secret.querySelector("input")?.select(); // typing replaces it
        if (error instanceof ApiError && error.code === "invalid_credentials")
          error.message = "Wrong username, e-mail or password."; // the server's word is for programs
        throw error;
      }
    });
    return form;
  }

  /** @param {import("../core/api-types.js").Credentials} credentials */
  async function signIn(credentials) {
    const { data } = await inTurn(() => post("/api/login", credentials));
    if (data.user) return enter(data.user);
    stopWaiting?.();
    const { secondStep } = await fetched(import("./second-step.js"));
    secondStep(place, data.methods, {
      remember: credentials.remember ?? false,
      enter,
      startAgain: (notice) => begin(notice).querySelector("input")?.focus(),
    });
  }

  function otherWays() {
    const closedDoor = session.registration === "closed";
    const ways = h(
      "p",
      { class: "entrance-more" },
      !closedDoor && ["New here? ", h("a", { href: "/sign-up" }, "Create an account"), " or "],
      h("a", { href: "/form" }, closedDoor ? "Request access" : "request access"),
      ".",
    );
    if (session.demo.length) {
      void import("./samples.js").then(
        ({ samples }) => ways.before(samples(signIn)),
        () => {}, // one can sign in without them
      );
    }
    return ways;
  }

  entrance(element, place);
  begin();
  return () => stopWaiting?.();
}
