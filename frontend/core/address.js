/** Reading and writing addresses: routes, query strings, `Link` headers, where to go after signing in. */

/**
 * `/people` and `{q: "ann", role: ""}` make `/people?q=ann`: what is empty is left out.
 * @param {string} path
 * @param {{ [name: string]: string | number | boolean | null | undefined }} values
 */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== "" && value !== null && value !== undefined && value !== false)
      query.set(name, String(value));
  }
  return query.size ? `${path}?${query}` : path;
}

/**
 * The address of the next page in a `Link` header of ours, or null: `</api/users?after=x>; rel="next"`.
 * @param {string | null} header
 */
export const nextPage = (header) => /<([^>]*)>; rel="next"/.exec(header ?? "")?.[1] ?? null;

/**
 * Where to go after signing in: a path of this site, or the start. `//evil`, `/\evil`, `javascript:…` and full
 * addresses are somebody else's idea.
 * @param {string | null} wanted
 */
export function safePath(wanted) {
  const here = "https://here.invalid";
  if (!wanted?.startsWith("/") || !URL.canParse(wanted, here)) return "/";
  const url = new URL(wanted, here);
  const inside = url.origin === here && !url.pathname.startsWith("//"); // "/.//evil"
  return inside ? url.pathname + url.search + url.hash : "/";
}

/**
 * `/people/:id?` gives "7" for `/people/7` and "" for `/people`, `/files` gives "" for `/files`; no match null.
 * @param {string} path
 * @param {string} pathname
 */
export function match(path, pathname) {
  const trimmed = pathname.replace(/(.)\/$/, "$1");
  const stem = path.replace("/:id?", "");
  if (trimmed === stem) return "";
  const id = path === stem || !trimmed.startsWith(`${stem}/`) ? "" : trimmed.slice(stem.length + 1);
  return id && !id.includes("/") ? id : null;
}
