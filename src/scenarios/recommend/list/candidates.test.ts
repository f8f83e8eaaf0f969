import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import type { ItemInput } from "../../../collect/item.ts";
import { noon } from "../../../features/conformance/open-shop.ts";
import { createRandom } from "../../../tensor/random.ts";
import { DAY, MINUTE, openTrade, request, type Trade } from "../conformance/open-trade.ts";
import {
  type RecommendParams,
  type RecommendRequest,
  recommendParamsSchema,
  recommendSurfaces,
} from "../schema.ts";
import { completeOf, placeOf, WHOLE_MOST } from "./candidates.ts";

const SHOP = "corner";
const ITEMS = WHOLE_MOST + 500;
const KIND = 25;
const SHOPPERS = 500;
const BATCH = 500;
const { behaviour } = recommendParamsSchema.parse({
  behaviour: { width: 16, length: 8, epochsMost: 1, content: false },
}) as RecommendParams;
const QUICK = { blendCasesMax: 300, alsFactors: 8, alsIterations: 2, easeItemsMax: 1, behaviour };

const stock = (): ItemInput[] =>
  Array.from({ length: ITEMS }, (_, n) => ({
    item: `i${n}`,
    group: `g${n}`,
    title: { en: `thing ${n} of kind ${Math.floor(n / KIND)}` },
    categories: [`kind-${Math.floor(n / KIND)}`],
    priceMinor: 100 + (n % 90),
    currency: "EUR",
    stock: n % 11 === 0 ? 0 : 5,
    createdAt: noon - 50 * DAY + n,
  }));

/** Each shopper looks about in two kinds, mostly at their first things, and buys one of them. */
function visits(): EventInput[] {
  const random = createRandom(7);
  return Array.from({ length: SHOPPERS }, (_, shopper) => {
    const kinds = [random.int(ITEMS / KIND), random.int(ITEMS / KIND)];
    return Array.from({ length: 16 }, (_step, at): EventInput => {
      const nth = Math.floor(KIND * random.uniform() ** 2);
      const item = `i${(kinds[at % 2] as number) * KIND + nth}`;
      const what = `${shopper} ${at}`;
      return {
        eventId: hashedEventId("visit", what),
        shopper: `p${shopper}`,
        at: noon - 20 * DAY + shopper * 40 * MINUTE + at * MINUTE,
        name: at % 5 === 4 ? "purchase" : "item_view",
        items: [{ item }],
      };
    });
  }).flat();
}

describe("candidates of a large shelf", () => {
  let trade: Trade;
  beforeAll(async () => {
    trade = await openTrade();
    const [all, happened] = [stock(), visits()];
    for (let at = 0; at < all.length; at += BATCH) {
      await trade.collect.items(SHOP, all.slice(at, at + BATCH));
    }
    for (let at = 0; at < happened.length; at += BATCH) {
      await trade.happen(...happened.slice(at, at + BATCH));
    }
    await trade.train(QUICK);
  }, 120_000);
  afterAll(() => trade.close());

  /** The list as it is served, and as the whole shelf would give it. */
  async function both(fields: Partial<RecommendRequest>): Promise<[string[], string[]]> {
    const asked = request({ record: false, limit: 10, ...fields });
    const served = await trade.recommend.decide(SHOP, asked);
    const { now } = await trade.recommend.preview(SHOP, asked, []);
    return [served.items.map(({ item }) => item), now.items.map(({ item }) => item)];
  }

  for (const surface of recommendSurfaces) {
    test(`${surface}: the list is that of the whole shelf`, async () => {
      for (let shopper = 0; shopper < 12; shopper++) {
        const items = [`i${shopper * 53}`];
        const [served, whole] = await both({ surface, shopper: `p${shopper * 31}`, items });
        expect(served).toEqual(whole);
        expect(served.length).toBeGreaterThan(surface === "buy_again" ? 0 : 9);
      }
    });
  }

  test("where few may be shown all of them are found", async () => {
    const where = { field: "categories", is: "eq", value: "kind-99" } as const;
    const [served, whole] = await both({ shopper: "p1", where, limit: 20 });
    expect(served).toEqual(whole);
    expect(served).toHaveLength(20);
    expect(served.every((item) => Number(item.slice(1)) >= 99 * KIND)).toBe(true);
  });

  test("an item that no source speaks for is explained all the same", async () => {
    const asked = request({ shopper: "p1", record: false });
    const untouched = `i${ITEMS - 1}`;
    const found = await trade.recommend.explain(SHOP, asked, untouched);
    expect(found.shown).toBe(false);
    expect(found.rank).toBeGreaterThan(100);
    expect(found.stages.at(-1)).toMatchObject({ stage: "list", passed: false });
  });

  test("a list of candidates is searched by halves", () => {
    const candidates = completeOf([9, 2, 9, 4]);
    expect([...candidates.tokens]).toEqual([2, 4, 9]);
    expect([2, 3, 9, 10].map((token) => placeOf(candidates, token))).toEqual([
      0,
      undefined,
      2,
      undefined,
    ]);
  });
});
