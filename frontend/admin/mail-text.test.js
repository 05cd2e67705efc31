import assert from "node:assert/strict";
import { test } from "node:test";
import { withLinks } from "./mail-text.js";

test("the links of a mail become links, the rest stays text", () => {
  const link = "https://club.example/confirm#token=abc";
  assert.deepEqual(withLinks(`Open ${link}\nThanks`, [link]), [
    { text: "Open ", href: "" },
    { text: link, href: link },
    { text: "\nThanks", href: "" },
  ]);
});

test("a link that comes twice is a link twice", () => {
  const link = "http://a.example/x";
  assert.equal(withLinks(`${link} or ${link}`, [link]).filter(({ href }) => href).length, 2);
});

test("what is no web address is no link", () => {
  assert.deepEqual(withLinks("javascript:alert(1)", ["javascript:alert(1)"]), [
    { text: "javascript:alert(1)", href: "" },
  ]);
});
