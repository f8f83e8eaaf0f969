import { rm } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  markOf,
  type TestPlatform,
  testPlatform,
} from "../src/serve/conformance/memory-platform.ts";
import {
  operationsOf,
  type SampleCall,
  sampleCalls,
  send,
} from "../src/serve/conformance/sample-calls.ts";
import { type Keys, openKeys, type Role } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";
import type { Job } from "../src/storage/jobs.ts";

const LOCAL = "lk_the-door";
let platform: TestPlatform;
let keys: Keys;
let server: FastifyInstance;
const secrets: Record<string, string> = {};
/** Id of the webhook of each shop. */
const webhooks: Record<string, string> = {};

beforeAll(async () => {
  platform = await testPlatform();
  keys = await openKeys(platform.storage.records, platform.clock, 1_000);
  server = await openServer(platform, { keys, localToken: LOCAL });
  for (const shop of ["alpha", "beta"]) {
    await platform.shops.ensure(shop);
    for (const { key, secret } of await keys.ensureFirst(shop)) {
      secrets[key.shop === null ? "owner" : `${shop} ${key.role}`] = secret;
    }
  }
  for (const shop of ["alpha", "beta"]) await fill(shop);
});
afterAll(async () => {
  await server.close();
  await rm(platform.config.folder, { recursive: true, force: true });
});

const bearer = (who: string): Record<string, string> => ({
  authorization: `Bearer ${secrets[who]}`,
});

/** Gives the shop an item, an event, a rule, a report and a job, all named after it. */
async function fill(shop: string): Promise<void> {
  const calls = sampleCalls(shop);
  const note = markOf(shop);
  const told: readonly [string, object][] = [
    ["putItems", { brand: note }],
    ["sendEvents", { properties: { note } }],
    ["putRule", { note }],
  ];
  for (const [id, more] of told) {
    const call = calls[id] as SampleCall;
    const [sent = call.payload] = (call.payload as { events?: object[] }).events ?? [];
    const payload = { ...(sent as object), ...more };
    const answer = await send(server, { ...call, payload }, bearer(`${shop} secret`));
    expect(answer.statusCode).toBe(200);
  }
  const webhook = await send(
    server,
    {
      ...(calls["createWebhook"] as SampleCall),
      payload: { url: `https://${note}.invalid/`, kinds: ["training.finished"] },
    },
    bearer(`${shop} secret`),
  );
  webhooks[shop] = webhook.json().webhook.id;
  const asked = await send(server, calls["evaluate"] as SampleCall, {
    ...bearer(`${shop} secret`),
    prefer: "wait=5",
  });
  expect(asked.json()).toMatchObject({ state: "done", result: { report: "report-000001" } });
}

/** The sample with the ids of what the shop really has. */
async function callOf(id: string, shop: string): Promise<SampleCall> {
  const [job] = await platform.storage.jobs.list(shop, 1);
  const key = keys.list(shop).find((one) => one.role === "publishable" && one.name === "first");
  const call = sampleCalls(shop)[id] as SampleCall;
  const url = call.url
    .replace(`job-of-${shop}`, job?.id ?? "")
    .replace(`key-of-${shop}`, key?.id ?? "")
    .replaceAll(`webhook-of-${shop}`, webhooks[shop] ?? "");
  return { ...call, url };
}

describe("the list of sample calls", () => {
  test("holds every operation of the OpenAPI document, and no other", () => {
    const described = operationsOf(server).map((operation) => operation.id);
    expect([...described].sort()).toEqual([...Object.keys(sampleCalls("x"))].sort());
  });
});

