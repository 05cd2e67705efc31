/** What those who run the club decide about a person: the role, whether they may sign in, deleting the account. */
import { patch, remove } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { toast } from "../core/notices.js";
import { openDeletion } from "../accounts/deletion.js";
import { attempt } from "../components/attempt.js";
import { openForm } from "../components/form-dialog.js";
import { toldByMail } from "../components/mailed.js";
import { options } from "../components/options.js";

/** @typedef {import("../core/api-types.js").UserOut} User */

const roles = [
  { value: "member", label: "Member", detail: "Finds the others, and shares files." },
  {
    value: "manager",
    label: "Manager",
    detail: "Also sees e-mail addresses, answers those who ask for access, and looks after shared files.",
  },
  {
    value: "admin",
    label: "Admin",
    detail: "Runs the club: adds and removes people, signs out their devices, reads the audit log.",
  },
];

/**
 * @param {User} person
 * @param {{ changed: () => void, deleted: () => void }} options
 */
export function standing(person, { changed, deleted }) {
  const address = `/api/users/${person.id}`;
  const status = h("button", { class: "button", type: "button", onclick: changeStatus });
  const element = h(
    "div",
    { class: "person-actions" },
    h("button", { class: "button", type: "button", onclick: changeRole }, "Change role"),
    status,
    h(
      "button",
      { class: "button", "data-look": "quiet-danger", type: "button", onclick: expel },
      "Delete account",
    ),
  );
  update(person);

  /** @param {User} now */
  function update(now) {
    person = now;
    status.textContent = person.status === "active" ? "Disable account" : "Enable account";
  }

  const name = () => person.name || person.username;

  function changeRole() {
    openForm({
      title: `What may ${name()} do?`,
      text: `With another role they have to sign in again, everywhere. ${toldByMail()}`,
      fields: options({ legend: "Role", name: "role", value: person.role, options: roles }),
      action: "Change role",
      async send({ role }, close) {
        if (role === person.role) return close();
        await patch(address, { role });
        close();
        toast(`${name()} is ${role === "admin" ? "an administrator" : `a ${role}`} now`);
        changed();
      },
    });
  }

  async function changeStatus() {
    const disable = person.status === "active";
    const agreed =
      !disable ||
      (await confirm({
        title: `Disable the account of ${name()}?`,
        text: `They are signed out everywhere and can’t sign in until you enable it again. Nothing but their API tokens is deleted. ${toldByMail()}`,
        action: "Disable account",
      }));
    const done = disable ? `${name()} can’t sign in any more` : `${name()} can sign in again`;
    if (agreed && (await attempt(() => patch(address, { status: disable ? "disabled" : "active" }), done)))
      changed();
  }

  function expel() {
    openDeletion({
      username: person.username,
      title: `Delete the account of ${name()}?`,
      text: `It goes now, with all that is theirs alone, and can’t be brought back. ${toldByMail()} To keep them out for a while, disable the account.`,
      files: `Files ${name()} shares with the club`,
      keep: "Keep the account",
      action: "Delete account",
      send: (files) => remove(withQuery(address, { files })),
      done: () => {
        deleted();
        toast(`The account of ${name()} is deleted`);
      },
    });
  }

  return { element, update };
}
