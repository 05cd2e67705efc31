import assert from "node:assert/strict";
import { test } from "node:test";
import { factsIn } from "./events.js";

test("what is known of an event is told in words", () => {
  for (const [detail, told] of [
    [{ by: "recovery_code" }, ["with a recovery code"]],
    [{ before: "member", after: "admin" }, ["from member", "to admin"]],
    [{ token_name: "Backup", scope: "write" }, ["Backup", "may read and write"]],
    [{ token_name: "Addresses", scope: "admin" }, ["Addresses", "may administer"]],
    [
      { file: "4f2", file_name: "Minutes.txt", visibility: "members" },
      ["Minutes.txt", "shown to all members"],
    ],
    [{ count: 1 }, ["1 device"]],
  ]) {
    assert.deepEqual(factsIn(/** @type {{}} */ (detail)), told);
  }
});

test("what nobody has foreseen is told by its own name", () => {
  assert.deepEqual(factsIn({ new_fact: 3, parts: [1] }), ["new fact: 3", "parts: [1]"]);
});
