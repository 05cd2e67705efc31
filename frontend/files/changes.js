/** What can be done with a file: renaming, showing it to others, deleting it with a way back. */
import { get, isGone, oneAfterAnother, patch, post, remove, sentence } from "../core/api.js";
import { confirm } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { listeners } from "../core/listeners.js";
import { announce, toast } from "../core/notices.js";
import { may, session } from "../core/session.js";
import { attempt } from "../components/attempt.js";
import { field } from "../components/field.js";
import { openForm } from "../components/form-dialog.js";

/** @typedef {import("../core/api-types.js").FileOut} StoredFile */
/** @typedef {(file: StoredFile | null) => void} Changed called with the file as it is now, or null when it is gone */

/** @type {import("../core/listeners.js").Listeners<[StoredFile]>} */
const listening = listeners();

/** Calls back when a deleted file is back: one may have left the page it was deleted on. The answer stops that. */
export const onRestored = listening.add;

/** @param {StoredFile} file */
export const mayChange = (file) => file.owner.id === session.user?.id || may("files.manage");

/** What a former member's was, and is kept private, nobody could ever see again. @param {StoredFile} file */
export const mayHide = (file) => mayChange(file) && file.owner.username !== "former member";

/** @param {StoredFile} file */
const address = (file) => `/api/uploads/${file.id}`;

/** @param {StoredFile} file @param {Changed} changed */
export function openRename(file, changed) {
  const { form } = openForm({
    title: "Rename",
    fields: field({
      name: "name",
      label: "Name",
      value: file.name,
      required: "A file needs a name.",
      autocomplete: "off",
      maxlength: 200,
    }),
    action: "Rename",
    async send({ name }, close) {
      try {
        const { data } = await patch(address(file), { name });
        close();
        announce(`Renamed to ${data.name}`);
        changed(data);
      } catch (error) {
        if (!isGone(error)) throw error; // somebody else was faster: it goes from the page, too
        close();
        toast(sentence(error), { danger: true });
        changed(null);
      }
    },
  });
  const input = form.querySelector("input");
  input?.focus();
  const dot = file.name.lastIndexOf(".");
  input?.setSelectionRange(0, dot > 0 ? dot : file.name.length);
}

/** @type {Map<string, import("../core/api.js").InTurn>} of each file whose readers were chosen here */
const turns = new Map();

/** @param {string} id of the file */
function turnOf(id) {
  const turn = turns.get(id) ?? oneAfterAnother();
  turns.set(id, turn);
  return turn;
}

/**
 * Who keeps somebody else's file private loses it by that, and is asked before.
 * @param {StoredFile} file @param {StoredFile["visibility"]} visibility @param {Changed} changed
 */
export async function setVisibility(file, visibility, changed) {
  const lost = visibility === "private" && file.owner.id !== session.user?.id;
  const meant =
    !lost ||
    (await confirm({
      title: `Keep “${file.name}” private?`,
      text: "It is not yours: only its owner sees it then, and can show it again.",
      action: "Keep it private",
    }));
  if (!meant) return changed(file);
  const told = (/** @type {StoredFile | null} */ now) =>
    changed(lost && now?.visibility === "private" ? null : now);
  void attempt(() => turnOf(file.id)(() => keep(file, visibility, told)));
}

/** @param {StoredFile} file @param {StoredFile["visibility"]} visibility @param {Changed} changed */
async function keep(file, visibility, changed) {
  let now = file;
  const kept = await attempt(
    async () => (now = (await patch(address(file), { visibility })).data),
    `${visibility === "members" ? "All members" : file.owner.id === session.user?.id ? "Only you" : "Only its owner"} can see it now`,
  );
  // What it was when the choice was made may have changed since.
  if (!kept) now = (await get(address(file)).catch((error) => ({ data: isGone(error) ? null : file }))).data;
  changed(now);
}

/** @type {Set<string>} what is being deleted: a menu does not wait for it, and can be pressed again */
const going = new Set();

/** @param {StoredFile} file @param {Changed} changed */
export async function deleteFile(file, changed) {
  if (going.has(file.id)) return;
  going.add(file.id);
  let gone = false;
  const deleted = await attempt(async () => {
    await remove(address(file)).catch((error) => {
      gone = isGone(error);
      throw error;
    });
  });
  going.delete(file.id);
  if (deleted || gone) changed(null);
  if (deleted) tellDeleted(file);
}

/** The way back stays open until it was gone. @param {StoredFile} file */
function tellDeleted(file) {
  const undo = async () => {
    if (!(await attempt(() => restore(file)))) tellDeleted(file);
  };
  toast(["“", h("span", { class: "toast-name", dir: "auto" }, file.name), "” was deleted"], {
    undo: () => void undo(),
  });
}

/** @param {StoredFile} file */
async function restore(file) {
  const { data } = await post(`${address(file)}/restore`);
  announce(`${file.name} is back`);
  listening.tell(data);
}
