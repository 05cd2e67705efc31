/** Deleting an account, one's own or another's: what becomes of shared files is asked, and the username is typed. */
import { ApiError } from "../core/api.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";
import { options } from "../components/options.js";

/**
 * @param {object} deletion
 * @param {string} deletion.username whose account
 * @param {string} deletion.title
 * @param {string} deletion.text
 * @param {string} deletion.files whose they are
 * @param {string} deletion.keep what the button says that leaves it be
 * @param {string} deletion.action
 * @param {(files: string) => Promise<unknown>} deletion.send throws an ApiError to have it shown
 * @param {() => void} deletion.done called once the dialog is closed
 */
export function openDeletion({ username, title, text, files, keep, action, send, done }) {
  openForm({
    title,
    text,
    fields: [
      options({
        legend: files,
        name: "files",
        value: "keep",
        options: [
          {
            value: "keep",
            label: "Leave them to the club",
            detail: "They stay, as files of a former member.",
          },
          { value: "delete", label: "Delete them, too", detail: "Nobody can open them any more." },
        ],
      }),
      field({
        name: "username",
        label: `Type “${username}” to go on`,
        required: "Type the username, so that this does not happen by accident.",
        autocomplete: "off",
      }),
    ],
    cancel: keep,
    action,
    look: "danger",
    async send(values, close) {
      if (values["username"]?.trim() !== username)
        throw new ApiError(0, "not_the_name", `This is not “${username}”.`).at("username");
      await send(values["files"] ?? "keep");
      close();
      done();
    },
  });
}
