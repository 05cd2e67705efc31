import assert from "node:assert/strict";
import { test } from "node:test";
import { match } from "./router.js";

test("an address matches its route and gives the id", () => {
  assert.equal(match("/people", "/people"), "");
  assert.equal(match("/people", "/people/"), "");
  assert.equal(match("/people/:id", "/people/7"), "7");
  assert.equal(match("/people/:id", "/people"), null);
  assert.equal(match("/people/:id", "/people/7/more"), null);
  assert.equal(match("/people", "/files"), null);
});
