/**
 * The registry of problems: what can go wrong in the world, with the words for it. Anything not
 * listed here is a bug of ours. `serve/problem.ts` makes RFC 9457 answers of these, the command
 * line prints the same words, docs/reference/problems.md lists them, and a test keeps all equal.
 */
export interface ProblemKind {
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** What the reader should do next. */
  readonly remedy: string;
}

export const problemKinds = {
  "invalid-request": {
    status: 400,
    title: "The request is not valid",
    remedy: "Correct the fields named in errors.",
  },
  "invalid-event": {
    status: 400,
    title: "The event is not valid",
    remedy: "Correct the fields named in errors.",
  },
  "invalid-item": {
    status: 400,
    title: "The item is not valid",
    remedy: "Correct the fields named in errors.",
  },
  "invalid-picture": {
    status: 400,
    title: "The picture cannot be read",
    remedy: "Send a whole JPEG, PNG or WebP file, smaller if it is too large.",
  },
  "invalid-file": {
    status: 400,
    title: "The file cannot be read",
    remedy: "Check its format and the mapping.",
  },
  "invalid-model-file": {
    status: 400,
    title: "The model file cannot be read",
    remedy: "Fetch it again if it was cut off, else save it again from where it was made.",
  },
  "invalid-config": {
    status: 400,
    title: "The configuration is not valid",
    remedy: "Correct the setting named.",
  },
  "invalid-rule": {
    status: 400,
    title: "The rule is not valid",
    remedy: "Correct the fields named in errors.",
  },
  "not-authenticated": {
    status: 401,
    title: "No valid API key, and nobody is signed in",
    remedy: "Send Authorization: Bearer <key>, or sign in at /admin.",
  },
  "wrong-password": {
    status: 401,
    title: "Name or password is wrong",
    remedy: "Try again; an owner can give you a new password.",
  },
  "not-allowed": {
    status: 403,
    title: "This key or user may not do that",
    remedy: "Use a key with the scope named, or sign in as who may.",
  },
  "password-change-required": {
    status: 403,
    title: "The password was made up by the server and must be changed first",
    remedy: "Choose your own at /admin, or with PUT /v1/session/password.",
  },
  "foreign-request": {
    status: 403,
    title: "The request is not from a page of this server",
    remedy: "Send it from the admin, with the header X-Shopkeeper: admin; programs use a key.",
  },
  "not-found": {
    status: 404,
    title: "Nothing is there",
    remedy: "Check the path against /docs.",
  },
  "unknown-item": {
    status: 404,
    title: "The item is not in the catalogue",
    remedy: "Upsert the item first.",
  },
  "unknown-picture": {
    status: 404,
    title: "The item has no picture",
    remedy: "Upload one: PUT /v1/items/<group>/picture.",
  },
  "unknown-shopper": {
    status: 404,
    title: "The shopper is not known",
    remedy: "Send an event of the shopper first.",
  },
  "unknown-shop": {
    status: 404,
    title: "The shop does not exist",
    remedy: "List the shops with: shopkeeper shops.",
  },
  "unknown-job": {
    status: 404,
    title: "The job does not exist",
    remedy: "List the jobs at /v1/jobs.",
  },
  "unknown-model": {
    status: 404,
    title: "The model version does not exist",
    remedy: "List them at /v1/models.",
  },
  "unknown-rule": {
    status: 404,
    title: "The rule does not exist",
    remedy: "List them at /v1/rules.",
  },
  "unknown-experiment": {
    status: 404,
    title: "The experiment does not exist",
    remedy: "See GET /v1/experiments; begin one by trying a model version on a share.",
  },
  "unknown-report": {
    status: 404,
    title: "The report does not exist",
    remedy: "Run an evaluation first.",
  },
  "unknown-request": {
    status: 404,
    title: "The request was not logged",
    remedy: "Use the id of a served list.",
  },
  "unknown-key": {
    status: 404,
    title: "The API key does not exist",
    remedy: "List the keys at /v1/keys.",
  },
  "unknown-webhook": {
    status: 404,
    title: "The webhook does not exist",
    remedy: "List the webhooks at /v1/webhooks.",
  },
  "unknown-delivery": {
    status: 404,
    title: "The delivery does not exist",
    remedy: "List them at /v1/webhooks/<id>/deliveries; the oldest are let go.",
  },
  "unknown-user": {
    status: 404,
    title: "The user does not exist",
    remedy: "List the users at /v1/users.",
  },
  "unknown-dataset": {
    status: 404,
    title: "No adapter has this name",
    remedy: "See: shopkeeper import --help.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The path does not know this method",
    remedy: "Use a method named in Allow.",
  },
  conflict: {
    status: 409,
    title: "It was changed meanwhile",
    remedy: "Read it again and repeat the change.",
  },
  "already-running": {
    status: 409,
    title: "The same work is already running",
    remedy: "Wait for it or cancel it.",
  },
  "too-large": {
    status: 413,
    title: "The request is too large",
    remedy: "Send it in parts.",
  },
  "wrong-media-type": {
    status: 415,
    title: "The media type is not taken here",
    remedy: "See /docs for the types.",
  },
  "too-little-data": {
    status: 422,
    title: "There is too little data for this",
    remedy: "Send more events first.",
  },
  diverged: {
    status: 422,
    title: "Training diverged",
    remedy: "Train with a lower learning rate or a longer warm-up.",
  },
  "no-model": {
    status: 409,
    title: "No model has been trained yet",
    remedy: "Run: shopkeeper train.",
  },
  "needs-full-training": {
    status: 409,
    title: "The training cannot go on from the version in service",
    remedy: "Train in full: shopkeeper train.",
  },
  "not-exportable": {
    status: 409,
    title: "The version cannot be trained elsewhere",
    remedy: "Train one with the behaviour source as a Transformer over items; export that.",
  },
  "not-compressible": {
    status: 409,
    title: "The version cannot be compressed in this way",
    remedy: "Compress a version with a behaviour model as it was learned, or by another method.",
  },
  "stale-model": {
    status: 409,
    title: "The model learned from what the log no longer holds",
    remedy: "Train or export again and go on with that.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    remedy: "Wait as long as Retry-After says.",
  },
  "limit-reached": {
    status: 429,
    title: "A limit of the configuration is reached",
    remedy: "Raise it or wait.",
  },
  cancelled: {
    status: 409,
    title: "The work was cancelled",
    remedy: "Start it again if it is still wanted.",
  },
  overloaded: {
    status: 503,
    title: "The server is overloaded",
    remedy: "Wait as long as Retry-After says.",
  },
  "timed-out": {
    status: 503,
    title: "The answer took too long",
    remedy: "Ask for less, or start a job.",
  },
  "not-ready": {
    status: 503,
    title: "The server is starting or stopping",
    remedy: "Try again shortly.",
  },
  "storage-full": {
    status: 507,
    title: "The disk is full",
    remedy: "Free space on the data folder's disk.",
  },
  "storage-locked": {
    status: 409,
    title: "Another process has the data folder open",
    remedy: "Stop it, or talk to its server.",
  },
  "storage-damaged": {
    status: 500,
    title: "Stored data is damaged",
    remedy: "Restore a backup, or rebuild what is derived: shopkeeper rebuild.",
  },
  "internal-error": {
    status: 500,
    title: "The server made a mistake",
    remedy: "Report it with the request id; the log has the details.",
  },
  "missing-data": {
    status: 404,
    title: "The data folder is not there",
    remedy: "Set SHOPKEEPER_DATA or pass --from.",
  },
} as const;

