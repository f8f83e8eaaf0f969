import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { readDoor } from "../src/serve/door.ts";
import { type Listening, listen, newLocalToken, openServer } from "../src/serve/server.ts";

/** What can only be seen on a real socket: the door, a stop with work in flight, broken bytes. */
let platform: TestPlatform;
let server: FastifyInstance;
let listening: Listening;
let token: string;
let isOpen = false;

async function open(settings: object = {}): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-sockets-"));
  platform = await testPlatform({ folder, server: { port: 0, ...settings } });
  await platform.shops.ensure("demo");
  token = newLocalToken();
  server = await openServer(platform, { localToken: token });
  listening = await listen(server, platform, token);
  isOpen = true;
}

beforeEach(() => open());
afterEach(async () => {
  if (isOpen) await stop();
  await rm(platform.config.folder, { recursive: true });
});

async function stop(): Promise<void> {
  isOpen = false;
  await listening.stop();
}

const headers = (): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  "x-shop": "demo",
  "content-type": "application/json",
});

const ask = (more: object = {}): Promise<Response> =>
  fetch(`${listening.url}/v1/recommendations`, {
    method: "POST",
    headers: headers(),
    body: JSON.stringify({ surface: "home", ...more }),
  });

/** Makes the next answers wait until they are let go. */
function holdAnswers(): { readonly begun: Promise<void>; release(): void } {
  const { decide } = platform.recommend;
  let begin = (): void => {};
  let release = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  Object.assign(platform.recommend, {
    decide: async (...given: Parameters<typeof decide>) => {
      begin();
      await held;
      return decide(...given);
    },
  });
  return { begun, release: () => release() };
}

describe("the door", () => {
  test("is open while the server listens, for this user alone, and lets in as owner", async () => {
    const { folder } = platform.config;
    const door = await readDoor(folder);
    expect(door).toEqual({ url: listening.url, pid: process.pid, token });
    expect((await stat(join(folder, "server.json"))).mode & 0o777).toBe(0o600);
    const shops = await fetch(`${door?.url}/v1/shops`, {
      headers: { authorization: `Bearer ${door?.token}` },
    });
    expect(shops.status).toBe(200);
    await stop();
    expect(await readDoor(folder)).toBeUndefined();
  });
});

describe("a stop", () => {
  test("lets the request in flight end and takes no new one", async () => {
    const { begun, release } = holdAnswers();
    const answer = ask();
    await begun;
    const stopped = stop();
    await expect(fetch(`${listening.url}/health/live`)).rejects.toThrow();
    release();
    expect((await answer).status).toBe(200);
    await stopped;
  });

  test("tells a caller whose connection is still open that it is stopping", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = (): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        const sent = request(`${listening.url}/health/live`, { agent }, (answer) => {
          answer.on("data", () => {});
          answer.on("end", () => {
            resolve([answer.statusCode ?? 0, answer.headers.connection ?? ""]);
          });
        });
        sent.on("error", reject);
        sent.end();
      });
    expect(await get()).toEqual([200, "keep-alive"]);
    const { begun, release } = holdAnswers();
    const held = ask();
    await begun;
    const stopped = stop();
    const late = await get().catch((error: NodeJS.ErrnoException) => error.code);
    expect([[503, "close"], "ECONNREFUSED", "ECONNRESET"]).toContainEqual(late);
    release();
    await held;
    await stopped;
    agent.destroy();
  });

  test("cuts off what does not end within the grace", async () => {
    await stop();
    await rm(platform.config.folder, { recursive: true });
    await open({ shutdownGraceMs: 50 });
    const { begun, release } = holdAnswers();
    const answer = ask().catch((error: Error) => error.message);
    await begun;
    await stop();
    expect(await answer).toBe("fetch failed");
    release();
  });
});

describe("an answer", () => {
  test("that takes too long is a problem", async () => {
    await stop();
    await rm(platform.config.folder, { recursive: true });
    await open({ requestTimeoutMs: 100 });
    const { release } = holdAnswers();
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: "timed-out" });
    release();
  });

  test("to bytes that are not HTTP is a problem, and the connection ends", async () => {
    const { port } = new URL(listening.url);
    const told = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(port), "127.0.0.1", () => socket.write("NONSENSE\r\n\r\n"));
      socket.on("data", (bytes) => {
        text += bytes;
      });
      socket.on("close", () => resolve(text));
    });
    const [head = "", body = ""] = told.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1.1 400 Bad Request\r\n.*problem\+json/);
    expect(JSON.parse(body)).toMatchObject({ code: "invalid-request", status: 400 });
  });
});

const LATE_AT_ONCE = { headersTimeout: 1, requestTimeout: 1 };

/** The answer, or whatever had come of it, when the connection has ended. */
async function sayAndWait(text: string): Promise<string> {
  const socket = connect(Number(new URL(listening.url).port), "127.0.0.1");
  socket.write(text);
  let told = "";
  socket.on("data", (bytes) => {
    told += bytes;
  });
  await once(socket, "close");
  return told;
}

/** A request whose body never becomes whole. */
const begun = (path: string, type: string, body: string): string =>
  [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    `authorization: Bearer ${token}`,
    "x-shop: demo",
    `content-type: ${type}`,
    "content-length: 1000",
    "",
    body,
  ].join("\r\n");

describe("a sender that is slow", () => {
  beforeEach(async () => {
    await stop();
    await rm(platform.config.folder, { recursive: true });
    await open({ requestTimeoutMs: 100 });
  });

  test("may stream for longer than any other request may take to arrive", async () => {
    Object.assign(server.server, LATE_AT_ONCE);
    const line = '{"name":"page_view","anonymous":"a"}\n';
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(line);
      const [late] = await once(server.server, "clientError");
      expect(late).toMatchObject({ code: "ERR_HTTP_REQUEST_TIMEOUT" });
      yield Buffer.from(line);
    }
    const answer = await fetch(`${listening.url}/v1/events/stream`, {
      method: "POST",
      headers: { ...headers(), "content-type": "application/x-ndjson" },
      body: bytes() as unknown as BodyInit,
      duplex: "half",
    } as RequestInit);
    expect(await answer.json()).toMatchObject({ lines: 2, events: 2 });
  });

  test("is cut off when a stream of it stands still", async () => {
    const line = '{"name":"page_view","anonymous":"a"}\n';
    expect(await sayAndWait(begun("/v1/events/stream", "application/x-ndjson", line))).toBe("");
  });

  test("of an ordinary body is told so, and its connection ends", async () => {
    const told = await sayAndWait(begun("/v1/events", "application/json", '{"name":'));
    expect(told).toMatch(/^HTTP\/1.1 503 .*\r\nconnection: close\r\n.*"timed-out"/is);
    expect(told.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  test("that brings no key may not stream", async () => {
    Object.assign(server.server, LATE_AT_ONCE);
    const nobody = begun("/v1/events/stream", "application/x-ndjson", "{").replace(token, "x");
    expect(await sayAndWait(nobody)).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe("a stream of events", () => {
  test("is answered line by line however it arrives", async () => {
    const parts = ['{"name":"page_', 'view","anonymous":"a"}\n{"na', 'me":"page_view"}\nbroken'];
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (const part of parts) {
        yield Buffer.from(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const answer = await fetch(`${listening.url}/v1/events/stream`, {
      method: "POST",
      headers: { ...headers(), "content-type": "application/x-ndjson" },
      body: bytes() as unknown as BodyInit,
      duplex: "half",
    } as RequestInit);
    expect(await answer.json()).toMatchObject({ lines: 3, events: 2, rejections: [{ line: 3 }] });
  });
});
