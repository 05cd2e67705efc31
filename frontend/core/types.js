/** The shapes the API answers with, by the names this page uses for them. */

/** @typedef {"member" | "manager" | "admin"} Role */
/** @typedef {"active" | "disabled"} Status */
/** @typedef {{ id: number, username: string, name: string, role: Role, status: Status, created_at: string, last_seen: string | null, email?: string }} User */
/** @typedef {User & { email: string, permissions: string[] }} Me */
/** @typedef {{ id: string, current: boolean, device: string, address: string, created_at: string, last_seen: string, expires_at: string }} Device */
/** @typedef {{ id: string, name: string, size: number, type: string, sha256: string, url: string, owner: { id: number, username: string, name: string }, visibility: "private" | "members", created_at: string, width: number | null, height: number | null, thumbnails: { "64": string, "256": string, "1024": string } | null }} StoredFile */
/** @typedef {{ id: number | string, name: string, email: string, state: "waiting" | "approved" | "declined", created_at: string, decided_at: string | null, decided_by: { id: number, username: string } | string | null }} AccessRequest */
/** @typedef {{ id: number | string, to: string, subject: string, text: string, html: string | null, state: "waiting" | "kept" | "sent" | "failed", created_at: string, links: string[] }} Mail */
/** @typedef {{ id: number | string, at: string, event: string, actor: { id: number, username: string } | null, subject: { id: number, username: string } | null, address: string | null, detail: { [name: string]: unknown } }} AuditEntry */

export {};
