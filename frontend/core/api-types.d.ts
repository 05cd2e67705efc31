// Made by `make types` from the API's OpenAPI document.

export type Acceptable = {
  acceptable: boolean;
  reason: string | null;
};

export type Address = {
  email: string;
};

export type Changes = {
  name?: string | null;
  visibility?: "private" | "members" | null;
};

export type Code = {
  code: string;
};

export type Confirmation = {
  token?: string | null;
  email?: string | null;
  code?: string | null;
  password?: string | null;
};

export type Credentials = {
  username: string;
  password: string;
  remember?: boolean;
};

export type Drawing = {
  size: number;
  path: string;
};

export type Enrolment = {
  secret: string;
  uri: string;
  qr: Drawing;
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

export type ExportOut = {
  state: "none" | "working" | "ready" | "failed";
  created_at: string | null;
  size: number | null;
  url: string | null;
};

export type Factors = {
  totp: boolean;
  recovery_codes_left: number;
  passkeys: number;
  required: boolean;
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

export type Identity = {
  password?: string | null;
  credential?: { [name: string]: unknown } | null;
};

export type Leaving = {
  files: "delete" | "keep";
};

export type Left = {
  message: string;
  delete_at: string;
};

export type MadeToken = {
  id: string;
  name: string;
  scope: "read" | "write" | "admin";
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
  token: string;
};

export type MailOut = {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  state: "waiting" | "kept" | "failed";
  reason: string | null;
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
  delete_at: string | null;
  scope: "read" | "write" | "admin" | null;
};

export type Message = {
  message: string;
};

export type NamedPasskey = {
  name: string;
};

export type NewAdministrator = {
  token: string;
  username: string;
  email: string;
  password: string;
  name?: string;
};

export type NewPasskey = {
  name: string;
  credential: { [name: string]: unknown };
};

export type NewPolicy = {
  role: "member" | "manager" | "admin";
  second_factor: boolean;
};

export type NewToken = {
  name: string;
  scope: "read" | "write" | "admin";
  expires_at?: string;
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

export type PasskeyOut = {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  codes?: Array<string>;
};

export type PasskeySignIn = {
  credential: { [name: string]: unknown };
  remember?: boolean;
};

export type PasswordChange = {
  current: string;
  new: string;
};

export type PasswordQuestion = {
  password: string;
  token?: string | null;
  username?: string;
  email?: string;
  name?: string;
};

export type PersonChange = {
  name?: string | null;
  role?: "member" | "manager" | "admin" | null;
  status?: "active" | "disabled" | null;
};

export type Policy = {
  role: "member" | "manager" | "admin";
  second_factor: boolean;
};

export type Profile = {
  name?: string | null;
};

export type Proof = {
  token?: string | null;
  email?: string | null;
  code?: string | null;
};

export type RecoveryCodes = {
  codes: Array<string>;
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

export type Reset = {
  token?: string | null;
  email?: string | null;
  code?: string | null;
  password: string;
};

export type SecondStep = {
  code: string;
  method: "totp" | "recovery_code";
};

export type SecondStepNeeded = {
  message: string;
  methods: Array<"totp" | "recovery_code" | "passkey">;
};

export type Security = {
  totp: boolean;
  recovery_codes_left: number;
  passkeys: Array<UsedPasskey>;
  sessions: Array<SessionOut>;
};

export type SessionOut = {
  id: string;
  current: boolean;
  device: string;
  address: string;
  created_at: string;
  last_seen: string;
  expires_at: string;
  idle_seconds: number;
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

export type TokenOut = {
  id: string;
  name: string;
  scope: "read" | "write" | "admin";
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
};

export type UsedPasskey = {
  name: string;
  created_at: string;
  last_used_at: string | null;
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
