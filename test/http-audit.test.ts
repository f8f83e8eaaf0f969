import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memoryRecords } from "../src/collect/conformance/memory-storage.ts";
import { type AuditEntry, type AuditNote, openAudit } from "../src/serve/access/audit.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import {
  operationsOf,
  type SampleCall,
  sampleCalls,
  send,
} from "../src/serve/conformance/sample-calls.ts";
import {
  headersOf,
  SAMPLE_PASSWORD,
  sampleAccess,
  signUp,
} from "../src/serve/conformance/signed-in.ts";
import { openKeys } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";

/** Who changed what: every change through the API, and nothing else. */
let platform: TestPlatform;
let server: FastifyInstance;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  platform = await testPlatform();
  const access = await sampleAccess(platform);
  const keys = await openKeys(platform.storage.records, platform.clock, 100);
  server = await openServer(platform, { keys, access });
  for (const shop of ["alpha", "beta"]) {
    await platform.shops.ensure(shop);
    for (const { key, secret } of await keys.ensureFirst(shop)) {
      secrets[key.shop === null ? "owner" : `${shop} ${key.role}`] = secret;
    }
  }
  await signUp(access, "alpha-owner", "owner");
  await signUp(access, "emil", "editor");
});
afterAll(() => server.close());

const keyOf = (who: string): Record<string, string> => ({ "x-api-key": secrets[who] ?? "" });
const audit = async (query: string, headers: Record<string, string>) =>
  (await server.inject({ url: `/v1/audit${query}`, headers })).json() as {
    rows: AuditEntry[];
    next: string | null;
  };
const all = async (): Promise<AuditEntry[]> => (await audit("?limit=1000", keyOf("owner"))).rows;

describe("the audit log", () => {
  /** Changes that are told only of users, and what is no change of the shop. */
  const OF_USERS = ["upsertItems", "putItems", "patchItem", "removeItem"];
  const NEVER = [
    ...["sendEvents", "sendGa4Events", "sendSegmentEvents", "streamEvents", "recommend"],
    ...["explainRecommendation", "previewRules", "previewRetention", "predict"],
  ];
  const READ = ["exportEvents", "exportItems"];

  /** What is to be told of a call, given how it was answered. */
  function expected(id: string, isGet: boolean, byUser: boolean, status: number): string[] {
    const isChange = isGet ? READ.includes(id) : !NEVER.includes(id);
    const isSilent = OF_USERS.includes(id) && !byUser;
    return isChange && !isSilent && status < 400 ? [`${id} done`] : [];
  }

  async function toldOf(call: SampleCall, headers: Record<string, string>) {
    const before = (await all()).length;
    const { statusCode } = await send(server, call, headers);
    const after = await all();
    const told = after.slice(0, after.length - before);
    return { statusCode, told: told.map(({ route, outcome }) => `${route} ${outcome}`) };
  }

  test("is told of every change, by a key or a user, and of no read and no event", async () => {
    const user = { ...(await headersOf(server, "alpha-owner")), "x-shop": "alpha" };
    const key = { ...keyOf("owner"), "x-shop": "alpha" };
    const wrong: unknown[] = [];
    for (const { id, method } of operationsOf(server)) {
      const call = sampleCalls("alpha")[id] as SampleCall;
      for (const headers of call.signedIn ? [user] : [key, user]) {
        const { statusCode, told } = await toldOf(call, headers);
        const right = expected(id, method === "get", headers === user, statusCode);
        if (String(told) !== String(right)) wrong.push({ id, statusCode, told, right });
      }
    }
    expect(wrong).toEqual([]);
    const routes = new Set((await all()).map(({ route }) => route));
    expect(routes.size).toBeGreaterThan(25);
  });

  test("says who, where, what and when, and no secret", async () => {
    const user = { ...(await headersOf(server, "emil")), "x-shop": "alpha" };
    const rule = { id: "r-7", kind: "pin", item: "i", position: 1, note: "n" };
    await server.inject({ method: "PUT", url: "/v1/rules", payload: rule, headers: user });
    const [entry] = await all();
    expect(entry).toEqual({
      id: expect.stringMatching(/^\d{12}$/),
      at: expect.any(Number),
      who: "user:emil",
      shop: "alpha",
      route: "putRule",
      target: expect.stringMatching(/^\d+$/),
      detail: JSON.stringify(rule),
      outcome: "done",
      address: "127.0.0.1",
    });
    const made = await server.inject({
      method: "POST",
      url: "/v1/keys",
      payload: { role: "secret", shop: "alpha", name: "till" },
      headers: keyOf("owner"),
    });
    const { key, secret } = made.json();
    const text = JSON.stringify(await all());
    expect(text).toContain(key.id);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(SAMPLE_PASSWORD);
  });

  test("cuts a long detail short, and keeps no stream", async () => {
    const headers = { ...(await headersOf(server, "emil")), "x-shop": "alpha" };
    const item = { item: "long", title: "😀".repeat(400) };
    await server.inject({ method: "PUT", url: "/v1/items", payload: item, headers });
    const [entry] = await all();
    expect(entry?.detail.length).toBeLessThanOrEqual(302);
    expect(entry?.detail.endsWith("…")).toBe(true);
    const lines = sampleCalls("alpha")["importLines"] as SampleCall;
    await send(server, lines, headers);
    expect((await all())[0]).toMatchObject({ route: "importLines", target: null });
    expect((await all())[0]?.detail).toMatch(/^\{"events":\d,"items":\d,"rejected":0\}$/);
  });

  test("names no shopper: who is erased is found in no entry", async () => {
    const headers = keyOf("alpha secret");
    const payload = { anonymous: "visitor-77", shopper: "carla-77" };
    await server.inject({ method: "POST", url: "/v1/shoppers/merge", payload, headers });
    const event = { name: "page_view", shopper: "carla-77" };
    await server.inject({ method: "POST", url: "/v1/events", payload: event, headers });
    const url = "/v1/shoppers/carla-77";
    const certificate = (await server.inject({ method: "DELETE", url, headers })).json();
    const [entry] = await all();
    expect(entry).toMatchObject({ route: "eraseShopper", target: certificate.id });
    expect(JSON.stringify(await all())).not.toMatch(/carla-77|visitor-77/);
  });

  test("is told of sign-ins, also of those that failed, and of no name that nobody has", async () => {
    const signIn = (name: string, password: string) =>
      server.inject({ method: "POST", url: "/v1/session", payload: { name, password } });
    await signIn("emil", SAMPLE_PASSWORD);
    await signIn("emil", "a wrong password");
    await signIn("my password by mistake", "x");
    const [third, second, first] = await all();
    expect(first).toMatchObject({ route: "signIn", who: "user:emil", outcome: "done" });
    expect(second).toMatchObject({ route: "signIn", who: "user:emil", outcome: "refused" });
    expect(third).toMatchObject({ route: "signIn", who: "nobody", outcome: "refused" });
    expect(JSON.stringify(await all())).not.toMatch(/my password|a wrong/);
  });

  test("is told of nothing that was refused or went wrong", async () => {
    const before = (await all()).length;
    const headers = keyOf("alpha secret");
    await server.inject({ method: "DELETE", url: "/v1/rules/none", headers });
    await server.inject({ method: "POST", url: "/v1/users", payload: {}, headers });
    expect((await all()).length).toBe(before);
  });
});

