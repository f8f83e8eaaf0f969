import type { Config } from "../config.ts";
import {
  type FieldError,
  type Problem,
  type ProblemCode,
  problem,
  problemKinds,
} from "../errors.ts";
import { type Door, readDoor } from "../serve/door.ts";
import type { Terminal } from "./terminal/terminal.ts";

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
  /** The shop that is meant; absent for what belongs to the installation. */
  readonly shop?: string | undefined;
}

type Primitive = string | number | boolean;

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries one request to the API and brings the answer back. */
export type Carrier = (
  method: Method,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
  wanted: "text" | "bytes",
) => Promise<Reply>;

const ALIVE_WITHIN_MS = 5_000;

/** Finds the running server of the folder, else opens the folder; says on standard error which. */
export async function connect(config: Config, terminal: Terminal): Promise<Connection> {
  const running = await runningServer(config.folder);
  if (running === undefined) return openFolder(config, terminal);
  terminal.note(`talking to the server at ${running.url}`);
  const carry = carryByFetch(running.url);
  return connection(running.url, true, running.token, carry, async () => undefined);
}

/** The server that has the folder open, if it is alive. A file left by a killed one does not count. */
export async function runningServer(folder: string): Promise<Door | undefined> {
  const found = await readDoor(folder);
  if (found === undefined || !isAlive(found.pid)) return undefined;
  try {
    const signal = AbortSignal.timeout(ALIVE_WITHIN_MS);
    const answer = await fetch(`${found.url}/health/live`, { signal });
    await answer.arrayBuffer();
    return answer.ok ? found : undefined;
  } catch (cause) {
    if (!(cause instanceof DOMException)) return undefined;
    const detail = `the server at ${found.url} (process ${found.pid}) does not answer`;
    throw problem("not-ready", detail, { cause });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Opens the platform here. Loaded on use: talking to a server needs none of it. */
async function openFolder(config: Config, terminal: Terminal): Promise<Connection> {
  const { openPlatform } = await import("../platform.ts");
  const { openServer } = await import("../serve/server.ts");
  const platform = await openPlatform(config);
  const server = await openServer(platform, { logLevel: "silent" });
  terminal.note(`opened the data folder ${config.folder}`);
  const carry: Carrier = async (method, path, headers, body, wanted) => {
    const url = path;
    const reply = await server.app.inject({
      method,
      url,
      headers,
      ...(body === undefined ? {} : { payload: body }),
      payloadAsStream: wanted === "bytes",
    });
    const bytes = wanted === "bytes" && reply.statusCode < 400;
    return {
      status: reply.statusCode,
      text: bytes ? "" : wanted === "bytes" ? await textOf(reply.stream()) : reply.payload,
      body: bytes ? reply.stream() : empty(),
    };
  };
  return connection(config.folder, false, server.token, carry, () => server.close());
}

function carryByFetch(url: string): Carrier {
  return async (method, path, headers, body, wanted) => {
    const answer = await fetch(url + path, { method, headers, body: body ?? null });
    const bytes = wanted === "bytes" && answer.ok && answer.body !== null;
    return {
      status: answer.status,
      text: bytes ? "" : await answer.text(),
      body: bytes && answer.body ? answer.body : empty(),
    };
  };
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
    if (request.body !== undefined) headers["content-type"] = "application/json";
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const reply = await carry(method, path + queryText(request.query), headers, body, wanted);
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
  return problem(code as ProblemCode, told?.detail ?? "", { errors: told?.errors ?? [] });
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

async function* empty(): AsyncGenerator<Uint8Array> {}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
