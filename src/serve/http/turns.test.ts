import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "../conformance/memory-platform.ts";
import { type Keys, openKeys } from "../keys.ts";
import { openServer } from "../server.ts";

/** A server that makes one answer at a time, whose lists take as long as the test wants. */
const WAIT_MS = 300;
let platform: TestPlatform;
let keys: Keys;
let server: FastifyInstance;
const held: (() => void)[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-turns-"));
  const limits = { answersAtOnce: 1, overloadDelayMs: WAIT_MS, logLevel: "silent" };
  platform = await testPlatform({ folder, server: limits });
  await platform.shops.ensure("demo");
  keys = await openKeys(platform.storage.records, platform.clock, 100);
  const { decide } = platform.recommend;
  const recommend: typeof platform.recommend = {
    ...platform.recommend,
    async decide(...of) {
      await new Promise<void>((resolve) => held.push(resolve));
      return decide(...of);
    },
  };
  server = await openServer({ ...platform, recommend }, { keys });
});
afterAll(async () => {
  await server.close();
  await rm(platform.config.folder, { recursive: true });
});

test("who waits too long for a list is told when to come back, and events go by", async () => {
  const made = await keys.ensureFirst("demo");
  const secret = made.find(({ key }) => key.role === "publishable")?.secret;
  const headers = { authorization: `Bearer ${secret}` };
  const list = () => server.inject({ url: "/v1/recommendations/home?shopper=s", headers });
  const [first, second] = [list(), list()];
  await new Promise((resolve) => setTimeout(resolve, 2 * WAIT_MS));
  const turnedAway = await list();
  expect(turnedAway.statusCode).toBe(503);
  expect(turnedAway.headers["retry-after"]).toBe("5");
  expect(turnedAway.json()).toMatchObject({ code: "overloaded" });
  const payload = { name: "page_view", anonymous: "a" };
  const taken = await server.inject({ method: "POST", url: "/v1/events", payload, headers });
  expect(taken.statusCode).toBe(200);
  held.shift()?.();
  expect((await first).statusCode).toBe(200);
  expect((await second).statusCode).toBe(503);
  const later = list();
  await expect.poll(() => held.length).toBe(1);
  held.shift()?.();
  expect((await later).statusCode).toBe(200);
});
