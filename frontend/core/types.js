/** The shapes the API answers with, by the names this page uses for them; `api-types.d.ts` is made from the API itself. */

/** @typedef {"member" | "manager" | "admin"} Role */
/** @typedef {"active" | "disabled"} Status */
/** @typedef {import("./api-types.d.ts").UserOut} User */
/** @typedef {import("./api-types.d.ts").Me} Me */
/** @typedef {import("./api-types.d.ts").Device} Device */
/** @typedef {{ id: string, name: string, size: number, type: string, sha256: string, url: string, owner: { id: number, username: string, name: string }, visibility: "private" | "members", created_at: string, width: number | null, height: number | null, thumbnails: { "64": string, "256": string, "1024": string } | null }} StoredFile */
/** @typedef {import("./api-types.d.ts").RequestOut} AccessRequest */
/** @typedef {import("./api-types.d.ts").MailOut} Mail */
/** @typedef {import("./api-types.d.ts").EventOut} AuditEntry */

export {};
