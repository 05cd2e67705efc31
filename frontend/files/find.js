/** Finds files by name for the command palette. */
import { get } from "../core/api.js";
import { withQuery } from "../core/address.js";
import { size } from "../core/format.js";

/**
 * @param {string} words
 * @param {AbortSignal} signal
 * @returns {Promise<import("../components/palette.js").Found[]>}
 */
export async function find(words, signal) {
  const { data } = await get(withQuery("/api/uploads", { q: words, limit: 5 }), { signal });
  return /** @type {import("../core/api-types.js").FileOut[]} */ (data).map((file) => ({
    icon: "file",
    label: file.name,
    detail: size(file.size),
    href: withQuery("/files", { file: file.id }),
  }));
}
