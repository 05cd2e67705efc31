/**
 * Cuts the text of a mail into plain pieces and links. Only what the server names as a link of this mail becomes one.
 * @param {string} text
 * @param {readonly string[]} links
 * @returns {{ text: string, href: string }[]}
 */
export function withLinks(text, links) {
  const pieces = [{ text, href: "" }];
  for (const link of links.filter((one) => /^https?:\/\//.test(one))) {
    for (let at = 0; at < pieces.length; at += 1) {
      const piece = pieces[at];
      const start = piece && !piece.href ? piece.text.indexOf(link) : -1;
      if (!piece || start < 0) continue;
      const parts = [
        { text: piece.text.slice(0, start), href: "" },
        { text: link, href: link },
        { text: piece.text.slice(start + link.length), href: "" },
      ];
      pieces.splice(at, 1, ...parts.filter((part) => part.text));
    }
  }
  return pieces;
}
