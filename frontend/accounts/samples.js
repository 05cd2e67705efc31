/** In a demonstration: the sample people, one press each. */
import { h } from "../core/dom.js";
import { handleForm } from "../core/form.js";
import { session } from "../core/session.js";

/** @param {(credentials: import("../core/api-types.js").Credentials) => Promise<void>} signIn */
export function samples(signIn) {
  const form = h(
    "form",
    { class: "entrance-samples" },
    h("h2", {}, "Look around as"),
    h(
      "div",
      { class: "entrance-sample-people" },
      session.demo.map(({ username, role }) =>
        h(
          "button",
          { class: "button", type: "submit", name: "username", value: username },
          h("span", {}, username),
          h("span", { class: "entrance-role" }, role),
        ),
      ),
    ),
  );
  handleForm(form, async ({ username }) => {
    const chosen = session.demo.find((one) => one.username === username);
    if (chosen) await signIn({ username: chosen.username, password: chosen.password });
  });
  return form;
}
