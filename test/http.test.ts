import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Access } from "../src/serve/access/access.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { type SampleCall, sampleCalls, send } from "../src/serve/conformance/sample-calls.ts";
import { headersOf, sampleAccess, signUp } from "../src/serve/conformance/signed-in.ts";
import { type Keys, openKeys } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";

let platform: TestPlatform;
let server: FastifyInstance;
let keys: Keys;
let access: Access;
let owner: Record<string, string>;
let publishable: Record<string, string>;
const logged: string[] = [];
const BODY_LIMIT = 65_536;

beforeAll(async () => {
  platform = await testPlatform({
    folder: await mkdtemp(join(tmpdir(), "shopkeeper-http-")),
    server: {
      logLevel: "debug",
      bodyLimitBytes: BODY_LIMIT,
      uploadLimitBytes: 4_096,
      corsOrigins: ["https://shop.example"],
    },
  });
  await platform.shops.ensure("demo");
  keys = await openKeys(platform.storage.records, platform.clock, 100);
  const made = await keys.ensureFirst("demo");
  const of = (role: string): string => made.find(({ key }) => key.role === role)?.secret ?? "";
  owner = { "x-api-key": of("owner"), "x-shop": "demo" };
  publishable = { authorization: `Bearer ${of("publishable")}` };
  access = await sampleAccess(platform);
  const log = { write: (line: string) => void logged.push(line) };
  server = await openServer(platform, { keys, access, log });
});
afterAll(async () => {
  await server.close();
  await rm(platform.config.folder, { recursive: true });
});

const post = (url: string, payload: object | string, headers: object = publishable) =>
  server.inject({ method: "POST", url, payload, headers: { ...headers } });
const event = (more: object = {}): object => ({ name: "page_view", anonymous: "a", ...more });

const idOf = async (kind: string): Promise<string> =>
  (await platform.storage.records.list("", kind, { limit: 1 })).rows[0]?.id ?? "";

describe("every operation", () => {
  test("answers its good request with its status, a request id and its timing", async () => {
    const failed: string[] = [];
    await signUp(access, "demo-owner", "owner");
    const user = await headersOf(server, "demo-owner");
    for (const [id, call] of Object.entries(sampleCalls("demo"))) {
      const [job] = await platform.storage.jobs.list("demo", 1);
      const [key] = keys.list("demo").slice(-1);
      const url = call.url
        .replace("job-of-demo", job?.id ?? "")
        .replace("key-of-demo", key?.id ?? "")
        .replace("webhook-of-demo.000000000001", await idOf("webhook-delivery"))
        .replace("webhook-of-demo", await idOf("webhook"));
      const answer = await send(server, { ...call, url }, call.signedIn ? user : asked(id));
      const status = id === "evaluate" ? 200 : (call.status ?? 200);
      if (answer.statusCode !== status) failed.push(`${id}: ${answer.statusCode} ${answer.body}`);
      expect(answer.headers["x-request-id"], id).toMatch(/^[\w-]{36}$/);
      expect(answer.headers["server-timing"], id).toMatch(/^auth;dur=.*total;dur=[\d.]+$/);
    }
    expect(failed).toEqual([]);
  });

  /** What follows an evaluation asks for its report. */
  const asked = (id: string): Record<string, string> =>
    id === "evaluate" ? { ...owner, prefer: "wait=5" } : owner;
});

