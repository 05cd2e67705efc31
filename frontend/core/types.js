/** The shapes the API answers with, by the names this page uses for them; `api-types.d.ts` is made from the API itself. */

/** @typedef {"member" | "manager" | "admin"} Role */
/** @typedef {"active" | "disabled"} Status */
/** @typedef {import("./api-types.d.ts").UserOut} User */
/** @typedef {import("./api-types.d.ts").Me} Me */
/** @typedef {import("./api-types.d.ts").Device} Device */
/** @typedef {import("./api-types.d.ts").FileOut} StoredFile */
/** @typedef {import("./api-types.d.ts").RequestOut} AccessRequest */
/** @typedef {import("./api-types.d.ts").MailOut} Mail */
/** @typedef {import("./api-types.d.ts").EventOut} AuditEntry */

export {};
