/** The very first page of a new club: the link from the terminal makes its administrator. */
import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { navigate } from "../core/router.js";
import { session, setUser } from "../core/session.js";
import { newPasswordField } from "../components/new-password.js";
import { entrance } from "./entrance.js";
import { accountFields, tokenInAddress } from "./forms.js";

export const title = "Create the administrator";

const another = "Each start of Clubroom shows a new one, until there is an administrator.";

/** @param {HTMLElement} element */
export function mount(element) {
  const token = tokenInAddress();
  const signIn = h(
    "p",
    { class: "entrance-more" },
    "Set up already? ",
    h("a", { href: "/sign-in" }, "Sign in"),
    ".",
  );
  if (!token) {
    entrance(
      element,
      h("h1", {}, title),
      h(
        "p",
        { class: "entrance-note" },
        `This is only the beginning of the link. Open all of it, as the terminal shows it. ${another}`,
      ),
      signIn,
    );
    return () => {};
  }
  const form = h(
    "form",
    { class: "form" },
    accountFields(),
    newPasswordField(),
    h("button", { class: "button", "data-look": "primary", type: "submit" }, "Create the administrator"),
  );
  entrance(
    element,
    h("h1", {}, "Create the administrator"),
    h(
      "p",
      { class: "entrance-note" },
      "The first account looks after the club: it lets people in and sees what happens.",
    ),
    form,
    signIn,
  );
  handleForm(form, async ({ username, email, name, password }) => {
    const { data } = await post("/api/setup", { token, username, email, name, password }).catch((error) => {
      if (error.code === "invalid_token") error.message += ` ${another}`;
      throw error;
    });
    session.setUp = true;
    setUser(data.user);
    await navigate("/people", { replace: true });
  });
  return () => {};
}
