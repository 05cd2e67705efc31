import assert from "node:assert/strict";
import { test } from "node:test";
import { match, nextPage, safePath, withQuery } from "./address.js";

test("a query leaves out what is empty", () => {
  assert.equal(
    withQuery("/people", { q: "ann lee", role: "", status: null, count: true }),
    "/people?q=ann+lee&count=true",
  );
  assert.equal(withQuery("/people", { q: "" }), "/people");
});

test("the next page is found in a Link header", () => {
  assert.equal(nextPage('</api/users?after=a,b>; rel="next"'), "/api/users?after=a,b");
  assert.equal(nextPage('</first>; rel="first"'), null);
  assert.equal(nextPage(null), null);
});

test("after signing in one stays on the site", () => {
  assert.equal(safePath("/people?q=a#b"), "/people?q=a#b");
  for (const bad of [
    null,
    "",
    "people",
    "//evil.example",
    "/\\evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
  ]) {
    assert.equal(safePath(bad), "/", String(bad));
  }
});

test("an address matches its route and gives the id", () => {
  assert.equal(match("/files", "/files"), "");
  assert.equal(match("/files", "/files/"), "");
  assert.equal(match("/files", "/files/7"), null);
  assert.equal(match("/files", "/people"), null);
  assert.equal(match("/people/:id?", "/people"), "");
  assert.equal(match("/people/:id?", "/people/"), "");
  assert.equal(match("/people/:id?", "/people/7"), "7");
  assert.equal(match("/people/:id?", "/people/7/more"), null);
  assert.equal(match("/people/:id?", "/peoples"), null);
});
