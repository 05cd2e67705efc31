/** Finds the rooms of the administration for the command palette. */
import { may } from "../core/session.js";
import { rooms } from "./subnav.js";

/**
 * @param {string} words
 * @returns {Promise<import("../components/palette.js").Found[]>}
 */
export async function find(words) {
  return rooms
    .filter(({ label, needs }) => may(needs) && label.toLowerCase().includes(words.toLowerCase()))
    .map(({ icon, label, href }) => ({ icon, label, detail: "", href }));
}