describe("scopes", () => {
  const allowed: Readonly<Record<string, readonly Role[]>> = {
    publishable: ["publishable", "secret", "owner"],
    secret: ["secret", "owner"],
    owner: ["owner"],
    metrics: ["secret", "owner"],
    session: [],
  };

  test("every operation lets in exactly the roles of its scope, and nobody without a key", async () => {
    const wrong: string[] = [];
    let judged = 0;
    for (const { id, scope } of operationsOf(server)) {
      const call = { ...(await callOf(id, "alpha")), url: (await callOf(id, "alpha")).url };
      // Only the door is judged here: a body that no route takes keeps everything as it is.
      const knock = { ...call, payload: "!", type: "application/x-knock" };
      const judge = async (who: string, headers: Record<string, string>, isIn: boolean) => {
        const harmless = call.method === "GET" ? call : knock;
        const { statusCode } = await send(server, harmless, headers);
        judged++;
        const wasIn = statusCode !== 401 && statusCode !== 403;
        if (wasIn !== isIn) wrong.push(`${id} as ${who}: ${statusCode}`);
      };
      await judge("nobody", {}, scope === "public");
      await judge("a stranger", { "x-api-key": `sk_${"A".repeat(43)}` }, scope === "public");
      for (const role of ["publishable", "secret", "owner"] as const) {
        const who = role === "owner" ? "owner" : `alpha ${role}`;
        const headers = { ...bearer(who), "x-shop": "alpha" };
        const isIn = scope === "public" || (allowed[scope] ?? []).includes(role);
        await judge(role, headers, isIn);
      }
    }
    expect(wrong).toEqual([]);
    expect(judged).toBe(operationsOf(server).length * 5);
  });

  test("what a shopper bought is told to a secret key alone", async () => {
    const asks = [
      { url: "/v1/recommendations/buy_again?shopper=ada" },
      {
        method: "POST",
        url: "/v1/recommendations",
        payload: { surface: "buy_again", shopper: "ada" },
      },
    ] as const;
    for (const ask of asks) {
      const asked = platform.asked.length;
      const refused = await server.inject({ ...ask, headers: bearer("alpha publishable") });
      expect(refused.statusCode).toBe(403);
      expect(refused.json()).toMatchObject({
        code: "not-allowed",
        detail: expect.stringContaining("from the shop's server, with the secret key"),
      });
      expect(platform.asked.length).toBe(asked);
      const told = await server.inject({ ...ask, headers: bearer("alpha secret") });
      expect(told.statusCode).toBe(200);
      const owner = { ...bearer("owner"), "x-shop": "alpha" };
      expect((await server.inject({ ...ask, headers: owner })).statusCode).toBe(200);
    }
  });

  test("what a model expects is taken from a secret key alone", async () => {
    const foretold = { name: "prediction", anonymous: "ada", properties: { model: "m-1" } };
    const viewed = { name: "item_view", anonymous: "ada", items: [{ item: "tea" }] };
    const send = (role: string, payload: object) =>
      server.inject({
        method: "POST",
        url: "/v1/events",
        payload,
        headers: bearer(`alpha ${role}`),
      });
    const head = await platform.storage.log.head("alpha");
    const batch = await send("publishable", { events: [viewed, foretold] });
    expect([batch.statusCode, batch.json().code]).toEqual([403, "not-allowed"]);
    expect(batch.json().errors[0].pointer).toBe("/events/1/name");
    const one = await send("publishable", foretold);
    expect(one.json().errors).toMatchObject([{ pointer: "/name" }]);
    expect(await platform.storage.log.head("alpha")).toBe(head);
    expect((await send("publishable", { events: [viewed, null] })).json().accepted).toBe(1);
    expect((await send("secret", { events: [foretold] })).json()).toMatchObject({ accepted: 1 });
  });

  test("the local token is as good as an owner's key", async () => {
    const answer = await server.inject({ url: "/v1/shops", headers: { "x-api-key": LOCAL } });
    expect(answer.json().rows.map((shop: { id: string }) => shop.id)).toEqual(["alpha", "beta"]);
  });

  test("metrics need no key on the machine itself", async () => {
    const call = sampleCalls("alpha")["getMetrics"] as SampleCall;
    expect((await send(server, call, {}, "127.0.0.1")).statusCode).toBe(200);
    expect((await send(server, call, {}, "203.0.113.9")).statusCode).toBe(401);
    expect((await send(server, call, bearer("alpha publishable"), "127.0.0.1")).statusCode).toBe(
      403,
    );
  });

  const here = ["localhost", "localhost:4600", "127.0.0.1:4600", "[::1]", "[::1]:4600"];
  test.each(here)("metrics need no key where the machine is called %s", async (host) => {
    const answer = await server.inject({ url: "/metrics", headers: { host } });
    expect(answer.statusCode).toBe(200);
  });

  test.each([
    { host: "shop.example" },
    { host: "localhost.shop.example" },
    { host: "127.0.0.1.shop.example:4600" },
    { "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-for": "127.0.0.1" },
    { "x-forwarded-host": "localhost" },
    { "x-forwarded-proto": "https" },
    { "x-real-ip": "203.0.113.9" },
    { forwarded: "for=203.0.113.9" },
    { via: "1.1 proxy" },
  ])("metrics need a key of who comes through a proxy on the machine: %o", async (headers) => {
    const answer = await server.inject({ url: "/metrics", headers, remoteAddress: "127.0.0.1" });
    expect(answer.statusCode).toBe(401);
  });

  test("the owner must say which shop is meant, and it must exist", async () => {
    const without = await server.inject({ url: "/v1/items", headers: bearer("owner") });
    expect(without.json()).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/headers/x-shop" }],
    });
    const headers = { ...bearer("owner"), "x-shop": "gamma" };
    expect((await server.inject({ url: "/v1/items", headers })).json().code).toBe("unknown-shop");
  });

  test("a revoked key opens nothing from then on", async () => {
    const body = { role: "secret", shop: "alpha", name: "leaver" };
    const made = await server.inject({
      method: "POST",
      url: "/v1/keys",
      headers: bearer("owner"),
      payload: body,
    });
    const { key, secret } = made.json();
    const headers = { authorization: `Bearer ${secret}` };
    expect((await server.inject({ url: "/v1/status", headers })).statusCode).toBe(200);
    await server.inject({ method: "DELETE", url: `/v1/keys/${key.id}`, headers: bearer("owner") });
    expect((await server.inject({ url: "/v1/status", headers })).json().code).toBe(
      "not-authenticated",
    );
  });
});

