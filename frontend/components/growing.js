/** Rows of a list to which more are added beneath: what is open among them, and whoever stands on one, stay as they are. */
import { fill } from "../core/dom.js";

/**
 * The answer draws the list as it is now, in its element.
 * @template Item
 * @template {HTMLElement} List
 * @param {List} element
 * @param {(item: Item) => Node} row
 * @returns {(items: readonly Item[]) => List}
 */
export function growing(element, row) {
  /** @type {readonly Item[]} */
  let drawn = [];
  return (items) => {
    const grew = drawn.length > 0 && drawn.every((one, at) => one === items[at]);
    if (!grew) fill(element);
    element.append(...items.slice(grew ? drawn.length : 0).map(row));
    drawn = items;
    return element;
  };
}
