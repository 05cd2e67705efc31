/**
 * A person as a small disc with initials. The tint belongs to the person, so that faces in a list can be told
 * apart.
 */
import { h } from "../core/dom.js";
import { initials } from "../core/format.js";

/**
 * @param {{ id: number, username: string, name: string }} person
 * @param {"small" | "large"} [size]
 */
export function avatar(person, size = "small") {
  return h(
    "span",
    { class: "avatar", "data-tint": person.id % 5, "data-size": size, "aria-hidden": "true" },
    initials(person.name || person.username),
  );
}
