import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { trainWorkSchema } from "../../serve/jobs.ts";
import type { Job } from "../../storage/jobs.ts";
import { loadSettings } from "../settings.ts";
import { Interrupted, type Terminal } from "../terminal/terminal.ts";
import { runningServer } from "./connect.ts";
import {
  type Carrier,
  type Connection,
  connection,
  emptyBody,
  type Parcel,
  ServerBug,
} from "./connection.ts";
import { followJob, kept, runJob } from "./follow.ts";
import { type Session, sessionOn } from "./session.ts";
import { rememberImported } from "./shop.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shopkeeper-session-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Answer = readonly [status: number, body: unknown];

const listOf = (found: Answer | Answer[]): Answer[] =>
  Array.isArray(found[0]) ? (found as Answer[]) : [found as Answer];

/** A line to an API that answers from a list, and keeps what it was asked. */
function lineThat(answers: Record<string, Answer | Answer[]>): {
  line: Connection;
  asked: Parcel[];
} {
  const asked: Parcel[] = [];
  const queues = new Map(
    Object.entries(answers).map(([route, found]) => [route, listOf(found)] as const),
  );
  const carry: Carrier = async (parcel) => {
    asked.push(parcel);
    const waiting = queues.get(`${parcel.method} ${parcel.path}`) ?? [];
    const [status, body] = (waiting.length > 1 ? waiting.shift() : waiting[0]) ?? [404, {}];
    const retryAfter = status === 503 ? "0" : undefined;
    return { status, retryAfter, text: JSON.stringify(body), body: emptyBody() };
  };
  return { line: connection("here", false, "token", carry, async () => undefined), asked };
}

function sessionWith(
  line: Connection,
  more: { env?: Record<string, string>; shop?: string; signal?: AbortSignal } = {},
): { session: Session; notes: string[] } {
  const notes: string[] = [];
  const terminal: Terminal = {
    out: () => undefined,
    note: (text) => void notes.push(text),
    live: () => undefined,
    watched: false,
    answers: false,
    ask: async () => "",
    env: more.env ?? {},
    signal: more.signal ?? new AbortController().signal,
  };
  const settings = loadSettings({ folder, set: [], env: {} });
  const globals = { set: [], shop: more.shop };
  const session = sessionOn({ terminal, now: () => 0 }, globals, settings, line);
  return { session, notes };
}

describe("connection", () => {
  test("sends key, shop, query and body, and gives the answer back", async () => {
    const { line, asked } = lineThat({ "PUT /v1/rules?expect=3": [200, { version: 4 }] });
    const request = { shop: "tea", query: { expect: 3, limit: undefined }, body: { id: "r" } };
    expect(await line.call("PUT", "/v1/rules", request)).toEqual({ version: 4 });
    expect(asked[0]?.headers).toEqual({
      authorization: "Bearer token",
      "x-shop": "tea",
      "content-type": "application/json",
    });
    expect(asked[0]?.body).toBe('{"id":"r"}');
  });

  test("a problem answer is thrown as the same problem", async () => {
    const told = {
      code: "unknown-item",
      detail: "no 42",
      errors: [{ pointer: "/item", detail: "?" }],
    };
    const { line } = lineThat({ "GET /v1/items/42": [404, told] });
    await expect(line.call("GET", "/v1/items/42")).rejects.toMatchObject({
      code: "unknown-item",
      message: "no 42",
      errors: told.errors,
    });
  });

  test.each([
    [500, { code: "internal-error", detail: "oops", instance: "r1" }],
    [502, "<html>"],
    [500, { code: "nobody-knows" }],
  ])("status %d with %j is a mistake of the server's", async (status, body) => {
    const { line } = lineThat({ "GET /v1/shops": [status, body] });
    await expect(line.call("GET", "/v1/shops")).rejects.toBeInstanceOf(ServerBug);
  });
});

describe("a busy server", () => {
  const busy: Answer = [503, { code: "overloaded", detail: "later" }];

  test("is asked again when it says so", async () => {
    const { line, asked } = lineThat({ "GET /v1/shops": [busy, busy, [200, { rows: [] }]] });
    expect(await line.call("GET", "/v1/shops")).toEqual({ rows: [] });
    expect(asked.length).toBe(3);
  });

  test("is given up after twenty times", async () => {
    const { line, asked } = lineThat({ "GET /v1/shops": busy });
    await expect(line.call("GET", "/v1/shops")).rejects.toMatchObject({ code: "overloaded" });
    expect(asked.length).toBe(20);
  });
});

