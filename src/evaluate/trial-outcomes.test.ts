import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventInput } from "../collect/event.ts";
import { noon, type OpenShop, openShop } from "../features/conformance/open-shop.ts";
import { exposureEvents } from "./exposures.ts";
import { type TrialSpan, trialOutcomes } from "./trial-outcomes.ts";

const HOUR = 3_600_000;
const OLD = "recommend-000001";
const NEW = "recommend-000002";
const span: TrialSpan = {
  ...{ control: OLD, treatment: NEW, since: noon - 5 * HOUR, until: noon },
  clickWindowMs: 2 * HOUR,
};
let open: OpenShop;

/** A list of tea and cup, so many hours before noon. */
function shown(nth: number, model: string, hours: number, who: object): EventInput {
  const request = `0198c2f0-0000-7000-8000-0000000000${String(nth).padStart(2, "0")}`;
  const items = ["tea-100g", "cup"].map((item, position) => ({ item, position, propensity: 1 }));
  const made = { request, surface: "home", model, rules: 0, seed: 1, items } as const;
  const [event] = exposureEvents({ ...made, ...who, at: noon - hours * HOUR });
  return event as EventInput;
}
const clicked = (list: EventInput, who: object, item: string, hours: number) => ({
  ...{ ...who, name: "list_click" as const, at: noon - hours * HOUR, items: [{ item }] },
  context: { request: list.context?.request },
});
const bought = (who: object, item: string, unitPriceMinor: number, hours: number) => ({
  ...{ ...who, name: "purchase" as const, at: noon - hours * HOUR, currency: "EUR" },
  items: [{ item, unitPriceMinor, quantity: 2 }],
});

beforeAll(async () => {
  open = await openShop();
  await open.collect.items("corner", [
    { item: "tea-100g", group: "tea", title: "Tea" },
    { item: "tea-500g", group: "tea", title: "Tea" },
  ]);
  const [ann, bob, cat] = [{ shopper: "ann" }, { shopper: "bob" }, { shopper: "cat" }];
  const early = shown(1, NEW, 6, ann);
  const first = shown(2, OLD, 4, ann);
  const second = shown(3, OLD, 3, ann);
  const newer = shown(4, NEW, 4, bob);
  const other = shown(5, "recommend-000009", 4, { shopper: "dan" });
  const visited = shown(6, NEW, 4, { anonymous: "visit" });
  const known = shown(7, OLD, 2, cat);
  await open.happen(
    ...[early, first, second, newer, other, visited, known],
    shown(9, NEW, 1, {}),
    shown(10, NEW, 0, { shopper: "eve" }),
    // Two clicks in one list are one list clicked; one before the trial's lists is none of it.
    clicked(first, ann, "tea-100g", 3.9),
    clicked(first, ann, "cup", 3.8),
    clicked(early, ann, "cup", 5.9),
    // Bought before the first list; then the other variant, in time; then too late.
    bought(ann, "cup", 1_000, 4.5),
    bought(ann, "tea-500g", 300, 2.5),
    bought(ann, "tea-100g", 70, 1),
    // Nothing clicked: counted, but not through lists.
    bought(bob, "cup", 50, 3),
    bought({ shopper: "dan" }, "cup", 9_999, 3),
    // Two ids become one shopper: the version that came first has them.
    clicked(visited, { anonymous: "visit" }, "cup", 3.5),
    { name: "merge", anonymous: "visit", shopper: "cat", at: noon - 2.5 * HOUR },
    bought(cat, "cup", 20, 1.9),
  );
});
afterAll(() => open.close());

describe("what became of the shoppers of a trial", () => {
  test("is told by the version that showed them a list first", async () => {
    const found = await trialOutcomes(open.past, span);
    expect(found.unknownLists).toBe(1);
    expect(found.control).toEqual({
      ...{ shoppers: 1, mixed: 0, buyers: 1, orders: 2, ordersThrough: 1 },
      clicks: { n: 1, top: 1, base: 2, topTop: 1, baseBase: 4, topBase: 2 },
      paid: [{ currency: "EUR", sum: 740, squares: 740 * 740, through: 600 }],
    });
    expect(found.treatment).toEqual({
      ...{ shoppers: 2, mixed: 1, buyers: 2, orders: 2, ordersThrough: 1 },
      // bob (0 of 1), cat (1 of 2)
      clicks: { n: 2, top: 1, base: 3, topTop: 1, baseBase: 5, topBase: 2 },
      paid: [{ currency: "EUR", sum: 140, squares: 100 * 100 + 40 * 40, through: 40 }],
    });
  });

  test("is nothing where no list was shown", async () => {
    const none = await trialOutcomes(open.past, { ...span, since: 0, until: 1 });
    expect(none).toMatchObject({
      ...{ unknownLists: 0, control: { shoppers: 0, buyers: 0, paid: [] } },
      treatment: { shoppers: 0, clicks: { n: 0, base: 0 } },
    });
  });
});
