import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { monotonicMs } from "../src/clock.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { headersOf, sampleAccess, signUp } from "../src/serve/conformance/signed-in.ts";
import { type Keys, openKeys } from "../src/serve/keys.ts";
import { type Listening, listen, openServer } from "../src/serve/server.ts";

/** The stream of what happens, on real sockets. */
let platform: TestPlatform;
let keys: Keys;
let server: FastifyInstance;
let listening: Listening;
let secret: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-live-"));
  platform = await testPlatform({ folder, server: { port: 0, liveWatchersMost: 2 } });
  await platform.shops.ensure("demo");
  keys = await openKeys(platform.storage.records, platform.clock, 100);
  secret = (await keys.ensureFirst("demo")).find(({ key }) => key.role === "secret")?.secret ?? "";
  const access = await sampleAccess(platform);
  await signUp(access, "vera", "viewer", ["demo"]);
  server = await openServer(platform, { keys, access });
  listening = await listen(server, platform, "lk_unused");
});
afterAll(async () => {
  await listening.stop();
  await rm(platform.config.folder, { recursive: true });
});

const watch = (headers: Record<string, string>, query = ""): Promise<Response> =>
  fetch(`${listening.url}/v1/live${query}`, { headers });
const byKey = (): Record<string, string> => ({ authorization: `Bearer ${secret}` });

describe("the stream", () => {
  test("is server-sent events that no proxy holds back, and ends after as many as are asked for", async () => {
    await platform.collect.events("demo", [
      { name: "exposure", shopper: "s", items: [{ item: "tea" }], context: { surface: "home" } },
    ]);
    const answer = await watch(byKey(), "?snapshots=2");
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-request-id": expect.any(String),
    });
    const text = await answer.text();
    expect(text).toMatch(
      /^retry: 3000\n\nevent: snapshot\ndata: \{.*\}\n\nevent: snapshot\ndata: /,
    );
    const [first] = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
    expect(first.minutes.at(-1).lists).toBe(1);
  });

  test("is refused with a publishable key, and when as many watch as may", async () => {
    const publishable = (await keys.create({ role: "publishable", shop: "demo", name: "p" }))
      .secret;
    expect((await watch({ "x-api-key": publishable })).status).toBe(403);
    const gone = new AbortController();
    const { signal } = gone;
    const url = `${listening.url}/v1/live`;
    const two = [
      await fetch(url, { headers: byKey(), signal }),
      await fetch(url, { headers: byKey(), signal }),
    ];
    expect(two.map(({ status }) => status)).toEqual([200, 200]);
    const third = await watch(byKey());
    expect(third.status).toBe(503);
    expect(third.headers.get("retry-after")).toBe("30");
    gone.abort();
    // The places are free as soon as the server sees the sockets close.
    await expect
      .poll(async () => (await watch(byKey(), "?snapshots=1")).status, { timeout: 5_000 })
      .toBe(200);
  });

  test("ends with the session, and with the key", async () => {
    const user = await headersOf(server, "vera");
    const made = await keys.create({ role: "secret", shop: "demo", name: "leaver" });
    const [byUser, byLeaver] = [await watch(user), await watch({ "x-api-key": made.secret })];
    await server.inject({ method: "DELETE", url: "/v1/session", headers: user });
    await keys.revoke(made.key.id);
    expect((await byUser.text()).match(/^event/gm)).toHaveLength(1);
    expect((await byLeaver.text()).match(/^event/gm)).toHaveLength(1);
  });

  test("does not hold up a stop, even of who never reads", async () => {
    const { port, hostname } = new URL(listening.url);
    const idle = connect(Number(port), hostname);
    idle.on("error", () => undefined);
    idle.write(`GET /v1/live HTTP/1.1\r\nhost: x\r\nx-api-key: ${secret}\r\n\r\n`);
    await new Promise((resolve) => idle.once("data", resolve));
    idle.pause();
    const answer = await watch(byKey());
    const begun = monotonicMs();
    await listening.stop();
    // Keep-alive would hold a connection for three seconds, and the grace for ten.
    expect(monotonicMs() - begun).toBeLessThan(2_000);
    expect(await answer.text()).toContain("event: snapshot");
    idle.destroy();
  });
});
