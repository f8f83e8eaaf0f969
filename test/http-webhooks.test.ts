import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../src/clock.ts";
import type { AuditEntry } from "../src/serve/access/audit.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import type { Overview } from "../src/serve/overview/overview.ts";
import { openServer } from "../src/serve/server.ts";
import type { Delivery, NewWebhook, Webhook } from "../src/serve/webhooks/webhook.ts";

/** Webhooks against a receiver on a real socket. */
interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const TOKEN = "lk_a-test";
const SHOP = "alpha";
const HEADERS = { "x-api-key": TOKEN, "x-shop": SHOP };
let receiver: Server;
let base = "";
let received: Received[] = [];
/** What the receiver answers, one after the other; 204 when there is no more. */
let answers: { status: number; headers?: Record<string, string>; body?: string; never?: true }[] =
  [];
let platform: TestPlatform;
let server: FastifyInstance;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      const { status, headers, body, never } = answers.shift() ?? { status: 204 };
      if (never) return;
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(() => receiver.close());

const open = async (settings: object): Promise<void> => {
  const made = await testPlatform({ webhooks: { retryFirstMs: 20, timeoutMs: 300, ...settings } });
  platform = { ...made, clock: systemClock };
  server = await openServer(platform, { localToken: TOKEN });
  await platform.shops.ensure(SHOP);
};
beforeEach(async () => {
  received = [];
  answers = [];
  await open({ allowPrivate: true });
});
afterEach(() => server.close());

const ask = async <Answer>(method: string, url: string, payload?: object): Promise<Answer> => {
  const answer = await server.inject({
    method: method as "GET",
    url,
    headers: HEADERS,
    ...(payload && { payload }),
  });
  return answer.json() as Answer;
};
const make = (kinds: readonly string[], url: string = base): Promise<NewWebhook> =>
  ask("POST", "/v1/webhooks", { url, kinds });
const deliveries = async ({ webhook }: NewWebhook): Promise<readonly Delivery[]> =>
  (await ask<{ rows: Delivery[] }>("GET", `/v1/webhooks/${webhook.id}/deliveries`)).rows;
const putRule = (id: string): Promise<unknown> =>
  ask("PUT", "/v1/rules", { id, kind: "pin", item: "tea", position: 0 });
const arrived = (count: number): Promise<void> =>
  vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });
const ended = (webhook: NewWebhook, state: string): Promise<Delivery> =>
  vi.waitFor(
    async () => {
      const [newest] = await deliveries(webhook);
      expect(newest).toMatchObject({ state });
      return newest as Delivery;
    },
    { timeout: 5_000 },
  );

