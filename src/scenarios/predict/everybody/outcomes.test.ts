import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import { noon, type OpenShop, openShop } from "../../../features/conformance/open-shop.ts";
import { DAY } from "../conformance/custom.ts";
import type { OutcomeHead, PredictOutcomes, PredictRow } from "../predict.ts";
import { outcomesReport } from "./outcomes.ts";
import { type Asking, predictionEvent } from "./recorded.ts";

/**
 * Two hundred shoppers, told apart by their number: every second is said to buy within a week with .75,
 * of which three of four do; the others with .05, of which one of twenty does. What comes out is counted
 * by hand here.
 */
const PERSONS = 200;
const asking: Asking = {
  ...{ model: "predict-000007", asOf: noon },
  days: new Map([
    ["purchase_7d", 7],
    ["return_1d", 1],
    ["churn", 30],
  ]),
  valueDays: 30,
};

const isKeen = (person: number): boolean => person % 2 === 0;
/** Of the keen, 75 of 100; of the others, 5 of 100. */
const buys = (person: number): boolean => (isKeen(person) ? person % 8 !== 0 : person % 40 === 1);

const rowOf = (person: number): PredictRow => ({
  person: `p-${person}`,
  segment: isKeen(person) ? "regular" : "looker",
  chances: { purchase_7d: isKeen(person) ? 0.75 : 0.05, return_1d: 0.0400004, churn: 0.5 },
  expectedMinor: isKeen(person) ? 900 : 0,
  currency: "EUR",
});

const happening = (
  person: number,
  name: EventInput["name"],
  at: number,
  paid?: number,
): EventInput => ({
  ...{
    eventId: hashedEventId("outcomes", `${person} ${name} ${at}`),
    shopper: `p-${person}`,
    name,
    at,
  },
  ...{ items: [{ item: "thing", ...(paid === undefined ? {} : { unitPriceMinor: paid }) }] },
  ...{ currency: "EUR" },
});

let shop: OpenShop;
let now: number = noon;

beforeAll(async () => {
  shop = await openShop(() => now as never);
  const persons = Array.from({ length: PERSONS }, (_, person) => person);
  await shop.happen(...persons.map((person) => happening(person, "item_view", noon - DAY)));
  await shop.happen(happening(0, "purchase", noon - DAY, 100));
  await shop.happen(...persons.map((person) => predictionEvent(rowOf(person), asking)));
  now = noon + 8 * DAY;
  const buyers = persons.filter(buys);
  await shop.happen(
    ...buyers.map((person) => happening(person, "purchase", noon + 3 * DAY, 1_000)),
  );
});
afterAll(() => shop.close());

const outcomes = (model: string | null = null, most = 1_000): Promise<PredictOutcomes> =>
  outcomesReport(shop.past, now, { model, most });
const headOf = ({ heads }: PredictOutcomes, name: string): OutcomeHead =>
  heads.find(({ head }) => head === name) as OutcomeHead;

describe("predictions on record", () => {
  test("are held against what came, as soon as their time is over", async () => {
    const found = await outcomes();
    expect(found.models).toEqual([
      { model: "predict-000007", recorded: PERSONS, firstAt: noon, lastAt: noon },
    ]);
    expect(found.judged).toBe(PERSONS);
    // Thirty days are not over after eight: no word of churn, none of value.
    expect(found.heads.map(({ head }) => head)).toEqual(["purchase_7d", "return_1d"]);
    expect(found.values).toEqual([]);
    const { cases, happened, expected, judged, lift } = headOf(found, "purchase_7d");
    expect([cases, happened]).toEqual([PERSONS, 75 + 5]);
    expect(expected).toBeCloseTo(100 * 0.75 + 100 * 0.05, 9);
    expect(judged?.overall.rate).toBe(0.4);
    expect(judged?.segments["regular"]?.rate).toBe(0.75);
    expect(judged?.segments["looker"]?.rate).toBe(0.05);
    // Pairs of one who bought and one who did not: 75 * 95 rightly, 75 * 25 + 5 * 95 alike, 5 * 25 wrongly.
    expect(judged?.overall.auc).toBeCloseTo((75 * 95 + (75 * 25 + 5 * 95) / 2) / (80 * 120), 12);
    expect(judged?.overall.brier).toBeCloseTo(0.5 * 0.75 * 0.25 + 0.5 * 0.05 * 0.95, 12);
    expect(lift[0]?.rate).toBeCloseTo(0.75, 12);
  });

  test("that all ended alike are counted and not judged", async () => {
    const { cases, happened, judged, lift } = headOf(await outcomes(), "return_1d");
    expect([cases, happened, judged, lift]).toEqual([PERSONS, 0, null, []]);
  });

  test("are drawn by lot where there are more than the limit, always the same", async () => {
    const [first, second] = [await outcomes(null, 50), await outcomes(null, 50)];
    expect(first.judged).toBe(50);
    expect(second).toEqual(first);
    expect(headOf(first, "purchase_7d").judged).toBeNull();
  });

  test("of one version are asked for by its name", async () => {
    expect((await outcomes("predict-000007")).judged).toBe(PERSONS);
    expect((await outcomes("predict-000008")).judged).toBe(0);
  });

  test("tell what was spent against what was expected", async () => {
    now = noon + 31 * DAY;
    const found = await outcomes();
    const keen = (75 * 1_000) as number;
    expect(found.values).toHaveLength(1);
    expect(found.values[0]).toMatchObject({
      ...{ days: 30, cases: PERSONS, currency: "EUR", expectedMinor: 90_000 },
      paidMinor: keen + 5_000,
    });
    // A buyer's place counts 200 less twice it: keen ones in the middle of the first hundred, others of the second.
    expect(found.values[0]?.gini).toBeCloseTo((75 * 100 - 5 * 100) / (80 * (200 - 80)), 12);
    expect(headOf(found, "churn").happened).toBe(PERSONS - 80);
  });

  test("that somebody else's words are not", async () => {
    const odd = { heads: ["purchase_7d"], days: [], chances: [0.5], segment: "regular" };
    await shop.happen({
      ...{ eventId: hashedEventId("outcomes", "odd"), shopper: "p-1", name: "prediction" },
      ...{ at: noon + DAY, properties: { ...odd, model: "odd" } },
    });
    const found = await outcomes();
    expect(found.models.map(({ model }) => model)).toEqual(["odd", "predict-000007"]);
    expect(found.judged).toBe(PERSONS);
  });

  test("go with the shopper who is erased", async () => {
    await shop.collect.erase(shop.shop, "p-2");
    await shop.projector.catchUp(shop.shop);
    const found = await outcomes("predict-000007");
    expect(found.models.at(-1)?.recorded).toBe(PERSONS - 1);
    expect(headOf(found, "purchase_7d").cases).toBe(PERSONS - 1);
  });
});
