import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type EventInput, type EventName, eventNames } from "../collect/event.ts";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import type { Interactions } from "./interactions.ts";
import {
  type InteractionOptions,
  interactionsAsOf,
  plainInteractions,
} from "./interactions-as-of.ts";

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

async function sell(...items: readonly (readonly [string, string, number])[]): Promise<void> {
  const inputs = items.map(([item, group, createdAt]) => ({ item, group, createdAt, title: item }));
  const { rejected } = await open.collect.items(name(), inputs);
  expect(rejected).toEqual([]);
  await open.projector.catchUp(name());
}

const gather = (asOf = noon, options: Partial<InteractionOptions> = {}): Promise<Interactions> =>
  interactionsAsOf({ ...open.past, shop: name() }, asOf, { ...plainInteractions, ...options });

const did = (
  shopper: string,
  event: EventName,
  items: string | readonly string[],
  before: number,
  more: Partial<EventInput> = {},
): EventInput => ({
  shopper,
  name: event,
  at: noon - before * minute,
  items: [items].flat().map((item) => ({ item })),
  ...more,
});

/** Each row in words: person, then "name group weight" in order. */
const inWords = ({ persons, groups, sequences, names }: Interactions): Record<string, string[]> =>
  Object.fromEntries(
    persons.map((person, row) => {
      const places = [...sequences.tokens.keys()].slice(
        sequences.offsets[row],
        sequences.offsets[row + 1],
      );
      return [
        person,
        places.map(
          (at) =>
            `${eventNames[names[at] as number]} ${groups[sequences.tokens[at] as number]} ` +
            `${sequences.weights[at]}`,
        ),
      ];
    }),
  );

