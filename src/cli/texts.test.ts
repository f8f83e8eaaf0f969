import { describe, expect, test } from "vitest";
import type { ImportReport } from "../collect/importing.ts";
import type { ModelVersion } from "../model/registry.ts";
import type { RecommendDecision, RuleSet } from "../scenarios/recommend/schema.ts";
import { adviceOn } from "./evaluate.ts";
import { explanationText } from "./explain.ts";
import { reportText, requestOf } from "./import.ts";
import { decisionText, listRequest, priceText } from "./recommend.ts";
import { rulesText } from "./rules.ts";
import { versionText } from "./train.ts";

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const plain = (text: string): string => text.replaceAll(colour, "");

describe("what an import is asked for", () => {
  test("a named set comes from below SHOPKEEPER_DATA, or from where it is said to be", () => {
    const env = { SHOPKEEPER_DATA: "/sets" };
    const from = "/sets/amazon-beauty";
    expect(requestOf("amazon-beauty", {}, env)).toEqual({ source: "amazon-beauty", from });
    expect(requestOf("amazon-beauty", { from: "/x" }, env).from).toBe("/x");
  });

  test.each([
    ["/a/orders.CSV", {}, "csv"],
    ["/a/events.ndjson", {}, "jsonl"],
    ["/a/feed.xml", {}, "merchant-xml"],
    ["/a/feed.txt", { source: "merchant-tsv" }, "merchant-tsv"],
  ])("the file %s with %j is read as %s", (file, options, source) => {
    expect(requestOf(file, options, {})).toEqual({ source, from: file });
  });

  test("a format by its name takes the file from --from", () => {
    const options = { from: "/a/b.data", mapping: "/a/m.yaml" };
    expect(requestOf("csv", options, {})).toEqual({
      source: "csv",
      from: "/a/b.data",
      mapping: "/a/m.yaml",
    });
  });

  test("what is neither is refused", () => {
    expect(() => requestOf("orders.ods", {}, {})).toThrow("--source names one");
  });
});

test("an import tells what it took, refused and left out", () => {
  const report: ImportReport = {
    source: "csv",
    rows: 10_000,
    events: 9_000,
    items: 0,
    duplicates: 997,
    quarantined: 3,
    skipped: 0,
    withheld: 0,
    seconds: 0.5,
    resumed: true,
  };
  expect(reportText("mine", report).split("\n")).toEqual([
    "csv into shop mine: 10,000 rows in 0.5 s (20,000 rows/s)",
    "9,000 events and 0 items taken, 997 were there already",
    "3 rows refused: shopkeeper quarantine --shop mine",
    "it went on where an interrupted run had stopped",
  ]);
});

test("a list says places from one, prices, the strongest source and the reasons", () => {
  const decision: RecommendDecision = {
    request: "r-1",
    surface: "home",
    items: [
      {
        item: "tea-1",
        group: "tea",
        position: 0,
        score: 0.75,
        sources: { markov: 0.25, ease: 0.5 },
        propensity: 1,
        reasons: [{ code: "popular", text: "Many like it", items: [] }],
        rules: [],
        title: "绿茶",
        priceMinor: 1_290,
        currency: "EUR",
      },
    ],
    model: null,
    rules: 2,
    seed: 1,
    asOf: 0,
    notices: ["the shopper is not known"],
  };
  expect(plain(decisionText(decision)).split("\n")).toEqual([
    "   item   title  price       score  from  why",
    "1  tea-1  绿茶   12.90 EUR  0.7500  ease  Many like it",
    "",
    "no model yet, rules 2, r-1",
    "note: the shopper is not known",
  ]);
});

test("prices have the places of their currency", () => {
  expect(priceText(1_290, "EUR")).toBe("12.90 EUR");
  expect(priceText(1_290, "JPY")).toBe("1290 JPY");
  expect(priceText(1_290, undefined)).toBe("1290");
  expect(priceText(undefined, "EUR")).toBe("-");
});

test("a list that is only looked at is not logged as shown", () => {
  expect(listRequest("cart", { items: ["a"], limit: 3 })).toMatchObject({
    record: false,
    limit: 3,
  });
  expect(listRequest("cart", { items: [], record: true })).toMatchObject({ record: true });
});

test("an explanation says rank, sources, what spoke for it, and every stage", () => {
  const text = plain(
    explanationText({
      item: "tea-1",
      group: "tea",
      title: "tea",
      shown: false,
      rank: 4,
      score: 0.5,
      sources: { ease: 0.5 },
      because: [{ item: "cup-1", title: "cup-1", source: "ease", share: 1 }],
      stages: [{ stage: "stock", verdict: "sold out", passed: false }],
    }),
  );
  expect(text).toContain("tea-1 is not shown; it ranks 5 before rules, score 0.5000");
  expect(text).toMatch(/cup-1 +ease +1/);
  expect(text).toMatch(/stock +sold out/);
});

test("rules say what they do in a line", () => {
  const base = { enabled: true, surfaces: [] };
  const set: RuleSet = {
    version: 7,
    at: 0,
    by: "k",
    change: "",
    rules: [
      { ...base, id: "a", kind: "pin", item: "tea-1", position: 0 },
      { ...base, id: "b", kind: "cap", by: "brand", most: 2, surfaces: ["home"], enabled: false },
      { ...base, id: "c", kind: "boost", factor: 2, where: { field: "brand", is: "exists" } },
    ],
  };
  const [, pin, cap, boost, , version] = plain(rulesText(set)).split("\n");
  expect(pin).toMatch(/^a +pin +tea-1 at 1 +all +on/);
  expect(cap).toMatch(/^b +cap +2 of one brand +home +off/);
  expect(boost).toContain('x2 {"field":"brand","is":"exists"}');
  expect(version).toBe("version 7");
});

test("a trained model shows its methods as rows and the questions as columns", () => {
  const version: ModelVersion = {
    shop: "tea",
    scenario: "recommend",
    version: "recommend-000001",
    createdAt: 0,
    asOf: 0,
    seed: 1,
    params: {},
    dataFingerprint: "",
    blob: "",
    bytes: 2_048,
    metrics: {
      "next.cases": 12,
      "next.blend.ndcg10": 0.5,
      "item.blend.ndcg10": 0.25,
      "next.ease.ndcg10": 1,
    },
    fitSeconds: 61,
  };
  expect(plain(versionText(version)).split("\n")).toEqual([
    "recommend-000001 trained in 1 min 1 s, 2 kB",
    "",
    "method  next ndcg10  item ndcg10",
    "blend        0.5000       0.2500",
    "ease              1            -",
    "",
    "next.cases 12",
  ]);
});

test("advises to keep what was seen when filtering leaves little to ask", () => {
  const protocol = { filterSeen: true, targets: 10, unreachableTargets: 4 };
  expect(adviceOn({ protocol })).toEqual([
    "40 % of the targets had been seen before and were filtered: see --keep-seen",
  ]);
  expect(adviceOn({ protocol: { ...protocol, unreachableTargets: 2 } })).toEqual([]);
  expect(adviceOn({ protocol: { ...protocol, filterSeen: false } })).toEqual([]);
});