describe("events", () => {
  test("the good of a batch are taken and the bad told by index", async () => {
    const payload = { events: [event(), { name: "scroll" }, event()] };
    const answer = await post("/v1/events", payload);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      accepted: 2,
      rejected: [{ index: 1, code: "invalid-event", errors: [{ pointer: "/name" }] }],
    });
  });

  test("a bare array is a batch, one event is one, and one bad event is a problem", async () => {
    expect((await post("/v1/events", [event(), event()])).json().accepted).toBe(2);
    expect((await post("/v1/events", event())).json().accepted).toBe(1);
    const bad = await post("/v1/events", event({ items: [{ item: 7 }] }));
    expect(bad.statusCode).toBe(400);
    expect(bad.json()).toMatchObject({
      code: "invalid-event",
      errors: [{ pointer: "/items/0/item" }],
    });
  });

  test("an event sent twice changes nothing the second time", async () => {
    const eventId = "018f0000-0000-7000-8000-00000000beef";
    const twice = await post("/v1/events", { events: [event({ eventId })] });
    expect(twice.json()).toMatchObject({ accepted: 1, duplicates: 0 });
    const again = await post("/v1/events", { events: [event({ eventId })] });
    expect(again.json()).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  test("a stream with broken lines takes the others and names the broken by line", async () => {
    const long = JSON.stringify(event({ session: "x".repeat(BODY_LIMIT) }));
    const lines = [event(), "{broken", "", long, event({ name: "scroll" }), "[]", event()];
    const payload = lines
      .map((line) => (typeof line === "string" ? line : JSON.stringify(line)))
      .join("\n");
    const call: SampleCall = {
      method: "POST",
      url: "/v1/events/stream",
      payload,
      type: "application/x-ndjson",
    };
    const answer = await send(server, call, owner);
    expect(answer.json()).toMatchObject({ lines: 6, events: 2, rejected: 4 });
    const told = answer.json().rejections as { line: number; code: string }[];
    expect(told.map(({ line, code }) => [line, code])).toEqual([
      [2, "invalid-request"],
      [4, "too-large"],
      [5, "invalid-event"],
      [6, "invalid-request"],
    ]);
  });
});

describe("the scripts for a shop's pages", () => {
  test("are there once built, and are not sent twice", async () => {
    const script = "../scripts/browser.mjs";
    const { bundleAll } = (await import(script)) as { bundleAll(): Promise<void> };
    await bundleAll();
    for (const url of ["/tracker.js", "/widget.js"]) {
      const first = await server.inject(url);
      expect(first.headers["content-type"]).toBe("text/javascript; charset=utf-8");
      expect(first.headers["cross-origin-resource-policy"]).toBe("cross-origin");
      expect(first.body).toContain("shopkeeper");
      const headers = { "if-none-match": String(first.headers["etag"]) };
      expect((await server.inject({ url, headers })).statusCode).toBe(304);
    }
  });
});

describe("a page that cannot set headers", () => {
  const plain = { "content-type": "text/plain;charset=UTF-8" };
  const key = (): string => String(publishable["authorization"]).replace("Bearer ", "");

  test("names its key in the address and sends its events as text", async () => {
    const text = JSON.stringify({ events: [event()] });
    const answer = await post(`/v1/events?key=${key()}`, text, plain);
    expect(answer.json()).toMatchObject({ accepted: 1 });
    const list = await server.inject(`/v1/recommendations/home?limit=1&key=${key()}`);
    expect(list.json()).toMatchObject({ surface: "home", items: [{ position: 0 }] });
  });

  test("may use a publishable key alone, and only for what such a key is for", async () => {
    const { "x-api-key": secret = "" } = owner;
    const bySecret = await post(`/v1/events?key=${secret}`, event(), {});
    expect(bySecret.statusCode).toBe(401);
    expect(bySecret.json().detail).toBe("only a publishable key may stand in an address");
    const items = await server.inject(`/v1/items?key=${key()}`);
    expect(items.json()).toMatchObject({ status: 401, code: "not-authenticated" });
  });

  test("leaves no key in the log", async () => {
    await post(`/v1/events?key=${key()}`, event(), {});
    expect(logged.join("")).not.toContain(key());
  });
});

