/** One's name in the club, and the facts beside it. */
import { patch } from "../core/api.js";
import { h } from "../core/dom.js";
import { longDate } from "../core/format.js";
import { handleForm } from "../core/form.js";
import { toast } from "../core/notices.js";
import { setUser } from "../core/session.js";
import { avatar } from "../components/avatar.js";
import { field } from "../components/field.js";

/** @param {import("../core/api-types.js").Me} me */
export function profile(me) {
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
  let face = avatar(me, "large");
  handleForm(form, async ({ name }) => {
    const { data } = await patch("/api/me", { name });
    setUser(data);
    const anew = avatar(data, "large");
    face.replaceWith(anew);
    face = anew;
    toast("Saved");
  });
  return h(
    "div",
    { class: "account-profile" },
    h(
      "div",
      { class: "account-person" },
      face,
      h(
        "dl",
        { class: "facts" },
        [
          ["Username", me.username],
          ["Role", me.role],
          ["Member since", longDate(me.created_at)],
        ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      ),
    ),
    form,
  );
}
