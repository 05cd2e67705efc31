/** Keys that do something wherever one stands: with ⌘ on Apple's machines, whose Ctrl is the system's, else with Ctrl. */

const apple = /Mac|iPhone|iPad/.test(navigator.platform);

/** As `aria-keyshortcuts` has it. @param {string} letter */
export const shortcut = (letter) => `${apple ? "Meta" : "Control"}+${letter}`;

/** As people write it. @param {string} letter */
export const shortcutWords = (letter) => (apple ? `⌘${letter}` : `Ctrl ${letter}`);

/** @param {KeyboardEvent} event @param {string} letter */
export function isShortcut(event, letter) {
  const [held, other] = apple ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!held || other || event.altKey || event.shiftKey || event.defaultPrevented) return false;
  // Looked at last: filling in a field, a browser presses keys that are none.
  return event.key.toUpperCase() === letter;
}
