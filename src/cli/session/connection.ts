import { setTimeout } from "node:timers/promises";
import {
  type FieldError,
  type Problem,
  type ProblemCode,
  problem,
  problemKinds,
} from "../../errors.ts";

/**
 * The one way by which commands reach a shop: the HTTP API, either of the server that runs on this
 * data folder, or of the same server object opened in this process and never listening. So a
 * command can do what the API can, and nothing else.
 */
export interface Connection {
  /** "http://localhost:4600", or the folder that was opened. */
  readonly where: string;
  readonly isServer: boolean;
  /** The answer's JSON. @throws the problem that the API answers with */
  call<T>(method: Method, path: string, request?: Request): Promise<T>;
  /** The answer's bytes as they come, for exports. */
  bytes(path: string, request?: Request): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Request {
  readonly query?: Readonly<Record<string, Primitive | undefined>> | undefined;
  readonly body?: unknown;
  /** A file in place of a body of JSON. */
  readonly file?: { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;
  /** The shop that is meant; absent for what belongs to the installation. */
  readonly shop?: string | undefined;
}

type Primitive = string | number | boolean;

export interface Reply {
  readonly status: number;
  /** The header Retry-After, in seconds, of a server that has no time now. */
  readonly retryAfter: string | undefined;
  readonly text: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries one request to the API and brings the answer back. */
export type Carrier = (parcel: Parcel) => Promise<Reply>;

export interface Parcel {
  readonly method: Method;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly wanted: "text" | "bytes";
}

export function connection(
  where: string,
  isServer: boolean,
  token: string,
  carry: Carrier,
  close: () => Promise<void>,
): Connection {
  const send = async (
    method: Method,
    path: string,
    request: Request,
    wanted: "text" | "bytes",
  ): Promise<Reply> => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (request.shop !== undefined) headers["x-shop"] = request.shop;
    if (request.file !== undefined) headers["content-type"] = request.file.type;
    else if (request.body !== undefined) headers["content-type"] = "application/json";
    const json = request.body === undefined ? undefined : JSON.stringify(request.body);
    const body = request.file?.bytes ?? json;
    const asked = path + queryText(request.query);
    const reply = await patiently(carry, { method, path: asked, headers, body, wanted });
    if (reply.status >= 400) throw problemOf(reply);
    return reply;
  };
  return {
    where,
    isServer,
    async call<T>(method: Method, path: string, request: Request = {}): Promise<T> {
      const { text } = await send(method, path, request, "text");
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    bytes: async (path, request = {}) => (await send("GET", path, request, "bytes")).body,
    close,
  };
}

/** A busy server turns requests away unread and says when to come again: so we do. */
async function patiently(carry: Carrier, parcel: Parcel): Promise<Reply> {
  for (let visit = 1; ; visit++) {
    const reply = await carry(parcel);
    const isBusy = reply.status === 429 || reply.status === 503;
    if (!isBusy || reply.retryAfter === undefined || visit === VISITS_MOST) return reply;
    const seconds = Math.min(Number(reply.retryAfter) || 0, WAIT_SECONDS_MOST);
    await setTimeout(seconds * 1_000);
  }
}

const VISITS_MOST = 20;
const WAIT_SECONDS_MOST = 60;

function queryText(query: Request["query"]): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** A mistake of the server's: printed as such, ended with 70. */
export class ServerBug extends Error {
  override readonly name: string = "ServerBug";
}

function problemOf(reply: Reply): Problem | ServerBug {
  const told = parsedProblem(reply.text);
  const code = told?.code ?? "";
  if (!Object.hasOwn(problemKinds, code) || code === "internal-error") {
    const detail = told?.detail ?? reply.text.slice(0, 500);
    return new ServerBug(`status ${reply.status}: ${detail} (request ${told?.instance ?? "?"})`);
  }
  const errors = told?.errors ?? [];
  if (reply.retryAfter === undefined)
    return problem(code as ProblemCode, told?.detail ?? "", { errors });
  const retryAfterSeconds = Number(reply.retryAfter);
  return problem(code as ProblemCode, told?.detail ?? "", { errors, retryAfterSeconds });
}

interface ToldProblem {
  readonly code?: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly errors?: readonly FieldError[];
}

function parsedProblem(text: string): ToldProblem | undefined {
  try {
    return JSON.parse(text) as ToldProblem;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function* emptyBody(): AsyncGenerator<Uint8Array> {}

export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
