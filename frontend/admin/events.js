/** What the events of the audit log are called. */

/** @type {{ [event: string]: string }} */
const names = {
  signed_in: "Signed in",
  sign_in_failed: "Sign-in failed",
  signed_out: "Signed out",
  session_ended: "Ended a session",
  other_sessions_ended: "Ended all other sessions",
  password_changed: "Password changed",
  account_created: "Account created",
  account_confirmed: "Address confirmed",
  administrator_created: "Administrator created",
  role_changed: "Role changed",
  access_requested: "Access requested",
  access_approved: "Access approved",
  access_declined: "Access declined",
};

export const eventNames = Object.keys(names);

/** An event this page has no words for is told by its own name. @param {string} event */
export function nameOf(event) {
  const plain = event.replaceAll("_", " ");
  return names[event] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}
