import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { session } from "../core/session.js";
import { andMailed, toldByMail, unsent } from "./mailed.js";

beforeEach(() => Object.assign(session, { mailKept: true, demo: [], user: null }));

test("where mail is sent, it is said to come", () => {
  session.mailKept = false;
  assert.equal(unsent(), " It may take a minute, or hide among the spam.");
  assert.equal(toldByMail(), "They get mail about it.");
  assert.equal(andMailed("Bo was added", "bo@example.org"), "Bo was added. A mail is on its way.");
});

test("where none is sent, nobody is told that it comes", () => {
  assert.match(String(unsent()), /no mail server yet: ask who looks after it/);
  assert.match(toldByMail(), /waits in the outbox/);
  assert.match(String(andMailed("Bo was added", "bo@example.org")), /An administrator finds the mail/);
});

test("in the demonstration the sample people are whom to ask", () => {
  session.demo = [{ username: "rosa", role: "member", password: "" }];
  assert.match(String(unsent()), /sign in as one of the sample people, and read it in the outbox/);
});
