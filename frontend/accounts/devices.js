/** The devices somebody is signed in on: end one, or all the others. */
import { get, isAbort, newest, remove, sentence } from "../core/api.js";
import { confirm } from "../core/dialog.js";
import { fill, h } from "../core/dom.js";
import { toast } from "../core/notices.js";
import { errorState, skeleton } from "../components/states.js";
import { deviceRow } from "./device-row.js";

/** @typedef {import("../core/api-types.js").Device} Device */

export function devices() {
  /** @type {Device[] | null} */
  let all = null;
  /** @type {unknown} */
  let problem = null;
  const next = newest();
  const list = h("div", { class: "devices" });
  const others = h(
    "button",
    { class: "button", type: "button", hidden: true, onclick: endOthers },
    "End all other sessions",
  );
  const element = h("div", { class: "account-stack" }, list, others);
  void load();

  async function load() {
    problem = null;
    try {
      all = (await get("/api/sessions?limit=200", { signal: next() })).data;
    } catch (error) {
      if (isAbort(error)) return;
      problem = error;
    }
    update();
  }

  /** @param {Device} device */
  async function end(device) {
    try {
      await remove(`/api/sessions/${device.id}`);
      toast(`Session ended: ${device.device}`);
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
    await load();
  }

  async function endOthers() {
    const agreed = await confirm({
      title: "End all other sessions?",
      text: "Everywhere but here you will have to sign in again.",
      action: "End sessions",
    });
    if (!agreed) return;
    try {
      await remove("/api/sessions");
      toast("All other sessions ended");
    } catch (error) {
      toast(sentence(error), { danger: true });
    }
    await load();
  }

  function update() {
    others.hidden = !all?.some((device) => !device.current);
    if (problem) fill(list, errorState(problem, load));
    else if (!all) fill(list, skeleton(2));
    else
      fill(
        list,
        h(
          "ul",
          { class: "rows" },
          all.map((device) => deviceRow(device, end)),
        ),
      );
  }

  update();
  return { element, load, close: () => void next() };
}
