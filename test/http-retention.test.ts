import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../src/serve/access/audit.ts";
import { NOW, type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { openKeys } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";
import type { Job } from "../src/storage/jobs.ts";

/** Rules of retention by HTTP: who may change them, and how they are applied. */
const DAY_MS = 86_400_000;
const TOKEN = "lk_a-test";
const OWNER = { "x-api-key": TOKEN, "x-shop": "alpha" };
let platform: TestPlatform;
let server: FastifyInstance;
let secret = "";

beforeEach(async () => {
  platform = await testPlatform();
  await platform.shops.ensure("alpha");
  const keys = await openKeys(platform.storage.records, platform.clock, 100);
  secret = (await keys.ensureFirst("alpha")).find(({ key }) => key.role === "secret")?.secret ?? "";
  server = await openServer(platform, { keys, localToken: TOKEN });
  const event = (days: number) => ({
    ...{ name: "item_view", anonymous: "cookie", items: [{ item: "tea" }] },
    at: NOW - days * DAY_MS,
  });
  await platform.collect.events("alpha", [event(1), event(40)]);
});
afterEach(() => server.close());

const ask = async <Answer>(method: string, url: string, payload?: object): Promise<Answer> => {
  const answer = await server.inject({
    ...{ method: method as "GET", url, headers: OWNER },
    ...(payload && { payload }),
  });
  return answer.json() as Answer;
};
const ofJob = async (id: string): Promise<Job> => ask("GET", `/v1/jobs/${id}?wait=5`);

describe("rules of retention", () => {
  test("are read by a secret key and changed by the owner alone", async () => {
    const headers = { "x-api-key": secret };
    const read = await server.inject({ url: "/v1/retention", headers });
    expect(read.json()).toMatchObject({ shopperDays: null, anonymousDays: null, appliedAt: null });
    for (const [method, url] of [
      ["PATCH", "/v1/retention"],
      ["POST", "/v1/retention/apply"],
    ] as const) {
      const body = method === "PATCH" ? { payload: { shopperDays: 1 } } : {};
      expect((await server.inject({ method, url, headers, ...body })).statusCode).toBe(403);
    }
    expect(await platform.storage.log.count("alpha")).toBe(2);
  });

  test.each([
    [{ shopperDays: 0 }, "/shopperDays"],
    [{ anonymousDays: 1.5 }, "/anonymousDays"],
    [{ consent: { measure: true } }, "/consent/personalise"],
  ])("%j is refused with the field", async (to, pointer) => {
    const answer = await ask<{ code: string }>("PATCH", "/v1/retention", to);
    expect(answer).toMatchObject({ code: "invalid-request", errors: [{ pointer }] });
  });

  test("are previewed, changed, applied by a job, certified and told of", async () => {
    expect(await ask("POST", "/v1/retention/preview", { anonymousDays: 30 })).toMatchObject({
      shoppers: { events: 0, goes: 0 },
      anonymous: { events: 2, goes: 1, oldestAt: NOW - 40 * DAY_MS },
    });
    await ask("PATCH", "/v1/retention", { anonymousDays: 30 });
    const { id } = await ask<Job>("POST", "/v1/retention/apply");
    const job = await ofJob(id);
    expect(job).toMatchObject({ state: "done", result: { anonymousEvents: 1, complete: true } });
    expect(await platform.storage.log.count("alpha")).toBe(1);
    const listed = await ask<{ rows: unknown[] }>("GET", "/v1/retention/certificates");
    expect(listed.rows).toEqual([job.result]);
    const { rows } = await ask<{ rows: AuditEntry[] }>("GET", "/v1/audit");
    expect(rows.map(({ route, target }) => [route, target])).toEqual([
      ["applyRetention", id],
      ["changeRetention", null],
    ]);
  });
});

describe("once a day", () => {
  test("they are applied when the server starts, and the audit log is told", async () => {
    await platform.collect.retention.change("alpha", { anonymousDays: 30 });
    await server.close();
    const { handle: _, ...jobs } = platform.storage.jobs;
    // The kinds of jobs are known already.
    Object.assign(platform.storage.jobs, { handle: () => undefined, ...jobs });
    server = await openServer(platform, { localToken: TOKEN });
    const [begun] = await platform.storage.jobs.list("alpha", 1);
    expect(begun?.kind).toBe("retention");
    await ofJob(begun?.id ?? "");
    expect(await platform.storage.log.count("alpha")).toBe(1);
    const { rows } = await ask<{ rows: AuditEntry[] }>("GET", "/v1/audit");
    expect(rows[0]).toMatchObject({ who: "schedule", route: "applyRetention", target: begun?.id });
    await server.close();
    server = await openServer(platform, { localToken: TOKEN });
    expect(await platform.storage.jobs.list("alpha", 10)).toHaveLength(1);
  });

  test("nothing is begun where events are kept for ever", async () => {
    await platform.collect.retention.change("alpha", {
      consent: { measure: true, personalise: false },
    });
    await server.close();
    server = await openServer(platform, { localToken: TOKEN });
    expect(await platform.storage.jobs.list("alpha", 10)).toEqual([]);
  });
});
