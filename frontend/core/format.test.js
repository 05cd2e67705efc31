import assert from "node:assert/strict";
import { test } from "node:test";
import { count, dayInUtc, initials, shortDate, size, timeAgo } from "./format.js";

const now = Date.parse("2026-11-23T12:00:00Z");

test("a time is told by its distance", () => {
  for (const [iso, words] of [
    ["2026-11-23T11:59:40Z", "now"],
    ["2026-11-23T11:57:00Z", "3 minutes ago"],
    ["2026-11-23T10:01:00Z", "1 hour ago"],
    ["2026-11-21T13:00:00Z", "1 day ago"],
    ["2026-11-08T12:00:00Z", "2 weeks ago"],
    ["2024-02-01T12:00:00Z", "2 years ago"],
    ["2026-11-23T12:02:00Z", "now"],
  ]) {
    assert.equal(timeAgo(String(iso), now, "en"), words);
  }
});

test("the last day of a token is the same day everywhere", () => {
  const zone = process.env["TZ"];
  process.env["TZ"] = "Pacific/Auckland";
  assert.equal(dayInUtc("2026-12-01T23:59:59Z", "en"), "Dec 1, 2026");
  assert.equal(shortDate("2026-12-01T23:59:59Z", "en"), "Dec 2, 2026");
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

test("a size has the unit that fits", () => {
  for (const [bytes, words] of /** @type {[number, string][]} */ ([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [999_499, "999 kB"],
    [999_999, "1 MB"],
    [1_440_000, "1.4 MB"],
    [104_857_600, "105 MB"],
    [3e15, "3,000 TB"],
  ])) {
    assert.equal(size(bytes, "en"), words);
  }
});

test("one is one, the rest are many", () => {
  assert.equal(count(1, "person", "people", "en"), "1 person");
  assert.equal(count(1203, "person", "people", "en"), "1,203 people");
});

test("initials come from the first and the last word", () => {
  for (const [name, letters] of [
    ["Ann Lee", "AL"],
    ["maria del carmen ruiz", "MR"],
    ["user1", "U"],
    ["jo.smith", "JS"],
    ["Åsa Öberg", "ÅÖ"],
    ["(Bo) Ek", "BE"],
    ["李 小龙", "李小"],
    ["", ""],
  ]) {
    assert.equal(initials(String(name)), letters);
  }
});