describe("the shop that is meant", () => {
  const shops = (...ids: string[]): Record<string, Answer> => ({
    "GET /v1/shops": [200, { rows: ids.map((id) => ({ id })) }],
  });

  test("is the one named by the flag, then by the environment", async () => {
    const { line } = lineThat({});
    const env = { SHOPKEEPER_SHOP: "from-env" };
    expect(await sessionWith(line, { shop: "named", env }).session.shop()).toBe("named");
    expect(await sessionWith(line, { env }).session.shop()).toBe("from-env");
  });

  test("else the only one, said aloud", async () => {
    const { session, notes } = sessionWith(lineThat(shops("tea")).line);
    expect(await session.shop()).toBe("tea");
    expect(notes).toEqual(["shop tea"]);
  });

  test("else the one last imported into, said aloud", async () => {
    rememberImported(folder, "silk");
    const { session, notes } = sessionWith(lineThat(shops("demo", "silk")).line);
    expect(await session.shop()).toBe("silk");
    expect(notes[0]).toContain("silk (last imported");
  });

  test.each([
    [[], "there is no shop yet"],
    [["demo", "tea"], "--shop with one of: demo, tea"],
  ])("of %j is a problem", async (ids, told) => {
    const { session } = sessionWith(lineThat(shops(...ids)).line);
    await expect(session.shop()).rejects.toMatchObject({ code: "unknown-shop" });
    await expect(session.shop()).rejects.toThrow(told);
  });
});

const job = (more: Partial<Job>): Job => ({
  id: "j1",
  shop: "tea",
  kind: "train",
  payload: {},
  state: "running",
  progress: { stage: "fitting", done: 1, total: 2, unit: "steps" },
  createdAt: 0 as Job["createdAt"],
  startedAt: null,
  endedAt: null,
  result: null,
  error: null,
  ...more,
});

describe("following a job", () => {
  const path = "/v1/jobs/j1?wait=1";

  test("waits until it has ended and gives its result", async () => {
    const { line, asked } = lineThat({
      [`GET ${path}`]: [
        [200, job({})],
        [200, job({ state: "done", result: { version: "v1" } })],
      ],
    });
    const { session } = sessionWith(line);
    expect(await followJob(session, "tea", job({ state: "queued" }))).toEqual({ version: "v1" });
    expect(asked.length).toBe(2);
  });

  test("a failed job throws its problem, a bug of the server's is one", async () => {
    const { session } = sessionWith(lineThat({}).line);
    const failed = (code: string): Job => job({ state: "failed", error: { code, detail: "why" } });
    await expect(followJob(session, "tea", failed("too-little-data"))).rejects.toMatchObject({
      code: "too-little-data",
      message: "why",
    });
    await expect(followJob(session, "tea", failed("bug"))).rejects.toBeInstanceOf(ServerBug);
  });

  test("Ctrl-C cancels it, waits for its end, and interrupts", async () => {
    const { line, asked } = lineThat({
      "POST /v1/jobs/j1/cancel": [200, job({})],
      [`GET ${path}`]: [
        [200, job({})],
        [200, job({ state: "cancelled" })],
      ],
    });
    const { session } = sessionWith(line, { signal: AbortSignal.abort() });
    await expect(followJob(session, "tea", job({}))).rejects.toBeInstanceOf(Interrupted);
    expect(asked.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
  });

  test("work that runs already is followed when it is the same, refused when not", async () => {
    const running = job({ kind: "import", payload: { source: "csv", from: "/a.csv" } });
    const answers = (): Record<string, Answer> => ({
      "POST /v1/imports": [409, { code: "already-running", detail: "one runs" }],
      "GET /v1/jobs?limit=100": [200, { rows: [running] }],
      [`GET ${path}`]: [200, { ...running, state: "done", result: "as before" }],
    });
    const { session, notes } = sessionWith(lineThat(answers()).line);
    const work = { path: "/v1/imports", shop: "tea" };
    expect(await runJob(session, { ...work, body: running.payload })).toBe("as before");
    expect(notes[0]).toContain("running already");
    // Asked for in fewer words than the job keeps: its defaults are the server's.
    const short = { ...work, body: { source: "csv" } };
    expect(await runJob(session, { ...short, payload: running.payload })).toBe("as before");
    const whole = kept(trainWorkSchema, { seed: 1, params: { supportMin: 2 } });
    expect(whole).toMatchObject({ resume: false, params: { neighbours: 300, supportMin: 2 } });
    expect(kept(trainWorkSchema, { seed: "one" })).toBeUndefined();
    const other = { source: "csv", from: "/b.csv" };
    await expect(runJob(session, { ...work, body: other })).rejects.toMatchObject({
      code: "already-running",
    });
  });
});

describe("the running server", () => {
  const door = (more: object): void =>
    writeFileSync(join(folder, "server.json"), JSON.stringify({ token: "t", ...more }));

  test("is none where no file is, and none when its process is gone", async () => {
    expect(await runningServer(folder)).toBeUndefined();
    door({ url: "http://127.0.0.1:1", pid: 2 ** 22 + 1 });
    expect(await runningServer(folder)).toBeUndefined();
  });

  test("is none when the process lives but nobody listens", async () => {
    door({ url: "http://127.0.0.1:1", pid: process.pid });
    expect(await runningServer(folder)).toBeUndefined();
  });
});