describe("items", () => {
  test("lists go on where the page before ended", async () => {
    const items = [1, 2, 3, 4, 5].map((n) => ({ item: `paged-${n}`, title: `${n}` }));
    await post("/v1/items", { items }, owner);
    const seen: string[] = [];
    let url = "/v1/items?limit=2";
    for (let page = 0; page < 10 && url !== ""; page++) {
      const { rows, next } = (await server.inject({ url, headers: owner })).json();
      seen.push(...rows.map((row: { item: string }) => row.item));
      url = next === null ? "" : `/v1/items?limit=2&cursor=${encodeURIComponent(next)}`;
    }
    expect(seen.filter((id) => id.startsWith("paged"))).toEqual(items.map((item) => item.item));
  });

  test("an id with slashes and other letters is one part of the path", async () => {
    const item = "茶/100% \u{1F375}";
    await post("/v1/items", { item, title: "tea" }, owner);
    const url = `/v1/items/${encodeURIComponent(item)}`;
    expect((await server.inject({ url, headers: owner })).json().item).toBe(item);
  });

  test("what an export gave, an import takes, and the second time changes nothing", async () => {
    const get = (url: string) => server.inject({ url, headers: owner });
    const events = (await get("/v1/export/events")).body;
    const payload = (await get("/v1/export/items")).body + events;
    const other = { "x-api-key": owner["x-api-key"] as string, "x-shop": "copy" };
    await platform.shops.ensure("copy");
    const call: SampleCall = {
      method: "POST",
      url: "/v1/import",
      payload,
      type: "application/x-ndjson",
    };
    const first = (await send(server, call, other)).json();
    expect(first).toMatchObject({ rejected: 0, duplicates: 0 });
    expect(first.events).toBe(events.trim().split("\n").length);
    const second = (await send(server, call, other)).json();
    expect(second).toMatchObject({ events: 0, items: 0, duplicates: first.lines });
    const copied = (await server.inject({ url: "/v1/export/events", headers: other })).body;
    const plain = (text: string): unknown[] =>
      text
        .trim()
        .split("\n")
        .map((line) => ({ ...JSON.parse(line), shop: "", receivedAt: 0 }));
    expect(plain(copied)).toEqual(plain(events));
  });

  test("a feed arrives whole at the importer and leaves nothing behind", async () => {
    const sent = sampleCalls("demo")["uploadMerchantFeed"] as SampleCall;
    await send(server, sent, owner);
    expect(platform.imported.at(-1)).toEqual({
      shop: "demo",
      source: "merchant-tsv",
      text: sent.payload,
    });
    expect(await readdir(`${platform.config.folder}/uploads`)).toEqual([]);
    const big = { ...sent, payload: "x".repeat(5_000) };
    expect((await send(server, big, owner)).json().code).toBe("too-large");
    expect(await readdir(`${platform.config.folder}/uploads`)).toEqual([]);
  });
});

describe("recommendations", () => {
  test("the short form and the long one ask the same", async () => {
    const url = "/v1/recommendations/cart?shopper=s&items=a,b&exclude=c&limit=3&record=false";
    await server.inject({ url: `${url}&locale=zh&diversity=0.5`, headers: publishable });
    await post("/v1/recommendations", {
      surface: "cart",
      shopper: "s",
      items: ["a", "b"],
      exclude: ["c"],
      limit: 3,
      record: false,
      locale: "zh",
      diversity: 0.5,
    });
    const [short, long] = platform.asked.slice(-2);
    expect(short).toEqual(long);
    expect(short?.request.personalise).toBe(true);
  });

  test("the time of the decision stands in Server-Timing under its name", async () => {
    const answer = await server.inject({ url: "/v1/recommendations/home", headers: publishable });
    expect(answer.headers["server-timing"]).toMatch(
      /auth;.*read;.*decide;dur=[\d.]+, write;.*total;/,
    );
  });

  test("a wrong request names each field by a pointer", async () => {
    const payload = {
      surface: "hom",
      limit: 0,
      foo: 1,
      where: { all: [{ field: "brand", is: "like" }] },
    };
    const answer = await post("/v1/recommendations", payload);
    const pointers = answer.json().errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers).toEqual(["/surface", "/limit", "/where/all/0/is", "/foo"]);
    const query = await server.inject({
      url: "/v1/recommendations/nowhere?limit=x&items=,%01",
      headers: publishable,
    });
    expect(query.json().errors).toEqual([{ pointer: "/path/surface", detail: expect.any(String) }]);
    const asked = await server.inject({
      url: "/v1/recommendations/home?limit=x&items=a,%01&colour=red",
      headers: publishable,
    });
    expect(asked.json().errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      "/query/items/1",
      "/query/limit",
      "/query/colour",
    ]);
  });
});

