import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
/** @type {Map<string, [string, string]>} */
const tokens = new Map();
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) {
  tokens.set(String(name), [String(light), String(dark)]);
}

/** @param {string} colour `#rrggbb`; its relative luminance as WCAG 2.2 defines it, 0 to 1 */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const surfaces = ["paper", "card", "tint"];
const inks = ["ink", "ink-soft", "ink-faint", "baize", "brass", "danger", "ok"];
/** @type {[string, string, number][]} */
const pairs = [
  ...surfaces.flatMap((surface) =>
    inks.map((ink) => /** @type {[string, string, number]} */ ([ink, surface, 4.5])),
  ),
  ...surfaces.map((surface) => /** @type {[string, string, number]} */ (["edge", surface, 3])),
  ["on-baize", "baize", 4.5],
  ["on-baize", "baize-hover", 4.5],
  ["on-danger", "danger", 4.5],
  ["on-danger", "danger-hover", 4.5],
  ["on-felt", "felt", 4.5],
  ["ink", "line", 4.5],
  ["ink", "baize-tint", 4.5],
  ["ink-soft", "baize-tint", 4.5],
  ["baize", "baize-tint", 4.5],
  ["ink", "brass-tint", 4.5],
  ["brass", "brass-tint", 4.5],
  ["ink", "danger-tint", 4.5],
  ["danger", "danger-tint", 4.5],
];

for (const [front, back, least] of pairs) {
  for (const [mode, appearance] of ["light", "dark"].entries()) {
    test(`${front} on ${back} reaches ${least}:1, ${appearance}`, () => {
      const [a, b] = [tokens.get(front)?.[mode], tokens.get(back)?.[mode]];
      assert.ok(a && b, "both tokens are in tokens.css");
      assert.ok(contrast(a, b) >= least, `${a} on ${b} is ${contrast(a, b).toFixed(2)}:1`);
    });
  }
}
