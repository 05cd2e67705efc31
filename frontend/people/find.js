/** Finds people for the command palette. */
import { get } from "../core/api.js";
import { withQuery } from "../core/address.js";

/**
 * @param {string} words
 * @param {AbortSignal} signal
 * @returns {Promise<import("../components/palette.js").Found[]>}
 */
export async function find(words, signal) {
  const { data } = await get(withQuery("/api/users", { q: words, limit: 5 }), { signal });
  return /** @type {import("../core/api-types.js").UserOut[]} */ (data).map((user) => ({
    icon: "person",
    label: user.name || user.username,
    detail: user.username,
    href: `/people/${user.id}`,
  }));
}
