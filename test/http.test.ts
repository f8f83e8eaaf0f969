import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Keys, openKeys } from "../src/serve/keys.ts";
import { openServer } from "../src/serve/server.ts";
import { type TestPlatform, testPlatform } from "./http-platform.ts";

let platform: TestPlatform;
let keys: Keys;
let server: FastifyInstance;
let publishable: string;
let secret: string;
let owner: string;

beforeAll(async () => {
  platform = await testPlatform();
  await platform.shops.ensure("demo");
  keys = await openKeys(platform.storage.records, platform.clock, 100);
  const made = await keys.ensureFirst("demo");
  [publishable, secret, owner] = made.map((one) => one.secret) as [string, string, string];
  server = await openServer(platform, { keys });
});
afterAll(() => server.close());

describe("first words", () => {
  test("live", async () => {
    const answer = await server.inject("/health/live");
    expect(answer.json()).toEqual({ status: "ok" });
  });
});
