import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../tensor/random.ts";
import type { ArmOutcomes } from "./trial-outcomes.ts";
import { trialReport } from "./trial-report.ts";

/** Shoppers with two lists each, of whom some clicked in one. */
function arm(shoppers: number, clicked: number, more: Partial<ArmOutcomes> = {}): ArmOutcomes {
  const clicks = {
    ...{ n: shoppers, top: clicked, base: 2 * shoppers },
    ...{ topTop: clicked, baseBase: 4 * shoppers, topBase: 2 * clicked },
  };
  const bought = { buyers: 0, orders: 0, ordersThrough: 0, paid: [] };
  return { shoppers, mixed: 0, clicks, ...bought, ...more };
}
const report = (control: ArmOutcomes, treatment: ArmOutcomes, effect = 0.1, share = 0.5) =>
  trialReport({ control, treatment, unknownLists: 3 }, { share, effect });
const clicksOf = (...given: Parameters<typeof report>) => report(...given).measures[0];

/** A hundred looks at equal versions, with fifty more shoppers of each: what is ever taken for real. */
function fooledBy(random: Random): { readonly everyLook: boolean; readonly oneLook: boolean } {
  const clicked = { old: 0, new: 0 };
  const clicksOfFifty = (): number =>
    Array.from({ length: 50 }, () => random.uniform()).filter((drawn) => drawn < 0.3).length;
  let [everyLook, oneLook] = [false, false];
  for (let each = 50; each <= 5_000; each += 50) {
    clicked.old += clicksOfFifty();
    clicked.new += clicksOfFifty();
    const found = clicksOf(arm(each, clicked.old), arm(each, clicked.new));
    everyLook ||= found?.verdict === "better" || found?.verdict === "worse";
    oneLook ||= each >= 100 && (found?.difference.p ?? 1) < 0.05;
  }
  return { everyLook, oneLook };
}

describe("a trial", () => {
  test("is counted as it is", () => {
    const paid = [{ currency: "EUR", sum: 900, squares: 450_000, through: 400 }];
    const bought = { buyers: 2, orders: 3, ordersThrough: 1, paid };
    const found = report(arm(200, 50), arm(190, 60, { ...bought, mixed: 1 }));
    expect(found.treatment).toEqual({
      ...{ shoppers: 190, lists: 380, clickedLists: 60, buyers: 2, orders: 3, ordersThrough: 1 },
      paid: [{ currency: "EUR", sum: 900, through: 400 }],
    });
    expect(found).toMatchObject({ mixed: 1, unknownLists: 3, effect: 0.1, confidence: 0.95 });
    const revenue = found.measures.find(({ currency }) => currency === "EUR");
    expect(revenue).toMatchObject({ measure: "revenue_per_shopper", relative: null });
    expect(revenue?.control.mean).toBe(0);
    expect(revenue?.treatment.mean).toBeCloseTo(900 / 190, 12);
  });

  test("is decided only where it would be at any other look too", () => {
    expect(clicksOf(arm(4_000, 1_000), arm(4_000, 1_240))).toMatchObject({
      verdict: "better",
      moreShoppers: 0,
    });
    expect(clicksOf(arm(4_000, 1_240), arm(4_000, 1_000))?.verdict).toBe("worse");
    // By one look it would be: p = .02.
    const near = clicksOf(arm(4_000, 1_000), arm(4_000, 1_085));
    expect(near?.difference.p).toBeLessThan(0.05);
    expect(near?.verdict).toBe("open");
  });

  test("of versions that are equal so far as asked is alike", () => {
    expect(clicksOf(arm(60_000, 15_000), arm(60_000, 15_050))?.verdict).toBe("alike");
    expect(clicksOf(arm(60_000, 15_000), arm(60_000, 15_050), 0.01)?.verdict).toBe("open");
  });

  test("is open with a handful of shoppers, however far they differ", () => {
    expect(clicksOf(arm(60, 0), arm(60, 60))?.verdict).toBe("open");
    const empty = clicksOf(arm(0, 0), arm(0, 0));
    expect(empty).toMatchObject({ verdict: "open", moreShoppers: null, moreLists: null });
    expect(JSON.stringify(empty)).not.toMatch(/NaN|Infinity/);
  });

  test("says how many more it takes: with so many, an effect as large is told four times in five", () => {
    const rate = 0.25;
    const effect = 0.2;
    const { moreShoppers, moreLists } = clicksOf(arm(500, 250), arm(500, 250), effect) ?? {};
    expect(moreShoppers).toBeGreaterThan(0);
    expect(moreLists).toBe(2 * (moreShoppers ?? 0));
    const each = Math.ceil((1_000 + (moreShoppers ?? 0)) / 2);
    const random = createRandom(3).split("shoppers");
    const clicked = (chance: number): number => {
      let sum = 0;
      for (let i = 0; i < each; i++) sum += random.uniform() < chance ? 1 : 0;
      return sum;
    };
    let told = 0;
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const treatment = arm(each, clicked(2 * rate * (1 + effect)));
      const found = clicksOf(arm(each, clicked(2 * rate)), treatment, effect);
      if (found?.verdict === "better") told++;
    }
    expect(told / rounds).toBeGreaterThan(0.72);
    expect(told / rounds).toBeLessThan(0.92);
  });

  test("of equal versions, looked at a hundred times, is seldom called otherwise", () => {
    const random = createRandom(11).split("looks");
    const found = Array.from({ length: 100 }, () => fooledBy(random));
    const times = (by: "everyLook" | "oneLook"): number => found.filter((one) => one[by]).length;
    expect(times("everyLook")).toBeLessThanOrEqual(5);
    expect(times("oneLook")).toBeGreaterThan(25);
  });

  test("whose groups are not as drawn is not to be believed", () => {
    expect(report(arm(900, 0), arm(100, 0), 0.1, 0.1).balance).toMatchObject({
      ...{ good: true, share: 0.1, expectedShare: 0.1, chiSquare: 0 },
    });
    expect(report(arm(9_000, 0), arm(700, 0), 0.1, 0.1).balance.good).toBe(false);
  });
});
