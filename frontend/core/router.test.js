import assert from "node:assert/strict";
import { test } from "node:test";
import { match } from "./router.js";

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
