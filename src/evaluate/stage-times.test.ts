import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fixedClock } from "../clock.ts";
import type { Collect } from "../collect/collect.ts";
import { memoryLog, memoryRecords } from "../collect/conformance/memory-storage.ts";
import { openCollect } from "../collect/open-collect.ts";
import { parseConfig } from "../config.ts";
import { openStageBook, type StageBook } from "./stage-times.ts";

const CHECK_MS = 3;
const EVENTS_MS = 7;
const ITEMS_MS = 11;
let now = 0;
let collect: Collect;
let book: StageBook;

beforeEach(async () => {
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const log = memoryLog();
  const records = memoryRecords();
  collect = await openCollect({
    log: {
      ...log,
      append(...batch) {
        now += EVENTS_MS;
        return log.append(...batch);
      },
    },
    records: {
      ...records,
      write(...batch) {
        now += ITEMS_MS;
        return records.write(...batch);
      },
    },
    clock: fixedClock(1_750_000_000_000),
    config: parseConfig({}).collect,
  });
  book = openStageBook();
  collect.listen(book.listener);
});
afterEach(() => vi.restoreAllMocks());

/** Takes so long to be validated. */
const slow = <Sent extends object>(sent: Sent): Sent =>
  new Proxy(sent, {
    ownKeys(all) {
      now += CHECK_MS;
      return Reflect.ownKeys(all);
    },
  });

test("a batch is timed where it is checked and where it is made durable", async () => {
  expect(book.of("a")).toEqual({ checked: null, stored: null, projected: null });
  await collect.events("a", [slow({ name: "page_view", anonymous: "x" })]);
  const { checked, stored } = book.of("a");
  expect(checked?.lastMs).toBeGreaterThanOrEqual(CHECK_MS);
  expect(stored).toEqual({ count: 1, lastMs: EVENTS_MS, p50Ms: EVENTS_MS, p99Ms: EVENTS_MS });
  await collect.items("a", [{ item: "tea", title: { en: "Tea" } }]);
  expect(book.of("a").stored).toMatchObject({ count: 2, lastMs: ITEMS_MS, p50Ms: EVENTS_MS });
  expect(book.of("b").stored).toBeNull();
});

test("what is refused, or is so already, was checked alone; a list that was shown was sent by nobody", async () => {
  const tea = { item: "tea", title: { en: "Tea" } };
  await collect.items("a", [tea]);
  await collect.items("a", [tea]);
  await collect.events("a", [{ name: "no such" }]);
  await collect.shown("a", [{ name: "exposure", items: [{ item: "tea" }], anonymous: "x" }]);
  // It is answered for before it is durable.
  await new Promise((resolve) => setImmediate(resolve));
  expect(book.of("a")).toMatchObject({ checked: { count: 3 }, stored: { count: 1 } });
  book.projected("a", 5);
  expect(book.of("a").projected).toMatchObject({ count: 1, lastMs: 5 });
});
