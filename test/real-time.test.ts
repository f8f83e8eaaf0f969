import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../src/clock.ts";
import { parseConfig } from "../src/config.ts";
import { openPlatform, type Platform } from "../src/platform.ts";
import type { RecommendDecision } from "../src/scenarios/recommend/schema.ts";
import type { Overview } from "../src/serve/overview/overview.ts";
import { type Listening, listen, newLocalToken, openServer } from "../src/serve/server.ts";

/**
 * The real-time promises, over real sockets on real engines: what was acknowledged is true of every
 * answer that is asked for afterwards. How long it takes is measured by the real-time bench.
 */
const SHOP = "corner";
const DEPARTMENTS = ["kitchen", "garden"];
const PER_DEPARTMENT = 20;
const MINUTE_MS = 60_000;
const ROUNDS = 40;
const AT_ONCE = 6;
/** A new item may be offered within this time of its upsert. */
const NEW_ITEM_MS = 5_000;

let folder: string;
let platform: Platform;
let listening: Listening;
let ask: <Answer>(method: string, path: string, body?: object) => Promise<Answer>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkeeper-real-time-"));
  const settings = { port: 0, logLevel: "silent", rateSecretPerMinute: 1_000_000 };
  const recommend = { explorationShare: 0 };
  platform = await openPlatform(parseConfig({ folder, server: settings, recommend }));
  const token = newLocalToken();
  listening = await listen(await openServer(platform, { localToken: token }), platform, token);
  await platform.shops.ensure(SHOP);
  ask = async (method, path, body) => {
    const answer = await fetch(`${listening.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "x-shop": SHOP,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${await answer.text()}`);
    return (await answer.json()) as never;
  };
  await ask("POST", "/v1/items", { items: items() });
  await ask("POST", "/v1/events", { events: walks() });
  const begun = await ask<{ id: string }>("POST", "/v1/train", {
    seed: 1,
    params: { behaviour: { width: 16, length: 8, epochsMost: 2, content: false } },
  });
  const job = await platform.storage.jobs.settled(SHOP, begun.id);
  expect(job.error).toBeNull();
}, 60_000);

afterAll(async () => {
  await listening.stop();
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});

const item = (department: string, n: number): object => ({
  item: `${department}-${n}`,
  title: { en: `${department} tool ${n}` },
  categories: [department],
  priceMinor: 1_000 + n,
  currency: "EUR",
  stock: 5,
});

const items = (): object[] =>
  DEPARTMENTS.flatMap((department) =>
    Array.from({ length: PER_DEPARTMENT }, (_, n) => item(department, n)),
  );

/** Each person walks through five neighbouring items of one department, yesterday. */
function walks(): object[] {
  const start = systemClock() - 1_440 * MINUTE_MS;
  return Array.from({ length: 80 }, (_, person) =>
    Array.from({ length: 5 }, (_, step) => ({
      name: step === 4 ? "purchase" : "item_view",
      shopper: `p${person}`,
      at: start + (person * 10 + step) * MINUTE_MS,
      items: [{ item: `${DEPARTMENTS[person % 2]}-${(person + step) % PER_DEPARTMENT}` }],
    })),
  ).flat();
}

const home = (visitor: string, limit = 10): Promise<RecommendDecision> =>
  ask("GET", `/v1/recommendations/home?anonymous=${visitor}&limit=${limit}`);
const beside = (id: string, limit = 20): Promise<RecommendDecision> =>
  ask("GET", `/v1/recommendations/similar?items=${id}&limit=${limit}&anonymous=passer`);

/** Changes of an item, one after the other, and what must then be so of every list. */
function changesOf(id: string, round: number): [object, (list: RecommendDecision) => boolean][] {
  const priceMinor = 2_000 + round;
  const isGone = (list: RecommendDecision): boolean => !idsOf(list).includes(id);
  const costs = (list: RecommendDecision): boolean =>
    list.items.some((shown) => shown.item === id && shown.priceMinor === priceMinor);
  return [
    [{ priceMinor }, costs],
    [{ stock: 0 }, isGone],
    [{ stock: 5 }, costs],
    [{ hidden: true }, isGone],
    [{ hidden: false }, costs],
  ];
}

const idsOf = (list: RecommendDecision): string[] => list.items.map((shown) => shown.item);

describe("what was acknowledged", () => {
  test("of a visitor is in the very next list, with its reason", async () => {
    for (const department of DEPARTMENTS) {
      const visitor = `visitor-of-${department}`;
      const before = await home(visitor);
      const events = [3, 4, 5].map((n) => ({
        name: "item_view",
        anonymous: visitor,
        items: [{ item: `${department}-${n}` }],
      }));
      await ask("POST", "/v1/events", { events });
      const after = await home(visitor);
      expect(idsOf(before)[0]).not.toBe(`${department}-6`);
      expect(idsOf(after)).not.toEqual(idsOf(before));
      expect(after.items[0]?.item).toMatch(department);
      expect(after.items[0]?.reasons[0]?.items?.[0]).toMatch(department);
    }
  });

  test("of stock, price and sight holds for every list asked for afterwards", async () => {
    const wrong: string[] = [];
    const lists = (id: string): Promise<RecommendDecision[]> =>
      Promise.all(Array.from({ length: AT_ONCE }, () => beside(id, 40)));
    for (let round = 0; round < ROUNDS; round++) {
      const id = `kitchen-${round % PER_DEPARTMENT}`;
      const beforeIt = `kitchen-${(round + PER_DEPARTMENT - 1) % PER_DEPARTMENT}`;
      for (const [change, holds] of changesOf(id, round)) {
        await ask("PATCH", `/v1/items/${id}`, change);
        const broken = (await lists(beforeIt)).filter((list) => !holds(list));
        if (broken.length > 0) wrong.push(`${id} after ${JSON.stringify(change)}`);
      }
    }
    expect(wrong).toEqual([]);
    // What the server says of itself: of five changes three leave the item in all of the lists.
    const { freshness } = await ask<Overview>("GET", "/v1/overview");
    expect(freshness.held).toMatchObject({ wrong: 0, wrongItem: null });
    expect(freshness.held.lists).toBeGreaterThanOrEqual(5 * ROUNDS * AT_ONCE);
    expect(freshness.held.places).toBeGreaterThanOrEqual(3 * ROUNDS * AT_ONCE);
  });

  test("of a new item makes it one that is offered beside its like", async () => {
    const made = { ...item("garden", 99), title: { en: "garden tool 3, longer" } };
    await ask("POST", "/v1/items", { items: [made] });
    const from = performance.now();
    let ids: string[] = [];
    while (!ids.includes("garden-99") && performance.now() - from < NEW_ITEM_MS) {
      ids = idsOf(await beside("garden-3", 40));
    }
    expect(ids).toContain("garden-99");
  });
});
