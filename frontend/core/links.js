/** Which presses are of links that lead on in this page. */

/**
 * The link of this site that was plainly pressed, or null: what is to be opened elsewhere, or kept, is the browser's.
 * @param {MouseEvent} event
 */
export function pressedLink(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (
    !link ||
    event.defaultPrevented ||
    event.button ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return null;
  return link.target || link.hasAttribute("download") || link.origin !== location.origin ? null : link;
}
