import { describe, expect, test } from "vitest";
import { bagsOf } from "../../algorithms/text.ts";
import { outputsOf, type Value } from "../../tensor/conformance/run-network.ts";
import type { Network } from "../../tensor/graph/network.ts";
import { inputOf } from "../../tensor/graph/network.ts";
import { createRandom } from "../../tensor/random.ts";
import { type ContentShape, composeItems, contentOf, gatesOf, rarityOf } from "./content.ts";
import { itemTable } from "./item-table.ts";

const { bags, features } = bagsOf([
  ["red", "shoe", "code17"],
  ["red", "shoe", "shoe"],
  ["blue", "shoe"],
  ["blue"],
]);
const [red, shoe, code, blue] = [0, 1, 2, 3];
const shape: ContentShape = { features: 4, featuresMost: 2, eventsHalf: 2, hiddenShare: 0 };
const rarity = rarityOf(bags);
const content = contentOf(bags, rarity, gatesOf(Int32Array.of(0, 2, 6, 18), 2), shape);

describe("content", () => {
  test("is as rare as few items have it, and nothing where one has it alone", () => {
    expect(features).toEqual(["red", "shoe", "code17", "blue"]);
    // two of four: 1 + 2.5 / 2.5; three of four: 1 + 1.5 / 3.5
    expect(rarity[red]).toBeCloseTo(Math.LN2, 6);
    expect(rarity[blue]).toBeCloseTo(Math.LN2, 6);
    expect(rarity[shoe]).toBeCloseTo(Math.log(10 / 7), 6);
    expect(rarity[code]).toBe(0);
  });

  test("weighs an item's rarest features to length 1, however often they are said", () => {
    expect([...content.features.subarray(0, 4)]).toEqual([red, shoe, red, shoe]);
    const [first, second] = [Math.LN2, Math.log(10 / 7)];
    const length = Math.hypot(first, second);
    expect(content.weights[0]).toBeCloseTo(first / length, 6);
    expect(content.weights[1]).toBeCloseTo(second / length, 6);
    expect(content.weights.subarray(0, 2)).toEqual(content.weights.subarray(2, 4));
    expect([...content.weights.subarray(6)]).toEqual([1, 0]);
  });

  test("gives way to an item's own vector as evidence grows", () => {
    const shares = [0, 0.5, 0.75, 0.9];
    expect([...content.gates]).toEqual([...Float32Array.from(shares)]);
  });

  test("composes vectors as it is worked out by hand", () => {
    const table = Float32Array.of(1, 0, 0, 1, 7, 7, 2, 3);
    const own = Float32Array.of(100, 100, 1, 1, 0, 0, 10, 20);
    const items = composeItems(content, table, own, 2);
    // item 0 has no events: red and shoe alone; item 3 is blue and nine tenths of its own
    expect(items[0]).toBeCloseTo(content.weights[0] as number, 6);
    expect(items[1]).toBeCloseTo(content.weights[1] as number, 6);
    expect(items[6]).toBeCloseTo(2 + 9, 5);
    expect(items[7]).toBeCloseTo(3 + 18, 5);
  });
});

describe("the item table", () => {
  const random = createRandom(1);
  const drawn = (rows: number, width: number): Value & { readonly values: Float32Array } => ({
    type: "float32",
    shape: [rows, width],
    values: Float32Array.from({ length: rows * width }, () => random.normal()),
  });
  const [table, own] = [drawn(4, 3), drawn(4, 3)];
  const network: Network = {
    inputs: { tokens: { type: "int32", shape: [2, 2] } },
    build: (scope, given) => {
      const of = itemTable(scope, { vocabulary: 4, width: 3, content: shape }, content);
      return { rows: of.rows(inputOf(given, "tokens")), whole: of.whole() };
    },
  };

  test("composes in the graph what is composed for service", async () => {
    const tokens: Value = { type: "int32", shape: [2, 2], values: [3, 0, 1, 3] };
    const found = await outputsOf(network, { tokens, features: table, own }, { isTraining: true });
    const wanted = composeItems(content, table.values, own.values, 3);
    const row = (item: number): number[] => [...wanted.subarray(3 * item, 3 * item + 3)];
    expect(found["whole"]).toHaveLength(12);
    found["whole"].forEach((value, at) => {
      expect(value).toBeCloseTo(wanted[at] as number, 5);
    });
    const rows = [3, 0, 1, 3].flatMap(row);
    expect(found["rows"]).toHaveLength(12);
    found["rows"].forEach((value, at) => {
      expect(value).toBeCloseTo(rows[at] as number, 5);
    });
  });
});