export type ProblemCode = keyof typeof problemKinds;

/** The words of a code. */
export const problemKind = (code: ProblemCode): ProblemKind => problemKinds[code];

/** One field that is wrong. `pointer` is a JSON pointer into what was sent. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

const mark: unique symbol = Symbol.for("shopkeeper.problem") as never;

/** Expected trouble of the world. Throw it with `problem(...)`; recognise it with `isProblem`. */
export class Problem extends Error {
  override readonly name: string = "Problem";
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail: string, more: ProblemMore) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    Object.defineProperty(this, mark, { value: true });
    this.code = code;
    this.errors = more.errors ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export interface ProblemMore {
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
}

/** Makes a problem: `throw problem("unknown-item", "item 42 is not in the catalogue")`. */
export function problem(code: ProblemCode, detail: string, more: ProblemMore = {}): Problem {
  return new Problem(code, detail, more);
}

/** True for problems of any copy of this module and of any worker thread that kept the mark. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && mark in value;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The field errors of a failed zod parse, as JSON pointers below `base`. */
export function fieldErrors(issues: readonly Issue[], base = ""): FieldError[] {
  return issues.map((issue) => ({
    pointer: `${base}${issue.path.map((part) => `/${escapePointer(String(part))}`).join("")}`,
    detail: issue.message,
  }));
}

function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
