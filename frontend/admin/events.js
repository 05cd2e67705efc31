/** What the events of the audit log are called, and what is known of each, in words. */
import { count, longDate } from "../core/format.js";

/** @type {{ [event: string]: string }} */
const names = {
  signed_in: "Signed in",
  sign_in_failed: "Sign-in failed",
  signed_out: "Signed out",
  session_ended: "Signed out a device",
  other_sessions_ended: "Signed out all other devices",
  device_ended: "A device signed out by an administrator",
  sessions_ended: "All devices signed out by an administrator",
  second_factor_failed: "Second factor failed",
  identity_confirmed: "Confirmed who it is",
  identity_refused: "Could not confirm who it is",
  password_changed: "Password changed",
  password_reset: "Password set anew by mail",
  reset_link_sent: "Reset link sent by an administrator",
  email_change_asked: "Asked for another address",
  email_changed: "Address changed",
  email_change_undone: "Old address put back",
  totp_added: "Authenticator app added",
  totp_removed: "Authenticator app removed",
  recovery_codes_made: "Recovery codes made",
  passkey_added: "Passkey added",
  passkey_removed: "Passkey removed",
  passkey_cloned: "Copied passkey refused",
  factors_removed: "Factors removed by an administrator",
  policy_changed: "Policy changed",
  token_made: "API token made",
  token_removed: "API token removed",
  export_asked: "Asked for their data",
  leaving: "Asked to delete the account",
  stayed: "Kept the account",
  account_deleted: "Account deleted",
  account_created: "Account created",
  account_confirmed: "Address confirmed",
  name_held: "Username held: its address has an account",
  administrator_created: "Administrator created",
  account_disabled: "Account disabled",
  account_enabled: "Account enabled",
  role_changed: "Role changed",
  renamed: "Name changed by an administrator",
  access_requested: "Access requested",
  access_approved: "Access approved",
  access_declined: "Access declined",
  file_renamed: "File renamed",
  file_visibility_changed: "File shared, or not any more",
  file_deleted: "File deleted",
  file_restored: "File brought back",
  restored: "Club restored from a backup",
};

export const eventNames = Object.keys(names);

/** An event this page has no words for is told by its own name. @param {string} event */
export function nameOf(event) {
  const plain = event.replaceAll("_", " ");
  return names[event] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** @type {{ [way: string]: string }} */
const ways = {
  totp: "an authenticator app",
  recovery_code: "a recovery code",
  passkey: "a passkey",
  password: "a password",
};

/** @type {{ [scope: string]: string }} */
const scopes = { read: "read", write: "read and write", admin: "administer" };

/** @type {{ [fact: string]: (value: any) => string }} */
const words = {
  by: (way) => `with ${ways[way] ?? way}`,
  method: (way) => `with ${ways[way] ?? way}`,
  before: (value) => `from ${value}`,
  after: (value) => `to ${value}`,
  count: (devices) => count(devices, "device", "devices"),
  made_at: (moment) => `as it was on ${longDate(moment)}`,
  delete_at: (moment) => `gone on ${longDate(moment)}`,
  reason: (code) => `account ${code}`,
  file: () => "",
  file_name: String,
  token_name: String,
  passkey: String,
  device: String,
  email: String,
  visibility: (readers) => (readers === "members" ? "shown to all members" : "private"),
  scope: (scope) => `may ${scopes[scope] ?? scope}`,
  second_factor: (needed) => (needed ? "must have a second factor" : "need no second factor"),
  files: (choice) => (choice === "keep" ? "shared files stay" : "shared files deleted"),
};

/** A fact this page has no words for is told by its own name. @param {{ [fact: string]: unknown }} detail */
export function factsIn(detail) {
  return Object.entries(detail)
    .map(([fact, value]) => words[fact]?.(value) ?? `${fact.replaceAll("_", " ")}: ${plain(value)}`)
    .filter(Boolean);
}

/** @param {unknown} value */
const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
