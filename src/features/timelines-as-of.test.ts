import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type EventInput, type EventName, eventNames } from "../collect/event.ts";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import type { Timelines } from "./timelines.ts";
import { type TimelineOptions, timelinesAsOf } from "./timelines-as-of.ts";

const minute = 60_000;
let open: OpenShop;
let shop = 0;
beforeAll(async () => {
  open = await openShop();
});
afterAll(() => open.close());
beforeEach(() => {
  shop += 1; // every test has a shop of its own
});
const name = (): string => `shop-${shop}`;

async function happen(...events: readonly EventInput[]): Promise<void> {
  const { rejected } = await open.collect.events(name(), events);
  expect(rejected).toEqual([]);
  await open.projector.catchUp(name());
}

const gather = (of: TimelineOptions["of"] = "everybody", asOf = noon): Promise<Timelines> =>
  timelinesAsOf({ ...open.past, shop: name() }, asOf, {
    of,
    currency: "EUR",
    sessionGapMinutes: 30,
  });

const did = (
  shopper: string,
  event: EventName,
  before: number,
  more: Partial<EventInput> = {},
): EventInput => ({ shopper, name: event, at: noon - before * minute, currency: "EUR", ...more });

/** Each row in words: "name group pieces price paid". */
const inWords = (found: Timelines): Record<string, string[]> =>
  Object.fromEntries(
    found.persons.map((person, row) => [
      person,
      [...found.times.keys()]
        .slice(found.offsets[row], found.offsets[row + 1])
        .map((at) =>
          [
            eventNames[found.names[at] as number],
            found.groups[found.tokens[at] as number] ?? "-",
            found.pieces[at],
            found.priceMinor[at],
            found.paidMinor[at],
          ].join(" "),
        ),
    ]),
  );

describe("timelines as of a moment", () => {
  test("an event is one place: its first item, all its pieces, mean price and sum", async () => {
    await happen(
      did("bob", "search", 50),
      did("ann", "item_view", 90, { items: [{ item: "a" }] }),
      did("ann", "purchase", 40, {
        items: [
          { item: "b", quantity: 2, unitPriceMinor: 100 },
          { item: "a", unitPriceMinor: 400 },
        ],
      }),
    );
    const found = await gather();
    expect(found.persons).toEqual(["ann", "bob"]);
    expect(inWords(found)).toEqual({
      ann: ["item_view a 1 NaN 0", "purchase b 3 200 600"],
      bob: ["search - 0 NaN 0"],
    });
  });

  test("an order without prices is worth its value; other currencies are worth nothing", async () => {
    await happen(
      did("ann", "purchase", 9, { items: [{ item: "a" }], valueMinor: 700 }),
      did("ann", "purchase", 8, {
        items: [{ item: "a", unitPriceMinor: 5 }],
        valueMinor: 5,
        currency: "USD",
      }),
    );
    expect(inWords(await gather())).toEqual({
      ann: ["purchase a 1 NaN 700", "purchase a 1 NaN 0"],
    });
  });

  test("what was only shown is no deed; who said no is not there", async () => {
    const no = { context: { consent: { measure: true, personalise: false } } };
    await happen(
      did("ann", "list_view", 9, { items: [{ item: "a" }] }),
      did("ann", "cart_add", 8, { items: [{ item: "a" }] }),
      did("bob", "item_view", 8, { items: [{ item: "a" }] }),
      did("bob", "consent", 7, no),
    );
    expect(inWords(await gather())).toEqual({ ann: ["cart_add a 1 NaN 0"] });
  });

  test("where it happened is known by its place in the list, and 0 where that is not said", async () => {
    await happen(
      did("ann", "page_view", 9, { context: { surface: "home" } }),
      did("ann", "search", 8),
      did("ann", "purchase", 7, {
        context: { surface: "checkout" },
        items: [{ item: "a" }, { item: "b" }],
      }),
    );
    const { surfaces } = await gather();
    expect([...surfaces]).toEqual([1, 0, 11]);
  });

  test("nothing at or after the moment; sessions by half an hour", async () => {
    await happen(
      did("ann", "page_view", 100),
      did("ann", "page_view", 75),
      did("ann", "page_view", 30),
    );
    const before = await gather();
    await happen(did("ann", "search", 0), did("zoe", "page_view", -1));
    expect(await gather()).toEqual(before);
    expect([...before.sessions]).toEqual([0, 0, 1]);
    expect((await gather("everybody", noon + 2 * minute)).persons).toEqual(["ann", "zoe"]);
  });

  test("one person alone, and pages of persons in order of their ids", async () => {
    await happen(...["cat", "ann", "bob"].map((who, at) => did(who, "page_view", 9 - at)));
    expect((await gather({ person: "bob" })).persons).toEqual(["bob"]);
    expect((await gather({ person: "nobody" })).times).toHaveLength(0);
    expect((await gather({ after: "", limit: 2 })).persons.toSorted()).toEqual(["ann", "bob"]);
    expect((await gather({ after: "bob", limit: 2 })).persons).toEqual(["cat"]);
    const no = { context: { consent: { measure: true, personalise: false } } };
    await happen(did("ann", "consent", 1, no));
    expect((await gather({ after: "", limit: 2 })).persons.toSorted()).toEqual(["bob", "cat"]);
  });
});
