/** Those who want to hear of something. */

/**
 * @template {unknown[]} News
 * @typedef {object} Listeners
 * @property {(listener: (...news: News) => void) => () => void} add the answer stops it
 * @property {(...news: News) => void} tell calls all of them back
 * @property {() => boolean} areThere
 */

/**
 * @template {unknown[]} News
 * @returns {Listeners<News>}
 */
export function listeners() {
  /** @type {Set<(...news: News) => void>} */
  const all = new Set();
  return {
    add(listener) {
      all.add(listener);
      return () => all.delete(listener);
    },
    tell(...news) {
      for (const listener of all) listener(...news);
    },
    areThere: () => all.size > 0,
  };
}