describe("interactions as of a moment", () => {
  test("persons and groups in order of first event, places in order of time, then arrival", async () => {
    await happen(
      did("bob", "item_view", "b", 50),
      did("ann", "cart_add", "a", 90),
      did("bob", "purchase", ["c", "a"], 40),
      did("bob", "item_view", "d", 40),
      did("ann", "item_view", "b", 10),
    );
    const found = await gather();
    expect(found.persons).toEqual(["ann", "bob"]);
    expect(found.groups).toEqual(["a", "b", "c", "d"]);
    expect(inWords(found)).toEqual({
      ann: ["cart_add a 3", "item_view b 1"],
      bob: ["item_view b 1", "purchase c 5", "purchase a 5", "item_view d 1"],
    });
    expect(found.sequences).toMatchObject({ rows: 2, vocabulary: 4 });
    expect([...found.sequences.times]).toEqual(
      [90, 10, 50, 40, 40, 40].map((before) => noon - before * minute),
    );
    expect(found).toMatchObject({ shop: name(), asOf: noon });
  });

  test("items become groups; untouched groups follow in order of creation", async () => {
    await sell(["coat-s", "coat", 5], ["coat-m", "coat", 6], ["hat", "hat", 9], ["tie", "tie", 7]);
    await happen(did("ann", "item_view", "coat-m", 2), did("ann", "item_view", "unlisted", 1));
    expect((await gather()).groups).toEqual(["coat", "unlisted", "tie", "hat"]);
    expect((await gather(noon, { untouched: false })).groups).toEqual(["coat", "unlisted"]);
  });

  test("nothing at or after the moment is seen: events, persons, groups, consent, catalogue", async () => {
    await sell(["a", "a", noon - 9], ["new", "new", noon], ["newer", "newer", noon + 9]);
    await happen(did("ann", "item_view", "a", 3));
    const before = await gather();
    await happen(
      did("ann", "item_view", "b", 0),
      did("zoe", "item_view", "a", -1),
      did("ann", "purchase", "new", -2),
      did("ann", "consent", [], -3, {
        context: { consent: { measure: true, personalise: false } },
      }),
    );
    expect(await gather()).toEqual(before);
    expect(before.groups).toEqual(["a"]);
    // And they would have been seen a minute later: the test can fail.
    expect((await gather(noon + minute)).groups).toEqual(["a", "b", "new", "newer"]);
  });

  test("an event that arrives late stands where it happened", async () => {
    await happen(did("ann", "item_view", "b", 5));
    await happen(did("ann", "item_view", "a", 50));
    expect(inWords(await gather())).toEqual({ ann: ["item_view a 1", "item_view b 1"] });
  });

  test("what may not personalise is left out, and all of who said no last", async () => {
    const no = { context: { consent: { measure: true, personalise: false } } };
    const yes = { context: { consent: { measure: true, personalise: true } } };
    await happen(
      did("ann", "item_view", "a", 9),
      did("ann", "item_view", "b", 8, no),
      did("bob", "item_view", "a", 9),
      did("bob", "consent", [], 7, no),
      did("cat", "item_view", "c", 9),
      did("cat", "consent", [], 7, no),
      did("cat", "item_view", "d", 6),
      did("cat", "consent", [], 5, yes),
      did("cat", "item_view", "e", 4),
    );
    // What cat did between no and yes was never allowed.
    expect(inWords(await gather())).toEqual({
      cat: ["item_view c 1", "item_view e 1"],
      ann: ["item_view a 1"],
    });
  });

  test("events without a person or an item, and names without a strength, do not count", async () => {
    await happen(
      { name: "item_view", at: noon - 1, items: [{ item: "a" }] },
      did("ann", "search", [], 3, { context: { query: "a" } }),
      did("ann", "cart_remove", "a", 2),
      did("ann", "item_view", "b", 1),
    );
    expect(inWords(await gather())).toEqual({ ann: ["item_view b 1"] });
    const other = await gather(noon, { strengths: { cart_remove: 7 } });
    expect(inWords(other)).toEqual({ ann: ["cart_remove a 7"] });
    expect((await gather(noon, { strengths: {} })).persons).toEqual([]);
  });

  test("sessions by id, else by half an hour; unique across persons", async () => {
    await happen(
      did("ann", "item_view", "a", 100, { session: "s" }),
      did("ann", "item_view", "b", 95),
      did("ann", "item_view", "c", 60, { session: "s" }),
      did("ann", "item_view", "d", 65),
      did("ann", "item_view", "e", 34),
      did("bob", "item_view", "a", 90, { session: "s" }),
    );
    const found = await gather();
    // In time: a (s), b, d half an hour later, c (s), e 31 minutes after d; then bob.
    expect([...found.sessions]).toEqual([0, 1, 1, 0, 2, 3]);
    const wider = await gather(noon, { sessionGapMinutes: 31 });
    expect([...wider.sessions]).toEqual([0, 1, 1, 0, 1, 2]);
  });

  test("baskets by order, else by event; -1 for what is no purchase", async () => {
    await happen(
      did("ann", "purchase", ["a", "b"], 9, { context: { order: "o" } }),
      did("ann", "item_view", "c", 8),
      did("ann", "purchase", "c", 7, { context: { order: "o" } }),
      did("ann", "purchase", ["d", "e"], 6),
      did("bob", "purchase", "a", 5),
    );
    expect([...(await gather()).baskets]).toEqual([0, 0, -1, 0, 1, 1, 2]);
  });

  test("groups with too little support lose their events, and their persons with them", async () => {
    await sell(["rare", "rare", 1]);
    await happen(
      did("ann", "item_view", "a", 9),
      did("bob", "item_view", "a", 8),
      did("cat", "item_view", "rare", 7),
    );
    const found = await gather(noon, { minSupport: 2 });
    expect(found.persons).toEqual(["ann", "bob"]);
    expect(found.groups).toEqual(["a", "rare"]);
  });

  test("repeats within a session become one, as strong as the strongest", async () => {
    await happen(
      did("ann", "item_view", "a", 9),
      did("ann", "cart_add", "a", 8),
      did("ann", "item_view", "a", 7),
      did("ann", "item_view", "b", 6),
      did("ann", "item_view", "a", 5),
      did("bob", "item_view", "a", 4),
      did("bob", "item_view", "a", 3, { session: "other" }),
    );
    const found = await gather(noon, { collapseRepeats: true });
    expect(inWords(found)).toEqual({
      ann: ["cart_add a 3", "item_view b 1", "item_view a 1"],
      bob: ["item_view a 1", "item_view a 1"],
    });
    expect(found.sequences.times[0]).toBe(noon - 9 * minute);
    expect([...found.sequences.offsets]).toEqual([0, 3, 5]);
  });

  test("an empty shop has an empty past; shops do not see each other", async () => {
    const found = await gather();
    expect(found.persons).toEqual([]);
    expect([...found.sequences.offsets]).toEqual([0]);
  });

  test("ids that are joined are one row", async () => {
    await happen(
      { name: "item_view", anonymous: "x", at: noon - 9, items: [{ item: "a" }] },
      { name: "item_view", anonymous: "x", shopper: "ann", at: noon - 8, items: [{ item: "b" }] },
    );
    expect(inWords(await gather())).toEqual({ ann: ["item_view a 1", "item_view b 1"] });
  });

  test("whatever happens from the moment on changes nothing (planted futures)", async () => {
    const acts = fc.array(
      fc.record({
        who: fc.constantFrom("ann", "bob", "cat"),
        what: fc.constantFrom<EventName>("item_view", "purchase", "cart_add"),
        item: fc.constantFrom("a", "b", "c", "d"),
        before: fc.integer({ min: -4, max: 8 }),
      }),
      { minLength: 1, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (all) => {
        shop += 1;
        const events = all.map(({ who, what, item, before }) => did(who, what, item, before));
        await happen(...events.filter(({ at }) => (at as number) < noon));
        const before = await gather();
        await happen(...events.filter(({ at }) => (at as number) >= noon));
        expect(await gather()).toEqual(before);
      }),
      { seed: 31, numRuns: 15 },
    );
  });
});
