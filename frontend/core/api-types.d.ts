// Made by `make types` from the API's OpenAPI document.

export type Address = {
  email: string;
};

export type Changes = {
  name?: string | null;
  visibility?: "private" | "members" | null;
};

export type Confirmation = {
  token: string;
  password?: string | null;
};

export type Credentials = {
  username: string;
  password: string;
  remember?: boolean;
};

export type Device = {
  id: string;
  current: boolean;
  device: string;
  address: string;
  created_at: string;
  last_seen: string;
  expires_at: string;
};

export type Error = {
  error: string;
  code: string;
  fields?: { [name: string]: string };
};

export type EventOut = {
  id: number;
  at: string;
  event: string;
  actor: Who | null;
  subject: Who | null;
  address: string | null;
  detail: { [name: string]: unknown };
};

export type FileOut = {
  id: string;
  name: string;
  size: number;
  type: string;
  sha256: string;
  url: string;
  owner: Owner;
  visibility: "private" | "members";
  created_at: string;
  width: number | null;
  height: number | null;
  thumbnails: Thumbnails | null;
};

export type MailOut = {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  state: "waiting" | "kept";
  created_at: string;
  links: Array<string>;
};

export type Me = {
  id: number;
  username: string;
  name: string;
  role: "member" | "manager" | "admin";
  status: "active" | "disabled";
  created_at: string;
  last_seen: string | null;
  email?: string;
  permissions: Array<string>;
};

export type Message = {
  message: string;
};

export type NewAdministrator = {
  token: string;
  username: string;
  email: string;
  password: string;
  name?: string;
};

export type NewUser = {
  username: string;
  email: string;
  password?: string | null;
  name?: string;
};

export type Owner = {
  id: number;
  username: string;
  name: string;
};

export type Profile = {
  name: string;
};

export type RequestOut = {
  id: string;
  name: string;
  email: string;
  state: "waiting" | "approved" | "declined";
  created_at: string;
  decided_at: string | null;
  decided_by: string | null;
};

export type SignedIn = {
  message: string;
  user: Me;
};

export type Thumbnails = {
  "64": string;
  "256": string;
  "1024": string;
};

export type UserOut = {
  id: number;
  username: string;
  name: string;
  role: "member" | "manager" | "admin";
  status: "active" | "disabled";
  created_at: string;
  last_seen: string | null;
  email?: string;
};

export type Who = {
  id: number;
  username: string;
};