describe("a delivery", () => {
  test("is signed over id, time and body with the secret that was shown once", async () => {
    const made = await make(["rules.changed"]);
    expect(made.secret).toMatch(/^whsec_/);
    await putRule("one");
    await arrived(1);
    const [{ headers, body }] = received as [Received];
    const key = Buffer.from(made.secret.slice("whsec_".length), "base64");
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const expected = createHmac("sha256", key).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
    expect(Math.abs(Number(headers["webhook-timestamp"]) * 1_000 - systemClock())).toBeLessThan(
      5_000,
    );
    expect(JSON.parse(body)).toMatchObject({
      id: headers["webhook-id"],
      type: "rules.changed",
      shop: SHOP,
      data: { version: 1, change: expect.stringContaining("one") },
    });
    expect(await ended(made, "delivered")).toMatchObject({ attempts: 1, last: { status: 204 } });
  });

  test("that is answered by 500 is sent again, the same bytes under the same id", async () => {
    answers = [{ status: 500, body: "not now" }, { status: 503 }];
    const made = await make(["rules.changed"]);
    await putRule("one");
    await arrived(3);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await ended(made, "delivered")).toMatchObject({ attempts: 3, last: { error: null } });
  });

  test("has an id that grows, and comes to every address that wants its kind", async () => {
    await make(["rules.changed"]);
    const other = await make(["rules.changed", "model.promoted"]);
    const deaf = await make(["shopper.erased"]);
    await putRule("one");
    await arrived(2);
    await putRule("two");
    await arrived(4);
    const ids = (await deliveries(other)).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
    expect(await deliveries(deaf)).toEqual([]);
  });

  test("is not carried on by a redirect", async () => {
    answers = Array.from({ length: 50 }, () => ({
      status: 302,
      headers: { location: `${base}/elsewhere` },
    }));
    const { webhook } = await make(["rules.changed"]);
    const told = await ask<Delivery>("POST", `/v1/webhooks/${webhook.id}/test`);
    expect(told).toMatchObject({ state: "failed", last: { status: 302 } });
    expect(told.last?.error).toMatch(/redirects are not followed/);
    expect(received).toHaveLength(1);
  });

  test("that is never answered ends in time and is tried again", async () => {
    answers = [{ status: 200, never: true }];
    const made = await make(["rules.changed"]);
    await putRule("one");
    await arrived(1);
    await vi.waitFor(async () => {
      const [one] = await deliveries(made);
      expect(one?.last?.error ?? "delivered already").toBe("no answer within 300 ms");
    });
    await arrived(2);
  });

  test("reads no more of an answer than is allowed", async () => {
    answers = [{ status: 200, body: "x".repeat(5_000_000) }];
    const { webhook } = await make(["rules.changed"]);
    const told = await ask<Delivery>("POST", `/v1/webhooks/${webhook.id}/test`);
    expect(told).toMatchObject({ state: "delivered", last: { answer: "x".repeat(500) } });
  });

  test("is parked with the last answer when its address is gone, and can be sent again", async () => {
    answers = [{ status: 410, body: "moved away" }];
    const made = await make(["rules.changed"]);
    await putRule("one");
    const parked = await ended(made, "failed");
    expect(parked).toMatchObject({ nextAt: null, last: { status: 410, answer: "moved away" } });
    const overview = await ask<Overview>("GET", "/v1/overview");
    const raised = overview.attention.find(({ code }) => code === "webhook-parked");
    expect(raised).toMatchObject({ level: "act", count: 1, examples: [parked.id] });
    const audit = await ask<{ rows: AuditEntry[] }>("GET", "/v1/audit?route=giveUpWebhookDelivery");
    expect(audit.rows).toMatchObject([{ who: "schedule", shop: SHOP, target: parked.id }]);
    const path = `/v1/webhooks/${made.webhook.id}/deliveries/${parked.id}/again`;
    expect(await ask("POST", path)).toMatchObject({ state: "waiting" });
    expect((await ended(made, "delivered")).id).toBe(parked.id);
    expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([parked.id, parked.id]);
  });

  test("waits while its webhook is switched off", async () => {
    const made = await make(["rules.changed"]);
    await ask("PATCH", `/v1/webhooks/${made.webhook.id}`, { enabled: false });
    await putRule("one");
    expect(await ended(made, "waiting")).toMatchObject({ attempts: 0 });
    expect(received).toEqual([]);
    await ask("PATCH", `/v1/webhooks/${made.webhook.id}`, { enabled: true });
    await ended(made, "delivered");
  });
});

describe("what is told", () => {
  test("an erasure without who it was of, a training, a version in service", async () => {
    await make(["shopper.erased", "training.finished"]);
    await ask("POST", "/v1/events", { name: "item_view", shopper: "ada", items: [{ item: "t" }] });
    await ask("DELETE", "/v1/shoppers/ada");
    await arrived(1);
    const erased = JSON.parse(received[0]?.body ?? "");
    expect(erased).toMatchObject({ type: "shopper.erased", data: { events: 1 } });
    expect(received[0]?.body).not.toContain("ada");
    const job = await ask<{ id: string }>("POST", "/v1/train", { seed: 3 });
    await arrived(2);
    expect(JSON.parse(received[1]?.body ?? "")).toMatchObject({
      type: "training.finished",
      data: { job: job.id, kind: "train" },
    });
  });

  test("nothing of what was before the first webhook", async () => {
    await putRule("before");
    const made = await make(["rules.changed"]);
    await putRule("after");
    await ended(made, "delivered");
    const [{ body }] = received as [Received];
    expect(received).toHaveLength(1);
    expect(JSON.parse(body).data.version).toBe(2);
  });
});

