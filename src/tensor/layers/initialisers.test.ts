import { expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { gateWise, glorot, he, normal, ones, orthogonal, uniform, zeros } from "./initialisers.ts";

const random = () => createRandom(17);
const meanOf = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;
const varianceOf = (values: Float32Array): number => meanOf(values.map((v) => v * v));

test("zeros and ones", () => {
  expect([...zeros([2, 1], random())]).toEqual([0, 0]);
  expect([...ones([3], random())]).toEqual([1, 1, 1]);
});

/** Of 40,000 values, five standard errors. */
test.each([
  ["normal", normal(0.5), [200, 200], 0.25],
  ["uniform", uniform(0.6), [200, 200], 0.12],
  ["Glorot's", glorot, [100, 400], 2 / 500],
  ["Glorot's of filters", glorot, [40, 10, 10, 10], 2 / (1000 + 4000)],
  ["He's", he, [100, 400], 2 / 100],
  ["He's of filters", he, [40, 10, 10, 10], 2 / 1000],
] as const)("%s spread", (_, initial, shape, variance) => {
  const values = initial(shape, random());
  expect(values).toHaveLength(40_000);
  expect(Math.abs(meanOf(values))).toBeLessThan(0.025 * Math.sqrt(variance));
  expect(Math.abs(varianceOf(values) / variance - 1)).toBeLessThan(0.036);
});

test("even draws keep to their bounds", () => {
  const values = uniform(0.6)([1000], random());
  expect(Math.max(...values)).toBeLessThanOrEqual(0.6);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.6);
});

/** Products of rows i and j, or of columns. */
function products(values: Float32Array, rows: number, columns: number, ofRows: boolean): number[] {
  const count = ofRows ? rows : columns;
  const inner = ofRows ? columns : rows;
  const at = (one: number, k: number): number =>
    values[ofRows ? one * columns + k : k * columns + one];
  return Array.from({ length: count * count }, (_, pair) => {
    const [i, j] = [Math.floor(pair / count), pair % count];
    return Array.from({ length: inner }, (__, k) => at(i, k) * at(j, k)).reduce((a, b) => a + b);
  });
}

test.each([
  [5, 5, true],
  [3, 7, true],
  [7, 3, false],
  [1, 1, true],
])("%i x %i at right angles", (rows, columns, ofRows) => {
  const values = orthogonal([rows, columns], random());
  products(values, rows, columns, ofRows).forEach((product, pair, all) => {
    const count = Math.sqrt(all.length);
    expect(product).toBeCloseTo(pair % (count + 1) === 0 ? 1 : 0, 6);
  });
});

test("each gate is begun on its own", () => {
  const values = gateWise(3, orthogonal)([4, 12], random());
  const gates = [0, 1, 2].map((gate) =>
    Float32Array.from(
      { length: 16 },
      (_, at) => values[Math.floor(at / 4) * 12 + gate * 4 + (at % 4)],
    ),
  );
  for (const gate of gates) {
    products(gate, 4, 4, true).forEach((product, pair) => {
      expect(product).toBeCloseTo(pair % 5 === 0 ? 1 : 0, 6);
    });
  }
  expect([...gates[0]]).not.toEqual([...gates[1]]);
});

test("a seed gives the same values", () => {
  const once = orthogonal([6, 6], random());
  expect([...orthogonal([6, 6], random())]).toEqual([...once]);
  expect([...orthogonal([6, 6], createRandom(18))]).not.toEqual([...once]);
});