describe("jobs", () => {
  test("are answered at once with a place to look, and can be waited for", async () => {
    const started = await post("/v1/train", {}, owner);
    expect(started.statusCode).toBe(202);
    expect(started.headers.location).toBe(`/v1/jobs/${started.json().id}`);
    expect(started.json().payload).toMatchObject({ seed: 1, from: "nothing", params: null });
    const url = `${started.headers.location}?wait=10`;
    const ended = await server.inject({ url, headers: owner });
    expect(ended.json()).toMatchObject({ state: "done", result: { scenario: "recommend" } });
    const waited = await post("/v1/train", {}, { ...owner, prefer: "respond-async, wait=10" });
    expect(waited.statusCode).toBe(200);
    expect(waited.headers["preference-applied"]).toBe("wait=10");
  });

  test("work of the installation is the owner's, without a shop", async () => {
    const { "x-api-key": key = "" } = owner;
    const headers = { "x-api-key": key, prefer: "wait=5" };
    const answer = await post("/v1/backup", { folder: "/backup" }, headers);
    expect(answer.json()).toMatchObject({ shop: "", state: "done", result: { blobs: 3 } });
    const listed = await server.inject({ url: "/v1/jobs", headers: { "x-api-key": key } });
    expect(listed.json().rows[0].id).toBe(answer.json().id);
  });
});

describe("problems", () => {
  const cases: readonly [string, () => ReturnType<typeof post>, number, string][] = [
    ["no such path", () => post("/v1/nothing", {}), 404, "not-found"],
    [
      "no such method",
      () => server.inject({ method: "PUT", url: "/v1/events" }),
      405,
      "method-not-allowed",
    ],
    ["broken JSON", () => raw("{"), 400, "invalid-request"],
    ["an empty body", () => raw(""), 400, "invalid-request"],
    ["a poisoned body", () => raw('{"__proto__":{"a":1}}'), 400, "invalid-request"],
    ["another media type", () => raw("a=1", "text/csv"), 415, "wrong-media-type"],
    ["text that is no JSON", () => raw("a=1", "text/plain"), 400, "invalid-request"],
    [
      "text where no beacon sends",
      () => post("/v1/items", "{}", { ...owner, "content-type": "text/plain" }),
      415,
      "wrong-media-type",
    ],
    ["lines where JSON is meant", () => raw("{}", "application/x-ndjson"), 415, "wrong-media-type"],
    ["too large", () => raw(`["${"x".repeat(BODY_LIMIT)}"]`), 413, "too-large"],
    ["a broken path", () => server.inject({ url: "/v1/items/%zz" }), 400, "invalid-request"],
    [
      "a path too long",
      () => server.inject({ url: `/v1/items/${"x".repeat(3_000)}`, headers: owner }),
      400,
      "invalid-request",
    ],
    ["events that are none", () => post("/v1/events", { events: 3 }), 400, "invalid-request"],
  ];
  const raw = (payload: string, type = "application/json") =>
    post("/v1/events", payload, { ...publishable, "content-type": type });

  test.each(cases)("%s", async (_name, ask, status, code) => {
    const answer = await ask();
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(answer.json()).toMatchObject({
      type: `/problems/${code}`,
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
      remedy: expect.any(String),
      instance: answer.headers["x-request-id"],
    });
  });

  test("the methods that a path takes are named", async () => {
    const answer = await server.inject({ method: "POST", url: "/v1/items/42", headers: owner });
    expect(answer.headers["allow"]).toBe("GET, PATCH, DELETE");
  });

  test("a mistake of ours tells nothing of its inside, and the log all of it", async () => {
    const { decide } = platform.recommend;
    Object.assign(platform.recommend, {
      decide: () => Promise.reject(new Error("the password is 1234")),
    });
    const answer = await post("/v1/recommendations", { surface: "home" });
    Object.assign(platform.recommend, { decide });
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe("internal-error");
    expect(answer.body).not.toContain("1234");
    const line = logged.find((one) => one.includes("the password is 1234"));
    expect(line).toContain(answer.json().instance);
  });

  test("each is explained at its type, to programs and to people", async () => {
    const json = await server.inject("/problems/conflict");
    expect(json.json()).toMatchObject({ code: "conflict", status: 409 });
    const page = await server.inject({
      url: "/problems/conflict",
      headers: { accept: "text/html" },
    });
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.body).toContain("Read it again and repeat the change.");
    expect((await server.inject("/problems/nonsense")).statusCode).toBe(404);
  });
});

