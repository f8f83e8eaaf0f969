import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestPlatform, testPlatform } from "../conformance/memory-platform.ts";
import { type Live, openLive } from "./live.ts";
import type { LiveSnapshot } from "./snapshot.ts";

/** Seconds are let pass by hand. */
const FOREVER = { snapshots: 1e9, isStillIn: () => true };
let platform: TestPlatform;
let live: Live;
let failures: unknown[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  platform = await testPlatform();
  failures = [];
  live = openLive(platform, { watchersMost: 3, failed: (error) => failures.push(error) });
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

const second = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(1_000);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const told = (stream: Readable): LiveSnapshot[] =>
  [...String(stream.read() ?? "").matchAll(/^data: (.*)$/gm)].map(
    ([, json = ""]) => JSON.parse(json) as LiveSnapshot,
  );
const look = (shopper: string, more: object = {}) =>
  platform.collect.events("a", [
    { name: "item_view", shopper, items: [{ item: "tea" }, { item: "cup" }], ...more },
  ]);

describe("who watches a shop", () => {
  test("is told at once, and then every second, of what came in", async () => {
    await look("before");
    const stream = await live.watch("a", FOREVER);
    const [first] = told(stream);
    expect(first).toMatchObject({
      shop: "a",
      eventsPerSecond: null,
      newest: [{ name: "item_view", shopper: "before", item: "tea", items: 2, surface: null }],
      model: { version: "recommend-a" },
      jobs: [],
    });
    expect(first?.rssBytes).toBeGreaterThan(1e6);
    await look("during", { context: { surface: "home" } });
    await platform.collect.events("a", [
      { name: "exposure", shopper: "x", items: [{ item: "tea" }], context: { surface: "home" } },
    ]);
    await second();
    const [next] = told(stream);
    expect(next?.newest.map(({ shopper, surface }) => [shopper, surface])).toEqual([
      ["during", "home"],
      ["before", null],
    ]);
    expect(next?.eventsPerSecond).toBeGreaterThan(0);
    expect(next?.lastEventAt).toBe(next?.newest[0]?.receivedAt);
    expect(next?.minutes.at(-1)).toMatchObject({ events: 2, lists: 1 });
    await second();
    expect(told(stream)[0]?.eventsPerSecond).toBe(0);
  });

  test("sees what was imported of long ago among the newest, but not in the minutes of what happens", async () => {
    const stream = await live.watch("a", FOREVER);
    await look("long ago", { at: platform.clock() - 86_400_000 });
    await look("now");
    await second();
    const last = told(stream).at(-1);
    expect(last?.minutes.reduce((sum, { events }) => sum + events, 0)).toBe(1);
    expect(last?.newest.map(({ shopper }) => shopper)).toEqual(["now", "long ago"]);
  });

  test("is told of the twenty newest at most, of no list shown, and of no other shop", async () => {
    const stream = await live.watch("a", FOREVER);
    for (let nth = 0; nth < 30; nth++) await look(`s-${nth}`);
    await platform.collect.events("b", [{ name: "page_view", shopper: "of b" }]);
    await platform.collect.events("a", [
      {
        name: "exposure",
        shopper: "shown",
        items: [{ item: "tea" }],
        context: { surface: "home" },
      },
    ]);
    await second();
    const last = told(stream).at(-1);
    expect(last?.newest.map(({ shopper }) => shopper)).toEqual(
      Array.from({ length: 20 }, (_, nth) => `s-${29 - nth}`),
    );
    expect(last?.minutes.reduce((sum, { events }) => sum + events, 0)).toBe(30);
  });

  test("no longer sees a shopper who was erased", async () => {
    const stream = await live.watch("a", FOREVER);
    await look("ada");
    await look("carl");
    await platform.collect.erase("a", "carl");
    await second();
    expect(
      told(stream)
        .at(-1)
        ?.newest.map(({ shopper }) => shopper),
    ).toEqual(["ada"]);
  });

  test("sees jobs that run, with their progress and note", async () => {
    const progress = { stage: "learning", done: 3, total: 10, unit: "epochs", note: "loss 4.1" };
    platform.storage.jobs.handle({
      kind: "slow",
      resumable: false,
      exclusive: false,
      async run(_job, control) {
        control.progress(progress);
        return await new Promise(() => undefined);
      },
    });
    await platform.storage.jobs.enqueue("a", "slow", {});
    await second();
    const stream = await live.watch("a", FOREVER);
    expect(told(stream)[0]?.jobs).toMatchObject([{ kind: "slow", progress }]);
  });

  test("is one of as many as may, and the next is told when to come back", async () => {
    const all = [];
    for (const shop of ["a", "a", "b"]) all.push(await live.watch(shop, FOREVER));
    await expect(live.watch("c", FOREVER)).rejects.toMatchObject({
      code: "overloaded",
      retryAfterSeconds: 30,
    });
    all[0]?.destroy();
    await second();
    await expect(live.watch("c", FOREVER)).resolves.toBeDefined();
  });

  test("is let go when what let them in does no more", async () => {
    let isStillIn = true;
    const stream = await live.watch("a", { ...FOREVER, isStillIn: () => isStillIn });
    told(stream);
    isStillIn = false;
    await second();
    expect(told(stream)).toEqual([]);
    await second();
    expect(stream.readableEnded).toBe(true);
  });

  test("and does not read is cut off, and the others are not", async () => {
    const [idle, reader] = [await live.watch("a", FOREVER), await live.watch("a", FOREVER)];
    const note = "x".repeat(120);
    for (let nth = 0; nth < 20; nth++) await look(`${nth}-${note}`);
    let seconds = 0;
    for (; !idle.destroyed && seconds < 200; seconds++) {
      await second();
      expect(told(reader)).not.toEqual([]);
    }
    expect(idle.destroyed).toBe(true);
    expect(seconds).toBeGreaterThan(10);
    expect(reader.destroyed).toBe(false);
  });

  test("is told the next time when a snapshot could not be made", async () => {
    const stream = await live.watch("a", FOREVER);
    told(stream);
    const { list } = platform.storage.jobs;
    Object.assign(platform.storage.jobs, { list: () => Promise.reject(new Error("a bad disk")) });
    await second();
    expect(failures).toHaveLength(1);
    await expect(live.watch("a", FOREVER)).rejects.toThrow("a bad disk");
    Object.assign(platform.storage.jobs, { list });
    await second();
    expect(told(stream)).toHaveLength(1);
  });
});

describe("a stop", () => {
  test("that comes while a snapshot is made ends every stream, and none is told after", async () => {
    const first = await live.watch("a", FOREVER);
    told(first);
    const { list } = platform.storage.jobs;
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    Object.assign(platform.storage.jobs, {
      list: (...asked: Parameters<typeof list>) => held.then(() => list(...asked)),
    });
    await second();
    const late = live.watch("a", FOREVER);
    live.close();
    goOn();
    const streams = [first, await late];
    for (const stream of streams) expect(told(stream)).toEqual([]);
    await second();
    expect(streams.map(({ errored }) => errored)).toEqual([null, null]);
    expect(streams.map(({ readableEnded }) => readableEnded)).toEqual([true, true]);
    await expect(live.watch("a", FOREVER)).rejects.toMatchObject({ code: "overloaded" });
  });
});

describe("while nobody watches", () => {
  test("no timer runs and nothing is asked for", async () => {
    expect(vi.getTimerCount()).toBe(0);
    const stream = await live.watch("a", FOREVER);
    expect(vi.getTimerCount()).toBe(1);
    stream.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });
});