describe("who reads it", () => {
  test("the owner all, or one shop; a shop its own alone", async () => {
    for (const shop of ["alpha", "beta"]) {
      const rule = sampleCalls(shop)["putRule"] as SampleCall;
      await send(server, rule, keyOf(`${shop} secret`));
    }
    const shops = (rows: AuditEntry[]): Set<string> => new Set(rows.map(({ shop }) => shop));
    expect(shops(await all())).toEqual(new Set(["", "alpha", "beta"]));
    const one = await audit("?limit=1000", { ...keyOf("owner"), "x-shop": "beta" });
    expect(shops(one.rows)).toEqual(new Set(["beta"]));
    const own = await audit("?limit=1000", keyOf("alpha secret"));
    expect(shops(own.rows)).toEqual(new Set(["alpha"]));
    const browser = await server.inject({ url: "/v1/audit", headers: keyOf("alpha publishable") });
    expect(browser.statusCode).toBe(403);
  });

  test("by pages, by who, by route and by time", async () => {
    const whole = await all();
    const paged: AuditEntry[] = [];
    for (let cursor = ""; ; ) {
      const { rows, next } = await audit(`?limit=7${cursor}`, keyOf("owner"));
      paged.push(...rows);
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(paged).toEqual(whole);
    const emils = await audit("?who=user:emil&route=putRule", keyOf("owner"));
    const wanted = whole.filter(({ who, route }) => who === "user:emil" && route === "putRule");
    expect(emils.rows).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(0);
    const at = whole[4]?.at ?? 0;
    expect((await audit(`?since=${at}`, keyOf("owner"))).rows).toEqual(whole.slice(0, 5));
    const { next } = await audit("?limit=1", keyOf("owner"));
    const foreign = await server.inject({
      url: `/v1/audit?cursor=${next}`,
      headers: keyOf("alpha secret"),
    });
    expect(foreign.json()).toMatchObject({ errors: [{ pointer: "/query/cursor" }] });
  });
});

describe("its bound", () => {
  const note = (detail: string): AuditNote => ({
    who: "key-1",
    shop: "",
    route: "createShop",
    target: null,
    detail,
    outcome: "done",
    address: "::1",
  });

  test("lets the oldest go, also after a new start and when it was lowered", async () => {
    const records = memoryRecords();
    let now = 0;
    const open = (most: number) => openAudit(records, () => ++now as never, most);
    const first = await open(5);
    await Promise.all(Array.from({ length: 8 }, (_, n) => first.add(note(`${n}`))));
    const details = async (log: typeof first): Promise<string[]> =>
      (await log.list({ shop: null }, { limit: 100 })).rows.map(({ detail }) => detail);
    expect(await details(first)).toEqual(["7", "6", "5", "4", "3"]);
    const again = await open(5);
    await again.add(note("8"));
    expect(await details(again)).toEqual(["8", "7", "6", "5", "4"]);
    const lowered = await open(2);
    await lowered.add(note("9"));
    expect(await details(lowered)).toEqual(["9", "8"]);
    expect(await records.count("", "audit")).toBe(2);
  });

  test("looks at some thousand entries for a page, and says where to go on", async () => {
    const log = await openAudit(memoryRecords(), () => 1 as never, 100_000);
    await log.add({ ...note("wanted"), who: "key-2" });
    for (let n = 0; n < 4_000; n++) await log.add(note(""));
    const page = await log.list({ shop: null, who: "key-2" }, { limit: 10 });
    expect(page).toEqual({ rows: [], next: "000000000002" });
    const rest = await log.list({ shop: null, who: "key-2" }, { limit: 10, before: page.next });
    expect(rest.rows.map(({ detail }) => detail)).toEqual(["wanted"]);
    expect(rest.next).toBeUndefined();
  });
});