describe("at the door", () => {
  test("a sane request id is kept and another is replaced", async () => {
    const ask = (id: string) =>
      server.inject({ url: "/health/live", headers: { "x-request-id": id } });
    expect((await ask("trace-42.a")).headers["x-request-id"]).toBe("trace-42.a");
    for (const bad of ["", "a b", "<script>", "x".repeat(200)]) {
      expect((await ask(bad)).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("only listed origins may call from a page", async () => {
    const preflight = (origin: string) =>
      server.inject({
        method: "OPTIONS",
        url: "/v1/events",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const ours = await preflight("https://shop.example");
    expect(ours.headers["access-control-allow-origin"]).toBe("https://shop.example");
    const other = await preflight("https://thief.example");
    expect(other.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("pages may run nothing but our own files, and no page may frame them", async () => {
    for (const url of ["/", "/docs", "/v1/nothing", "/problems/conflict", "/health/live"]) {
      const { headers } = await server.inject(url);
      const policy = String(headers["content-security-policy"]);
      expect(policy, url).toContain("default-src 'none'");
      expect(policy, url).toContain("script-src 'self'");
      expect(policy, url).toContain("frame-ancestors 'none'");
      expect(policy, url).not.toMatch(/unsafe|upgrade-insecure/);
      expect(headers["x-content-type-options"], url).toBe("nosniff");
      expect(headers["referrer-policy"], url).toBe("no-referrer");
      expect(headers["x-powered-by"], url).toBeUndefined();
    }
  });

  test("the pages of /docs load only files of this server", async () => {
    const page = (await server.inject("/docs")).body;
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file).toMatch(/^\.?\//);
      const url = file.startsWith(".") ? `/docs${file.slice(1)}` : file;
      expect((await server.inject(url)).statusCode, url).toBe(200);
    }
    expect(page).not.toMatch(/<script>|<style|style="/);
  });

  test("no line of the log holds a key", async () => {
    await post("/v1/events", event());
    const secret = publishable["authorization"]?.slice("Bearer ".length) ?? "";
    await server.inject({ url: `/v1/jobs?key=${secret}`, headers: owner });
    server.log.error({ req: { headers: { ...owner, ...publishable } } }, "an accident");
    expect(logged.some((line) => line.includes("an accident"))).toBe(true);
    const all = logged.join("\n");
    expect(all).not.toContain(secret);
    expect(all).not.toContain(owner["x-api-key"]);
  });

  test("metrics count routes and name no shop", async () => {
    const { body } = await server.inject({ url: "/metrics", headers: owner });
    expect(body).toMatch(/shopkeeper_http_requests_total\{method="POST",route="\/v1\/events"/);
    expect(body).not.toContain("demo");
    expect(body).toContain("shopkeeper_log_syncs ");
  });
});

describe("limits", () => {
  test("who asks too often is told when to come back, others and other visitors are not", async () => {
    const own = await testPlatform({
      server: { ratePublishablePerMinute: 3, rateSecretPerMinute: 5 },
    });
    await own.shops.ensure("demo");
    const ownKeys = await openKeys(own.storage.records, own.clock, 100);
    const made = await ownKeys.ensureFirst("demo");
    const limited = await openServer(own, { keys: ownKeys });
    const ask = (role: number) => {
      const headers = { "x-api-key": made[role]?.secret ?? "" };
      return limited.inject({ url: "/v1/recommendations/home", headers });
    };
    const answers = [await ask(0), await ask(0), await ask(0), await ask(0)];
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers[0]?.headers).toMatchObject({
      "ratelimit-limit": "3",
      "ratelimit-remaining": "2",
    });
    expect(answers[3]?.json()).toMatchObject({ code: "too-many-requests" });
    expect(Number(answers[3]?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask(1)).statusCode).toBe(200);
    const headers = { "x-api-key": made[0]?.secret ?? "" };
    const elsewhere = { url: "/v1/recommendations/home", headers, remoteAddress: "10.0.0.7" };
    expect((await limited.inject(elsewhere)).statusCode).toBe(200);
    // Nobody in front is trusted, so whom they claim to speak for is not believed.
    const claimed = { ...elsewhere, headers: { ...headers, "x-forwarded-for": "10.0.0.8" } };
    const others = [await limited.inject(claimed), await limited.inject(claimed)];
    expect(others.map((answer) => answer.statusCode)).toEqual([200, 200]);
    expect((await limited.inject(claimed)).statusCode).toBe(429);
    await limited.close();
  });
});