describe("addresses", () => {
  test.each([
    ["ftp://shop.example/hook", "must begin with https://"],
    ["http://shop.example/hook", "must begin with https://"],
    ["https://anna:secret@shop.example/hook", "no name or password"],
    ["not an address", "must be an address"],
  ])("%s is refused", async (url, why) => {
    const answer = await server.inject({
      method: "POST",
      url: "/v1/webhooks",
      headers: HEADERS,
      payload: { url, kinds: ["rules.changed"] },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/url", detail: expect.stringContaining(why) }],
    });
  });

  describe("where private ones are not allowed", () => {
    beforeEach(async () => {
      await server.close();
      await open({});
    });

    test.each([
      ...["127.0.0.1", "127.1", "0x7f000001", "10.1.2.3", "192.168.0.1", "172.20.0.1"],
      ...["169.254.169.254", "100.64.0.1", "0.0.0.0", "[::1]", "[fd00::1]", "[fe80::1]"],
      ...["[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "localhost"],
    ])("%s is refused", async (host) => {
      const made = await ask<object>("POST", "/v1/webhooks", {
        url: `https://${host}/hook`,
        kinds: ["rules.changed"],
      });
      expect(made).toMatchObject({
        errors: [{ pointer: "/url", detail: expect.stringContaining("webhooks.allowPrivate") }],
      });
    });

    test("a name that leads inside only later is refused at the call", async () => {
      await server.close();
      await open({ allowPrivate: true });
      const { webhook } = await make(["rules.changed"], base.replace("127.0.0.1", "localhost"));
      const { records } = platform.storage;
      await server.close();
      await open({});
      const kept = await records.get<object>("", "webhook", webhook.id);
      await platform.storage.records.write("", [
        { put: kept?.value, kind: "webhook", id: webhook.id },
      ]);
      await server.close();
      server = await openServer(platform, { localToken: TOKEN });
      const told = await ask<Delivery>("POST", `/v1/webhooks/${webhook.id}/test`);
      expect(told.last?.error).toMatch(/^localhost \(.*\) is not on the internet/);
      expect(received).toEqual([]);
    });
  });

  test("are listed with the secret masked, and no more than so many", async () => {
    await server.close();
    await open({ allowPrivate: true, mostPerShop: 1 });
    const { secret, webhook } = await make(["rules.changed"]);
    const listed = await server.inject({ url: "/v1/webhooks", headers: HEADERS });
    expect(listed.body).not.toContain(secret.slice("whsec_".length));
    expect(listed.json<{ rows: Webhook[] }>().rows).toEqual([webhook]);
    expect(await make(["rules.changed"])).toMatchObject({ code: "limit-reached" });
    const audit = await server.inject({ url: "/v1/audit", headers: HEADERS });
    expect(audit.json().rows).toMatchObject([{ route: "createWebhook", target: webhook.id }]);
    expect(audit.body).not.toContain(base);
  });

  test("a changed secret signs beside the one before", async () => {
    const made = await make(["rules.changed"]);
    const { webhook } = made;
    const renewed = await ask<NewWebhook>("POST", `/v1/webhooks/${webhook.id}/secret`);
    expect(renewed.secret).not.toBe(made.secret);
    await ask("POST", `/v1/webhooks/${webhook.id}/test`);
    const [{ headers, body }] = received as [Received];
    const signatures = [renewed.secret, made.secret].map((secret) => {
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
    });
    expect(headers["webhook-signature"]).toBe(signatures.join(" "));
  });

  test("that are removed are told nothing any more", async () => {
    const { webhook } = await make(["rules.changed"]);
    await ask("DELETE", `/v1/webhooks/${webhook.id}`);
    await putRule("one");
    expect(await ask("GET", `/v1/webhooks/${webhook.id}/deliveries`)).toMatchObject({
      code: "unknown-webhook",
    });
    const kept = await platform.storage.records.count("", "webhook-delivery");
    expect([received.length, kept]).toEqual([0, 0]);
  });
});
