import { beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import { fixedClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import type { Records } from "../storage/records.ts";
import { memoryRecords } from "./conformance/memory-storage.ts";
import type { Item } from "./item.ts";
import { type ItemKeeper, keepItems } from "./keep-items.ts";

const SHOP = "demo";
let records: Records;
let keeper: ItemKeeper;
let told: string[];

beforeEach(() => {
  records = memoryRecords();
  told = [];
  const clock: Clock = fixedClock(100, 1);
  const { collect: config } = parseConfig({});
  const items = (_: string, changed: readonly Item[], removed: readonly string[]): void => {
    told.push(...changed.map((one) => `+${one.item}`), ...removed.map((id) => `-${id}`));
  };
  keeper = keepItems({ records, clock, config, listeners: [{ items }] });
});

const read = async (id: string): Promise<Item | undefined> =>
  (await records.get<Item>(SHOP, "item", id))?.value;

describe("upsert", () => {
  test("completes, keeps unknown fields, announces the change", async () => {
    const taken = await keeper.upsert(SHOP, [
      { item: "i1", title: "Mug", priceMinor: 900, hue: 3 },
    ]);
    expect(taken).toEqual({ upserted: 1, unchanged: 0, rejected: [] });
    expect(await read("i1")).toEqual({
      item: "i1",
      group: "i1",
      title: { en: "Mug" },
      categories: [],
      attributes: {},
      images: [],
      priceMinor: 900,
      currency: "USD",
      availability: "in_stock",
      hidden: false,
      createdAt: 100,
      updatedAt: 100,
      extra: { hue: 3 },
    });
    expect(told).toEqual(["+i1"]);
  });

  test("of the same again changes and announces nothing", async () => {
    const mug = { item: "i1", title: { en: "Mug", zh: "杯子" }, stock: 3, extra: { hue: 3 } };
    await keeper.upsert(SHOP, [mug]);
    expect(await keeper.upsert(SHOP, [mug])).toMatchObject({ upserted: 0, unchanged: 1 });
    expect(await keeper.upsert(SHOP, [{ ...mug, stock: 2 }])).toMatchObject({ upserted: 1 });
    expect(await read("i1")).toMatchObject({ createdAt: 100, stock: 2 });
    expect(told).toEqual(["+i1", "+i1"]);
  });

  test("replaces whole, takes the last of equals, refuses by field", async () => {
    await keeper.upsert(SHOP, [{ item: "i1", title: "Mug", brand: "Kiln" }]);
    const taken = await keeper.upsert(SHOP, [
      { item: "i1", title: "Cup" },
      { item: "i1", title: "Bowl" },
      { item: "i2", title: "Jar", stock: -1 },
      { title: "Nameless" },
    ]);
    expect(taken).toMatchObject({ upserted: 1, unchanged: 1 });
    expect(taken.rejected.map((one) => [one.index, one.errors[0]?.pointer])).toEqual([
      [2, "/stock"],
      [3, "/item"],
    ]);
    const item = await read("i1");
    expect(item?.title).toEqual({ en: "Bowl" });
    expect(item?.brand).toBeUndefined();
  });

  test("is bounded in number and in size", async () => {
    const many = Array.from({ length: 501 }, (_, at) => ({ item: `i${at}`, title: "x" }));
    await expect(keeper.upsert(SHOP, many)).rejects.toMatchObject({ code: "too-large" });
    const huge = { item: "i1", title: "x", note: "x".repeat(300_000) };
    expect((await keeper.upsert(SHOP, [huge])).rejected[0]?.code).toBe("too-large");
  });
});

describe("patch", () => {
  beforeEach(async () => {
    const mug = { item: "i1", title: "Mug", priceMinor: 900, salePriceMinor: 800, stock: 0 };
    await keeper.upsert(SHOP, [{ ...mug, hue: 3, shade: 1 }]);
  });

  test("changes some fields, null takes one away, unknown ones join extra", async () => {
    await keeper.patch(SHOP, "i1", { priceMinor: 950, salePriceMinor: null, shade: 2 });
    expect(await read("i1")).toMatchObject({ priceMinor: 950, extra: { hue: 3, shade: 2 } });
    expect(await read("i1")).not.toHaveProperty("salePriceMinor");
  });

  test("restock puts back on sale, selling out takes off, unless said otherwise", async () => {
    expect((await read("i1"))?.availability).toBe("out_of_stock");
    expect((await keeper.patch(SHOP, "i1", { stock: 4 })).availability).toBe("in_stock");
    expect((await keeper.patch(SHOP, "i1", { stock: 0 })).availability).toBe("out_of_stock");
    const preorder = { stock: 1, availability: "preorder" };
    expect((await keeper.patch(SHOP, "i1", preorder)).availability).toBe("preorder");
  });

  test("hides at once", async () => {
    expect((await keeper.patch(SHOP, "i1", { hidden: true })).hidden).toBe(true);
  });

  test("refuses what is wrong, another id, and items nobody knows", async () => {
    await expect(keeper.patch(SHOP, "i1", { stock: "many" })).rejects.toMatchObject({
      code: "invalid-item",
      errors: [expect.objectContaining({ pointer: "/stock" })],
    });
    await expect(keeper.patch(SHOP, "i1", { item: "i2" })).rejects.toMatchObject({
      errors: [expect.objectContaining({ pointer: "/item" })],
    });
    await expect(keeper.patch(SHOP, "i1", [])).rejects.toMatchObject({ code: "invalid-item" });
    await expect(keeper.patch(SHOP, "i9", {})).rejects.toMatchObject({ code: "unknown-item" });
  });

  test("two at once both hold", async () => {
    await Promise.all([
      keeper.patch(SHOP, "i1", { stock: 7 }),
      keeper.patch(SHOP, "i1", { brand: "Kiln" }),
    ]);
    expect(await read("i1")).toMatchObject({ stock: 7, brand: "Kiln" });
  });
});

test("remove takes an item out and says so", async () => {
  await keeper.upsert(SHOP, [{ item: "i1", title: "Mug" }]);
  await keeper.remove(SHOP, "i1");
  expect(await read("i1")).toBeUndefined();
  expect(told).toEqual(["+i1", "-i1"]);
  await expect(keeper.remove(SHOP, "i1")).rejects.toMatchObject({ code: "unknown-item" });
});
