import { expect, test } from "vitest";
import type { ModelVersion } from "../model/registry.ts";
import type { PredictReport } from "../scenarios/predict/predict.ts";
import type { PredictDecision } from "../scenarios/predict/schema.ts";
import {
  csvHead,
  csvLine,
  outcomesText,
  predictionText,
  recordedText,
  reportText,
  segmentsText,
  trainingText,
} from "./predict.ts";

const decision: PredictDecision = {
  request: "r-1",
  person: "ann",
  segment: "regular",
  chances: [
    {
      ...{ head: "purchase_7d", days: 7, probability: 0.25, usual: 0.1, voice: "trees" },
      reasons: [
        { event: "cart_add", group: "hat", at: 1, part: 0.12, text: "cart_add hat: raised it" },
        { event: "others", part: 0.03, text: "all other events: raised it" },
      ],
    },
  ],
  value: { days: 30, expectedMinor: 1_250, currency: "EUR", orders: 0.4, voice: "trees" },
  returns: { medianDays: 3.25, horizonDays: 30 },
  next: [{ action: "item_view", probability: 0.6 }],
  model: "predict-000001",
  seed: 1,
  asOf: 2,
  notices: [],
};

test("a prediction shows its chances, what moved them, and what is expected", () => {
  const text = predictionText(decision);
  expect(text).toContain("purchase_7d");
  expect(text).toContain("cart_add hat: raised it; all other events: raised it");
  expect(text).toContain("next: item_view (0.60)");
  expect(text).toContain("expected within 30 days: 12.50 EUR");
  expect(text).toContain("back: as likely as not within 3.3 days");
  const late = { ...decision, returns: { medianDays: null, horizonDays: 30 } };
  expect(predictionText(late)).toContain("more likely than not later than in 30 days");
  expect(text.endsWith("regular, predict-000001, r-1")).toBe(true);
});

test("a training ends with its report, one that was withdrawn with why", () => {
  const version = { version: "predict-000002", bytes: 2_048, fitSeconds: 61 } as ModelVersion;
  const report = { heads: [], notes: ["a note"], model: "predict-000002" };
  const text = trainingText(version, report as unknown as PredictReport);
  expect(text).toContain("predict-000002 trained in 1 min 1 s, 2 kB");
  expect(text).toContain("note: a note");
  const withdrawn = { ...version, withdrawn: "not promoted: not a number" };
  expect(trainingText(withdrawn, undefined)).toContain("not promoted: not a number");
});

test("a line of CSV has a cell for each head, quoted where it must be, and no formula", () => {
  const amounts = { expectedMinor: 1_250, currency: "EUR" };
  const chances = { purchase_7d: 0.25, churn: 0.5 };
  const line = csvLine({ person: 'an,n "x"', segment: "regular", chances, ...amounts });
  expect(line).toBe('"an,n ""x""",regular,0.250000,,0.500000,,,,,,1250,EUR');
  expect(csvHead.join()).toBe(
    "shopper,segment,purchase_7d,purchase_30d,churn,view_7d,review_30d," +
      "return_1d,return_7d,return_30d,expected_minor,currency",
  );
  const formula = csvLine({ person: "=1+1", segment: "gone", chances: {}, ...amounts });
  expect(formula.startsWith("'=1+1,gone,,")).toBe(true);
});

test("segments and the report are tables with a line for each", () => {
  const segment = { segment: "gone", shoppers: 3, chances: { churn: 0.9 } } as const;
  const segments = [{ ...segment, expectedMinor: null, currency: null }];
  expect(segmentsText({ segments, model: "predict-000001", asOf: 1 })).toMatch(/gone +3 .*0\.9/);
  const overall = {
    cases: 9,
    rate: 0.1,
    said: 0.12,
    auc: 0.8,
    logLoss: 0.3,
    brier: 0.1,
    ece: 0.02,
  };
  const head = {
    head: "churn",
    days: 30,
    voice: "network",
    calibration: "beta",
    chosen: {},
  } as const;
  const row = { share: 0.1, cases: 1, happened: 1, rate: 1, lift: 3.21, gain: 0.3, said: 0.5 };
  const heads = [{ ...head, learnedFrom: 40, judged: { overall, segments: {} }, lift: [row] }];
  const text = reportText({ heads, notes: ["all is well"], model: "predict-000001" });
  expect(text).toMatch(/churn +network +9 .*0\.8000.*0\.0200 +3\.2 x/);
  expect(text).toContain("note: all is well");
});

test("what is on record is told with how it came true, or what to do first", () => {
  const nothing = { asOf: 1, models: [], judged: 0, heads: [], values: [] };
  expect(outcomesText(nothing)).toContain("shopkeeper predict record");
  const at = Date.UTC(2026, 6, 1);
  const models = [{ model: "predict-000001", recorded: 7, firstAt: at, lastAt: at }];
  expect(outcomesText({ ...nothing, models })).toContain("is not over yet");
  const head = { head: "purchase_7d", days: 7, cases: 7, happened: 2, expected: 2.6 } as const;
  const value = { days: 30, cases: 7, currency: "EUR", expectedMinor: 500, paidMinor: 750 };
  const told = outcomesText({
    ...{ ...nothing, models, judged: 7 },
    heads: [{ ...head, judged: null, lift: [] }],
    values: [{ ...value, gini: 0.5 }],
  });
  expect(told).toMatch(/purchase_7d +7 +7 +3 +2/);
  expect(told).toContain("spent within 30 days by 7: 7.50 EUR, expected 5.00 EUR, Gini 0.500");
  expect(told).toContain("predict-000001: 7 recorded, 2026-07-01 to 2026-07-01");
  const done = { model: "predict-000001", asOf: at, asked: 9, recorded: 7, before: 1, withheld: 1 };
  expect(recordedText(done)).toMatch(/7 predictions .*, of 9 shoppers\nnote: 1 .*\nnote: 1 /);
});
