import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventInput } from "../collect/event.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Progress } from "../storage/jobs.ts";
import type { Records } from "../storage/records.ts";
import { actionColumns } from "./actions-table.ts";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { openProjector, type Projector } from "./projection.ts";
import { flattenMerges } from "./projection-tables.ts";

let open: OpenShop;
beforeEach(async () => {
  open = await openShop();
});
afterEach(() => open.close());

const view = (who: Partial<EventInput>, item: string, at = noon): EventInput => ({
  ...who,
  name: "item_view",
  at,
  items: [{ item }],
});

const everything = (): Promise<readonly object[]> =>
  open.analytics.rows(`SELECT ${actionColumns.join(", ")} FROM actions ORDER BY seq, line`);
const persons = async (): Promise<(string | null)[]> =>
  (await everything()).map((row) => (row as { person: string | null }).person);

/** A projector of its own over the open shop, whose log behaves otherwise in some ways. */
async function projectorOver(
  otherwise: Partial<EventLog>,
  records: Records = open.records,
  took: (shop: string, ms: number) => void = () => undefined,
): Promise<Projector> {
  await open.projector.close();
  const { log, analytics } = open;
  const warn = (error: unknown): void => {
    throw error;
  };
  return openProjector({ log: { ...log, ...otherwise }, records, analytics, took, warn });
}

/** The tables as they grew must be those that a replay of the log makes. */
async function expectSameAfterRebuild(): Promise<void> {
  await open.projector.catchUp();
  const grown = await everything();
  await open.projector.rebuild(() => undefined);
  expect(await everything()).toEqual(grown);
}

