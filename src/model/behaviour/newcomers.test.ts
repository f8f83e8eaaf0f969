import { expect, test } from "vitest";
import { bagsOf } from "../../algorithms/text.ts";
import { rarityOf } from "./content.ts";
import type { NetworkShape } from "./network.ts";
import { newcomerVectors, type Served, withNewcomers } from "./newcomers.ts";

const { bags } = bagsOf([["red", "shoe", "code17"], ["red", "shoe"], ["blue", "shoe"], ["blue"]]);
const shape: NetworkShape = {
  vocabulary: 4,
  width: 2,
  blocks: 1,
  heads: 1,
  length: 4,
  hidden: 4,
  dropout: 0,
  positions: "relative",
  content: { features: 4, featuresMost: 2, eventsHalf: 2, hiddenShare: 0 },
};
const served: Served = {
  shape,
  parameters: new Map([
    ["items", Float32Array.of(9, 9, 8, 8, 7, 7, 6, 6)],
    ["features", Float32Array.of(1, 0, 0, 1, 7, 7, 2, 3)],
    ["rarity", rarityOf(bags)],
  ]),
};
/** In the order of the model's features, one it never heard of behind them. */
const later = bagsOf([["red"], ["shoe"], ["code17"], ["blue"], ["suede"]]);

test("a newcomer is what its features say, without what the model has never heard of", () => {
  expect([...newcomerVectors(served, later.bags)]).toEqual([1, 0, 0, 1, 0, 0, 2, 3, 0, 0]);
});

test("newcomers stand behind the items that were learned, which stay as they were", () => {
  const { shape: grown, parameters } = withNewcomers(served, later.bags);
  expect(grown.vocabulary).toBe(9);
  expect([...(parameters.get("items") ?? [])]).toEqual([
    ...[9, 9, 8, 8, 7, 7, 6, 6],
    ...[1, 0, 0, 1, 0, 0, 2, 3, 0, 0],
  ]);
  expect(served.parameters.get("items")).toHaveLength(8);
});