/** Operations whose answer holds what only the shop may know: the control of the test of leaks. */
const TELLING = [
  "exportEvents",
  "exportItems",
  "getExperiment",
  "getItem",
  "getItemInsights",
  "getLatestReport",
  "getModel",
  "getReport",
  "getRuleVersion",
  "getRules",
  "getServing",
  "getShopper",
  "listAudit",
  "listExperiments",
  "listItems",
  "listModels",
  "listPredictions",
  "listQuarantine",
  "listRuleVersions",
  "listShoppers",
  "listWebhooks",
  "predict",
  "predictOutcomes",
  "previewRules",
  "recommend",
  "recommendOnSurface",
];

describe("two shops in one installation", () => {
  /** All that a shop has, as text. */
  async function stateOf(shop: string): Promise<string> {
    const jobs: readonly Job[] = await platform.storage.jobs.list(shop, 100);
    const rules = await platform.recommend.rules.history(shop, 100);
    const events: string[] = [];
    for await (const rows of platform.storage.log.read(shop, { after: 0, batch: 100 })) {
      events.push(...rows.map((row) => row.body));
    }
    const items = await platform.storage.records.list(shop, "item", { limit: 100 });
    const reports = await platform.storage.records.list(shop, "report", { limit: 100 });
    const told = await platform.storage.records.get("", "webhook", webhooks[shop] ?? "");
    const all = [jobs, rules, events, items, reports, told, keys.list(shop).map(withoutUse)];
    return JSON.stringify(all);
  }
  const withoutUse = ({ lastUsedDay: _, ...key }: ReturnType<Keys["list"]>[number]) => key;

  test("no operation of one reads or changes anything of the other", async () => {
    const before = await stateOf("beta");
    expect(before).toContain("beta-item");
    const leaks: string[] = [];
    const operations = operationsOf(server).filter(({ scope }) => scope !== "owner");
    for (const { id } of operations) {
      // What beta's owner would ask, sent with alpha's key: ids and bodies are beta's.
      const call = await callOf(id, "beta");
      const answer = await send(server, call, bearer("alpha secret"));
      if (answer.body.includes(markOf("beta"))) leaks.push(`${id}: ${answer.body}`);
    }
    expect(leaks).toEqual([]);
    expect(await stateOf("beta")).toBe(before);
    expect(operations.length).toBeGreaterThan(40);
  });

  test("a shop is told its own marks by these same operations", async () => {
    const telling = [];
    for (const { id, scope } of operationsOf(server)) {
      if (scope === "owner" || scope === "metrics") continue;
      const call = await callOf(id, "beta");
      if (call.method !== "GET" && !/recommendations|predictions$/.test(call.url)) continue;
      const answer = await send(server, call, bearer("beta secret"));
      if (answer.body.includes(markOf("beta"))) telling.push(id);
    }
    expect([...telling].sort()).toEqual(TELLING);
  });

  test("alpha's lists hold nothing of beta's", async () => {
    for (const id of ["listItems", "exportEvents", "exportItems", "listJobs", "listModels"]) {
      const own = await callOf(id, "alpha");
      const answer = await send(server, own, bearer("beta secret"));
      expect(answer.statusCode, id).toBe(200);
      expect(answer.body, id).not.toContain("alpha");
    }
  });

  test("a key of one is refused wherever X-Shop names the other", async () => {
    const let_in: string[] = [];
    const headers = { ...bearer("alpha secret"), "x-shop": "beta" };
    for (const { id, scope } of operationsOf(server)) {
      if (scope === "public") continue;
      const answer = await send(server, await callOf(id, "beta"), headers);
      if (answer.statusCode !== 403) let_in.push(`${id}: ${answer.statusCode}`);
    }
    expect(let_in).toEqual([]);
  });

  test("a cursor of one is none of the other", async () => {
    await platform.collect.items("alpha", [
      { item: "alpha-1", title: "1" },
      { item: "alpha-2", title: "2" },
    ]);
    const page = await server.inject({ url: "/v1/items?limit=1", headers: bearer("alpha secret") });
    const { next } = page.json();
    expect(next).toEqual(expect.any(String));
    const url = `/v1/items?cursor=${next}`;
    expect((await server.inject({ url, headers: bearer("alpha secret") })).statusCode).toBe(200);
    const other = await server.inject({ url, headers: bearer("beta secret") });
    expect(other.json()).toMatchObject({ errors: [{ pointer: "/query/cursor" }] });
  });
});

test("what these calls put on the disk is not in the working directory", () => {
  const { folder } = platform.config;
  expect(isAbsolute(folder)).toBe(true);
  expect(relative(process.cwd(), folder)).toMatch(/^\.\./);
});