describe("the projection", () => {
  test("writes a row for each item, and one for an event without items", async () => {
    await open.happen(
      {
        name: "purchase",
        shopper: "ann",
        session: "s1",
        at: noon,
        currency: "EUR",
        valueMinor: 900,
        items: [
          { item: "a", quantity: 2, unitPriceMinor: 300 },
          { item: "b", quantity: 1, unitPriceMinor: 300, position: 4, propensity: 0.5 },
        ],
        context: { order: "o1", surface: "checkout", list: "l", request: "r" },
      },
      { name: "search", anonymous: "x", at: noon, context: { query: "coat" } },
    );
    const rows = await everything();
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({
      shop: "corner",
      line: 1,
      person: "ann",
      session: "s1",
      at_ms: noon,
      name: "purchase",
      item: "b",
      quantity: 1,
      unit_price_minor: 300,
      currency: "EUR",
      position: 4,
      propensity: 0.5,
      surface: "checkout",
      list: "l",
      request: "r",
      order_id: "o1",
      value_minor: 900,
      personalise: 1,
      measure: 1,
    });
    expect(rows[2]).toMatchObject({ person: "x", name: "search", item: null, query: "coat" });
  });

  test("asked again, and by many at once, it adds nothing twice", async () => {
    await open.happen(view({ shopper: "ann" }, "a"));
    await Promise.all(Array.from({ length: 20 }, () => open.projector.catchUp("corner")));
    expect(await everything()).toHaveLength(1);
  });

  test("tells how long a run took that brought something, and of no other", async () => {
    const told: [string, boolean][] = [];
    const took = (shop: string, ms: number) => void told.push([shop, ms > 0]);
    const projector = await projectorOver({}, open.records, took);
    await open.collect.events("corner", [view({ shopper: "ann" }, "a")]);
    await projector.catchUp("corner");
    await projector.catchUp("corner");
    expect(told).toEqual([["corner", true]]);
    projector.listener.merged?.("corner", "x", "ann");
    await projector.catchUp("corner");
    expect(told).toHaveLength(2);
    await projector.close();
  });

  test("everything durable when it was asked is there when it answers", async () => {
    const asked: Promise<void>[] = [];
    for (let i = 0; i < 30; i++) {
      await open.collect.events("corner", [view({ shopper: "ann" }, `i${i}`)]);
      const wanted = i + 1;
      asked.push(
        open.projector.catchUp("corner").then(async () => {
          expect((await everything()).length).toBeGreaterThanOrEqual(wanted);
        }),
      );
    }
    await Promise.all(asked);
  });

  test("ids that are joined become one person, in chains too, and a rebuild says the same", async () => {
    await open.happen(view({ anonymous: "x" }, "a"), view({ anonymous: "y" }, "b"));
    await open.happen(view({ anonymous: "x", shopper: "ann" }, "c"));
    expect(await persons()).toEqual(["ann", "y", "ann"]);
    await open.collect.merge("corner", "y", "ann");
    await open.collect.merge("corner", "ann", "anna");
    await open.happen(view({ anonymous: "y" }, "d"));
    expect(await persons()).toEqual(["anna", "anna", "anna", "anna"]);
    await expectSameAfterRebuild();
  });

  test("who is erased is gone when the erasure is answered, aliases included", async () => {
    await open.happen(
      view({ anonymous: "x" }, "a"),
      view({ anonymous: "x", shopper: "ann" }, "b"),
      view({ shopper: "bob" }, "a"),
    );
    await open.collect.events("corner", [view({ anonymous: "x" }, "c")]);
    const { derived } = await open.collect.erase("corner", "ann");
    expect(derived).toContain("analytics");
    expect(await persons()).toEqual(["bob"]);
    await expectSameAfterRebuild();
    expect(await persons()).toEqual(["bob"]);
  });

  test("what has expired is gone when that is answered, each person's newer rows stay", async () => {
    const old = noon - 90 * 86_400_000;
    await open.happen(
      { ...view({ shopper: "ann" }, "a"), at: old },
      { ...view({ shopper: "ann" }, "b"), at: noon - 1 },
      { ...view({ anonymous: "x" }, "c"), at: old },
    );
    const { retention } = open.collect;
    await retention.change("corner", { shopperDays: 30 });
    const control = { signal: new AbortController().signal, progress: () => undefined };
    const certificate = await retention.apply("corner", control);
    expect(certificate?.derived).toEqual(["event log", "quarantine", "analytics"]);
    expect(await everything()).toMatchObject([
      { person: "ann", item: "b" },
      { person: "x", item: "c" },
    ]);
    await expectSameAfterRebuild();
  });

  test("what had left the log when a crash came leaves the tables at the next start", async () => {
    await open.happen(view({ shopper: "ann" }, "a"), view({ shopper: "bob" }, "b"));
    const [ann] = await open.log.recent("corner", "ann", 1);
    expect(await open.log.remove("corner", [ann?.seq ?? 0])).toBe(1);
    open = await open.reopen();
    await open.projector.catchUp();
    expect(await everything()).toMatchObject([{ person: "bob", item: "b" }]);
  });

  test("who comes back after an erasure is kept, though it was not yet carried out", async () => {
    await open.happen(view({ shopper: "bob" }, "a"), view({ shopper: "ann" }, "b"));
    let gate = Promise.resolve();
    const slow = await projectorOver({
      async *read(shop, options) {
        await gate;
        yield* open.log.read(shop, options);
      },
    });
    await slow.catchUp("corner");
    let go = (): void => undefined;
    gate = new Promise((resolve) => {
      go = resolve;
    });
    await open.log.erase("corner", ["ann"]);
    const told = slow.listener.erased?.("corner", ["ann"]);
    // The newest rows of the log were the erased ones; what comes now is read before they go.
    await open.collect.events("corner", [view({ shopper: "ann" }, "c")]);
    go();
    await told;
    expect(await everything()).toMatchObject([
      { person: "bob", item: "a" },
      { person: "ann", item: "c" },
    ]);
  });

  test("a rebuild tells how far it is and can be stopped; the rest follows", async () => {
    const events = Array.from({ length: 2_500 }, (_, i) => view({ shopper: `p${i % 7}` }, "a"));
    await open.happen(...events);
    const seen: Progress[] = [];
    await open.projector.rebuild((progress) => seen.push(progress));
    expect(seen.at(-1)).toEqual({
      stage: "replaying the log",
      done: 2_500,
      total: 2_500,
      unit: "events",
    });
    const stopped = open.projector.rebuild(() => undefined, AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    await open.projector.catchUp();
    expect(await everything()).toHaveLength(2_500);
  });

  test("knows which group each item belongs to, through changes and removals", async () => {
    const item = (id: string, group: string, createdAt: number): object => ({
      item: id,
      group,
      title: id,
      createdAt,
    });
    await open.collect.items("corner", [
      item("a-s", "a", 1),
      item("a-m", "a", 2),
      item("b", "b", 3),
    ]);
    await open.projector.catchUp("corner");
    const known = (): Promise<readonly object[]> =>
      open.analytics.rows("SELECT item, group_id, created_at FROM items ORDER BY item");
    expect(await known()).toEqual([
      { item: "a-m", group_id: "a", created_at: 2 },
      { item: "a-s", group_id: "a", created_at: 1 },
      { item: "b", group_id: "b", created_at: 3 },
    ]);
    await open.collect.items("corner", [item("a-m", "c", 2)]);
    await open.collect.removeItem("corner", "b");
    await open.projector.catchUp("corner");
    const after = await known();
    expect(after).toEqual([
      { item: "a-m", group_id: "c", created_at: 2 },
      { item: "a-s", group_id: "a", created_at: 1 },
    ]);
    await open.projector.rebuild(() => undefined);
    await open.projector.catchUp("corner");
    expect(await known()).toEqual(after);
  });
});

describe("after a crash", () => {
  test("joins, erasures and items that the tables had not heard of are found", async () => {
    await open.happen(
      view({ anonymous: "x" }, "a"),
      view({ shopper: "bob" }, "b"),
      view({ shopper: "cat" }, "c"),
    );
    await open.collect.items("corner", [{ item: "a", group: "old", title: "a" }]);
    await open.projector.catchUp("corner");
    // What follows reaches the log and the records, and dies before the tables hear of it.
    const { log, records } = open;
    await log.reassign("corner", "x", "ann");
    await records.write("corner", [
      { kind: "alias", id: "x", put: { person: "ann", since: noon, settled: true } },
      { kind: "item", id: "a", put: { item: "a", group: "new", createdAt: 5 } },
    ]);
    await log.erase("corner", ["bob"]);
    open = await open.reopen();
    await open.projector.catchUp("corner");
    expect(await persons()).toEqual(["ann", "cat"]);
    expect(await open.analytics.rows("SELECT item, group_id FROM items")).toEqual([
      { item: "a", group_id: "new" },
    ]);
    await expectSameAfterRebuild();
  });

  test("a log that moves on while it is compared is compared again", async () => {
    await open.happen(view({ shopper: "ann" }, "a"), view({ shopper: "bob" }, "b"));
    await open.log.erase("corner", ["ann"]);
    let moved = 0;
    const projector = await projectorOver({
      async head(shop) {
        if (moved++ === 0) await open.collect.events(shop, [view({ shopper: "cat" }, "c")]);
        return open.log.head(shop);
      },
    });
    await projector.catchUp("corner");
    await projector.catchUp("corner");
    expect(await persons()).toEqual(["bob", "cat"]);
  });

  test("a log that never rests is compared once, and not again at each run", async () => {
    await open.happen(view({ shopper: "ann" }, "a"), view({ shopper: "bob" }, "b"));
    await open.log.erase("corner", ["ann"]);
    let [listed, came] = [0, 0];
    const projector = await projectorOver(
      {
        async *read(shop, options) {
          yield* open.log.read(shop, options);
          await open.collect.events(shop, [view({ shopper: `s${came++}` }, "c")]);
        },
      },
      {
        ...open.records,
        list: (...asked) => {
          listed++;
          return open.records.list(...asked);
        },
      },
    );
    await projector.catchUp("corner");
    const once = listed;
    expect(once).toBeGreaterThan(0);
    for (let run = 0; run < 3; run++) await projector.catchUp("corner");
    expect(listed).toBe(once);
    expect(await persons()).toEqual([
      "bob",
      ...Array.from({ length: came - 1 }, (_, n) => `s${n}`),
    ]);
  });

  test("items are compared to the last of many pages, those that are gone too", async () => {
    const id = (n: number): string => `i${String(n).padStart(4, "0")}`;
    const items = Array.from({ length: 500 }, (_, n) => ({ item: id(n), title: "t" }));
    await open.collect.items("corner", items);
    await open.happen(view({ shopper: "ann" }, id(0)));
    await open.projector.catchUp("corner");
    const gone = [0, 249, 250, 251, 499].map(id);
    await open.records.write("corner", [
      ...gone.map((one) => ({ kind: "item", id: one, remove: true }) as const),
      { kind: "item", id: id(300), put: { item: id(300), group: "new", createdAt: 5 } },
    ]);
    open = await open.reopen();
    await open.projector.catchUp("corner");
    const groups = await open.analytics.rows<{ item: string; group_id: string }>(
      "SELECT item, group_id FROM items ORDER BY item",
    );
    const left = items.map(({ item }) => item).filter((item) => !gone.includes(item));
    expect(groups).toEqual(
      left.map((item) => ({ item, group_id: item === id(300) ? "new" : item })),
    );
  });

  test("a healthy shop is opened again without a replay", async () => {
    await open.happen(view({ anonymous: "x", shopper: "ann" }, "a"), view({ shopper: "bob" }, "b"));
    const [before] = await open.analytics.rows<{ n: number }>(
      "SELECT sum(rowid) AS n FROM actions",
    );
    open = await open.reopen();
    await open.projector.catchUp("corner");
    const [after] = await open.analytics.rows<{ n: number }>("SELECT sum(rowid) AS n FROM actions");
    expect(after).toEqual(before);
  });

  test("tables of an older version are dropped and written anew", async () => {
    await open.happen(view({ shopper: "ann" }, "a"));
    await open.analytics.run("UPDATE projection SET version = 0");
    await open.analytics.run("UPDATE actions SET item = 'written by an older version'");
    open = await open.reopen();
    await open.projector.catchUp("corner");
    expect((await everything()).map((row) => (row as { item: string }).item)).toEqual(["a"]);
  });
});

describe("following in the background", () => {
  test("the tables come to know of events without being asked", async () => {
    await open.collect.events("corner", [view({ shopper: "ann" }, "a")]);
    await expect.poll(everything, { timeout: 10_000 }).toHaveLength(1);
    await open.collect.merge("corner", "ann", "anna");
    await expect.poll(persons, { timeout: 10_000 }).toEqual(["anna"]);
  });

  test("nothing follows after it is closed", async () => {
    await open.projector.close();
    await open.collect.events("corner", [view({ shopper: "ann" }, "a")]);
    expect(await everything()).toHaveLength(0);
  });
});

describe("joins in order", () => {
  test("become a flat map to the last person", () => {
    const chain = [
      { from: "x", to: "ann" },
      { from: "y", to: "bob" },
      { from: "ann", to: "anna" },
    ];
    expect([...flattenMerges(chain)]).toEqual([
      ["x", "anna"],
      ["y", "bob"],
      ["ann", "anna"],
    ]);
  });
});
