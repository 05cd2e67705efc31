import assert from "node:assert/strict";
import test from "node:test";
import { duration, pace, progressWords } from "./pace.js";

test("the speed is known after the first stretch and follows slowly", () => {
  const one = pace();
  one.add(0, 0);
  one.add(100, 200);
  assert.equal(one.speed, 0);
  one.add(1000, 1000);
  assert.equal(one.speed, 1000);
  one.add(4000, 2000);
  assert.equal(one.speed, 1500);
});

test("what stands beside the bar", () => {
  assert.equal(progressWords(0, 2000, 0), "0 bytes of 2 kB");
  assert.equal(progressWords(1000, 2000, 500), "1 kB of 2 kB · 500 bytes/s · 2 s left");
  assert.equal(progressWords(2000, 2000, 500), "Finishing…");
});

test("a duration is told in its largest unit", () => {
  assert.deepEqual([0.2, 59.5, 90, 3569, 7200].map(duration), ["1 s", "60 s", "2 min", "59 min", "2 h"]);
});
