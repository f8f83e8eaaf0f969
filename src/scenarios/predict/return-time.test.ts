import { expect, test } from "vitest";
import { returnOf } from "./return-time.ts";
import type { ChanceName, PredictChance } from "./schema.ts";

const chance = (head: ChanceName, days: number | null, probability: number): PredictChance => ({
  ...{ head, days, probability, usual: 0.5, voice: "rate", reasons: [] },
});
const within = (one: number, seven: number, thirty: number): PredictChance[] => [
  chance("purchase_7d", 7, 0.99),
  chance("return_30d", 30, thirty),
  chance("return_1d", 1, one),
  chance("return_7d", 7, seven),
];

test("half are back within a day: the median is that day", () => {
  expect(returnOf(within(0.5, 0.9, 0.95))?.medianDays).toBeCloseTo(1, 12);
});

test("between two heads the share away falls exponentially", () => {
  // Away after a day .8, after seven .2: the rate is ln 4 / 6, and ln (.8 / .5) takes 2.034 days of it.
  const found = returnOf(within(0.2, 0.8, 0.9));
  expect(found?.medianDays).toBeCloseTo(1 + (6 * Math.log(1.6)) / Math.log(4), 12);
  expect(found?.medianDays).toBeCloseTo(3.034, 3);
  expect(found?.horizonDays).toBe(30);
});

test("who is mostly not back by the horizon has no median, and a sure one has", () => {
  expect(returnOf(within(0.1, 0.2, 0.4))).toEqual({ medianDays: null, horizonDays: 30 });
  const sure = returnOf(within(1, 1, 1))?.medianDays ?? -1;
  expect(sure).toBeGreaterThan(0);
  expect(sure).toBeLessThan(0.05);
});

test("a head that looks further and says less is taken to say as much", () => {
  expect(returnOf(within(0.4, 0.3, 0.7))?.medianDays).toBeGreaterThan(7);
  expect(returnOf(within(0.4, 0.3, 0.4))?.medianDays).toBeNull();
});

test("without a head of returning nothing is said, and one alone is enough", () => {
  expect(returnOf([chance("churn", 30, 0.9)])).toBeNull();
  expect(returnOf([chance("return_7d", 7, 0.75)])).toEqual({ medianDays: 3.5, horizonDays: 7 });
});
