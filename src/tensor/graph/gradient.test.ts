import { describe, expect, test } from "vitest";
import { runTensors } from "../conformance/run-tensors.ts";
import { gradientsOf, pullback, unstretched } from "./gradient.ts";
import { expand, meanAll, reshape, sum, sumAll } from "./primitives/arrange.ts";
import {
  add,
  cast,
  exp,
  greater,
  multiply,
  relu,
  scale,
  square,
  subtract,
  where,
} from "./primitives/elementwise.ts";
import { affine, matmul } from "./primitives/linear.ts";
import { gatherRows, scatterRows } from "./primitives/lookup.ts";
import {
  applyOne,
  filled,
  input,
  type NoAttributes,
  type Primitive,
  parameter,
  scalar,
  type Tensor,
} from "./tensor.ts";

const denseOf = (loss: Tensor, wrt: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(
    gradientsOf(loss, wrt).map(({ dense }, at) => [`d${at}`, dense as Tensor] as const),
  );

/*
 * Two examples x = (1, 2) and (-1, 1), targets 3 and 1; two hidden layers of two units with ReLU.
 *
 * a = x W1 + b1, W1 = [[1, -1], [0.5, 2]], b1 = (0, -1)
 *     (1 + 1, -1 + 4 - 1) = (2, 2)              (-1 + 0.5, 1 + 2 - 1) = (-0.5, 2)
 * h = relu a
 *     (2, 2)                                    (0, 2)
 * c = h W2 + b2, W2 = [[1, -2], [0.5, 1]], b2 = (0.5, 1)
 *     (2 + 1 + 0.5, -4 + 2 + 1) = (3.5, -1)     (0 + 1 + 0.5, 0 + 2 + 1) = (1.5, 3)
 * k = relu c
 *     (3.5, 0)                                  (1.5, 3)
 * y = k w3 + b3, w3 = (2, -1), b3 = -1
 *     7 - 0 - 1 = 6                             3 - 3 - 1 = -1
 * loss = mean (y - target)^2 = (3^2 + (-2)^2) / 2 = 6.5
 *
 * dy = 2 (y - target) / 2 = (3, -2)
 * db3 = 3 - 2 = 1
 * dw3 = 3 (3.5, 0) - 2 (1.5, 3) = (7.5, -6)
 * dk = dy w3                      (6, -3)       (-4, 2)
 * dc = dk where c > 0             (6, 0)        (-4, 2)
 * db2 = (2, 2)
 * dW2 = h^T dc: row 1 is 2 (6, 0) + 0 (-4, 2) = (12, 0); row 2 is 2 (6, 0) + 2 (-4, 2) = (4, 4)
 * dh = dc W2^T                    (6 1 + 0 (-2), 6 0.5 + 0 1) = (6, 3)
 *                                 (-4 1 + 2 (-2), -4 0.5 + 2 1) = (-8, 0)
 * da = dh where a > 0             (6, 3)        (0, 0)
 * db1 = (6, 3)
 * dW1 = x^T da: row 1 is 1 (6, 3) = (6, 3); row 2 is 2 (6, 3) = (12, 6)
 * dx = da W1^T                    (6 1 + 3 (-1), 6 0.5 + 3 2) = (3, 9)       (0, 0)
 */
describe("the textbook network, by hand", () => {
  const leaves = {
    x: parameter("x", [2, 2]),
    w1: parameter("w1", [2, 2]),
    b1: parameter("b1", [2]),
    w2: parameter("w2", [2, 2]),
    b2: parameter("b2", [2]),
    w3: parameter("w3", [2, 1]),
    b3: parameter("b3", [1]),
  };
  const values = {
    x: [1, 2, -1, 1],
    w1: [1, -1, 0.5, 2],
    b1: [0, -1],
    w2: [1, -2, 0.5, 1],
    b2: [0.5, 1],
    w3: [2, -1],
    b3: [-1],
    target: [3, 1],
  };
  const { x, w1, b1, w2, b2, w3, b3 } = leaves;
  const hidden = relu(affine(relu(affine(x, w1, b1)), w2, b2));
  const y = affine(hidden, w3, b3);
  const loss = meanAll(square(subtract(y, input("target", "float32", [2, 1]))));
  const wanted = {
    loss: [6.5],
    y: [6, -1],
    d0: [3, 9, 0, 0],
    d1: [6, 3, 12, 6],
    d2: [6, 3],
    d3: [12, 0, 4, 4],
    d4: [2, 2],
    d5: [7.5, -6],
    d6: [1],
  };

  test.each(["native", "portable"] as const)("loss and gradients, %s", async (target) => {
    const results = { loss, y, ...denseOf(loss, Object.values(leaves)) };
    expect(await runTensors(results, values, { target })).toEqual(wanted);
  });
});

describe("a table", () => {
  const table = parameter("table", [3, 2]);
  const indices = input("indices", "int32", [4]);
  const weight = input("weight", "float32", [4, 2]);
  const values = {
    table: [1, 2, 3, 4, 5, 6],
    indices: [2, 0, 2, 2],
    weight: [1, 10, 2, 20, 3, 30, 4, 40],
  };

  test("that is looked up gets rows alone, repeated ones too", async () => {
    const [{ dense, rows }] = gradientsOf(sumAll(multiply(gatherRows(table, indices), weight)), [
      table,
    ]);
    expect(dense).toBeUndefined();
    expect(rows).toHaveLength(1);
    const { indices: at, rows: added } = rows[0];
    expect(await runTensors({ at, added }, values)).toEqual({
      at: values.indices,
      added: values.weight,
    });
  });

  test("looked up and multiplied gets dense and rows", async () => {
    const looked = sumAll(multiply(gatherRows(table, indices), weight));
    const [{ dense, rows }] = gradientsOf(add(looked, sumAll(square(table))), [table]);
    expect(rows).toHaveLength(1);
    const found = await runTensors({ dense: dense as Tensor, rows: rows[0].rows }, values);
    expect(found).toEqual({ dense: [2, 4, 6, 8, 10, 12], rows: values.weight });
  });

  test("looked up twice gets rows twice, of any shape of indices", async () => {
    const square2 = input("square", "int32", [2, 2]);
    const first = sumAll(gatherRows(table, square2));
    const loss = add(first, sumAll(multiply(gatherRows(table, indices), weight)));
    const [{ dense, rows }] = gradientsOf(loss, [table]);
    expect(dense).toBeUndefined();
    expect(rows.map((one) => [one.indices.shape, one.rows.shape])).toEqual([
      [[4], [4, 2]],
      [[4], [4, 2]],
    ]);
    const total = rows.map((one) => scatterRows(one, [3, 2])).reduce(add);
    const found = await runTensors({ total }, { ...values, square: [1, 1, 0, 1] });
    // Row 0: 1 of the first, (2, 20); row 1: 3 of the first; row 2: (1 + 3 + 4, 10 + 30 + 40).
    expect(found["total"]).toEqual([3, 21, 3, 3, 8, 80]);
  });

  test("that is computed hands the rows on as one gradient", async () => {
    const twice = scale(table, 2);
    const loss = add(sumAll(multiply(gatherRows(twice, indices), weight)), sumAll(twice));
    const [{ dense, rows }] = gradientsOf(loss, [table]);
    expect(rows).toEqual([]);
    const found = await runTensors({ dense: dense as Tensor }, values);
    expect(found["dense"]).toEqual([2 + 4, 2 + 40, 2, 2, 2 + 16, 2 + 160]);
  });
});

describe("a tensor", () => {
  const x = parameter("x", [2]);

  test("used twice gets both gradients: x e^x at 0 and 1", async () => {
    const loss = sumAll(multiply(x, exp(x)));
    const { d0 } = await runTensors(denseOf(loss, [x]), { x: [0, 1] });
    expect(d0[0]).toBe(1);
    expect(d0[1]).toBeCloseTo(2 * Math.E, 5);
  });

  test("on both sides of one product gets both", async () => {
    const found = await runTensors(denseOf(sumAll(multiply(x, x)), [x]), { x: [3, -4] });
    expect(found).toEqual({ d0: [6, -8] });
  });

  test("that is the loss moves with itself", async () => {
    const alone = parameter("alone", []);
    const [{ dense }] = gradientsOf(alone, [alone]);
    expect(await runTensors({ dense: dense as Tensor }, {})).toEqual({ dense: [1] });
  });

  test("in the middle gets the gradient of what rests on it", async () => {
    const middle = square(x);
    const loss = sumAll(scale(middle, 3));
    expect(await runTensors(denseOf(loss, [middle, x]), { x: [1, 5] })).toEqual({
      d0: [3, 3],
      d1: [6, 30],
    });
  });

  test("of which the gradient's gradient is asked has one: x^4 twice is 12 x^2", async () => {
    const [{ dense: first }] = gradientsOf(sumAll(square(square(x))), [x]);
    const found = await runTensors(denseOf(sumAll(first as Tensor), [x]), { x: [1, 2] });
    expect(found).toEqual({ d0: [12, 48] });
  });
});

describe("a stretched tensor", () => {
  const x = input("x", "float32", [2, 3]);
  const values = { x: [1, 2, 3, 4, 5, 6] };
  const cases: readonly (readonly [string, readonly number[], number[]])[] = [
    ["a scalar", [], [21]],
    ["a row", [3], [5, 7, 9]],
    ["a row of one row", [1, 3], [5, 7, 9]],
    ["a column", [2, 1], [6, 15]],
    ["one value", [1, 1], [21]],
    ["a value of more axes", [1, 1, 1], [21]],
    ["the same shape", [2, 3], [1, 2, 3, 4, 5, 6]],
  ];

  test.each(cases)("%s gets the sum of what it was stretched along", async (_, shape, wanted) => {
    const b = parameter("b", shape);
    const found = denseOf(sumAll(multiply(x, b)), [b]);
    expect(found["d0"].shape).toEqual(shape);
    const zeros = new Array<number>(wanted.length).fill(0);
    expect(await runTensors(found, { ...values, b: zeros })).toEqual({ d0: wanted });
  });

  test("along many rows gets them all", async () => {
    const many = input("many", "float32", [100, 2]);
    const b = parameter("b", [2]);
    const numbers = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 1 : at));
    const found = await runTensors(denseOf(sumAll(multiply(many, b)), [b]), {
      many: numbers,
      b: [0, 0],
    });
    // 1 + 3 + ... + 199 = 100^2.
    expect(found["d0"]).toEqual([100, 10_000]);
  });

  test("on both sides gets each its own", async () => {
    const [column, row] = [parameter("column", [2, 1]), parameter("row", [3])];
    const found = denseOf(sumAll(multiply(multiply(column, row), x)), [column, row]);
    expect(await runTensors(found, { ...values, column: [1, 10], row: [1, 2, 3] })).toEqual({
      // 1 + 4 + 9 and 4 + 10 + 18; 1 + 40, 2 + 50, 3 + 60.
      d0: [14, 32],
      d1: [41, 52, 63],
    });
  });

  test("gets what is the same along an axis written out", async () => {
    const g = unstretched(input("g", "float32", [3]), [2, 3]);
    expect(g.shape).toEqual([2, 3]);
    expect(await runTensors({ out: g }, { g: [1, 2, 3] })).toEqual({ out: [1, 2, 3, 1, 2, 3] });
    const fromOne = unstretched(filled([], 5), [2]);
    expect(await runTensors({ out: fromOne }, {})).toEqual({ out: [5, 5] });
  });
});

describe("what does not move", () => {
  const x = parameter("x", [2]);
  const other = parameter("other", [2]);
  const nothing = { dense: undefined, rows: [] };

  test("is undefined, not zero", () => {
    const loss = sumAll(square(x));
    expect(gradientsOf(loss, [other])).toEqual([nothing]);
    expect(gradientsOf(scalar(1), [x])).toEqual([nothing]);
  });

  test("has integers, comparisons and casts between", async () => {
    const above = greater(x, other);
    const counted = sumAll(cast(above, "float32"));
    expect(gradientsOf(counted, [x, other])).toEqual([nothing, nothing]);
    const places = input("places", "int32", [2]);
    const real = sumAll(multiply(cast(places, "float32"), x));
    const [ofPlaces, ofX] = gradientsOf(real, [places, x]);
    expect(ofPlaces).toEqual(nothing);
    const found = await runTensors({ d: ofX.dense as Tensor }, { places: [4, 7] });
    expect(found).toEqual({ d: [4, 7] });
  });

  test("is the condition of a choice, while its sides move", async () => {
    const loss = sumAll(where(greater(x, other), scale(x, 3), scale(other, 5)));
    const found = await runTensors(denseOf(loss, [x, other]), { x: [1, 0], other: [0, 1] });
    expect(found).toEqual({ d0: [3, 0], d1: [0, 5] });
  });

  test("is an integer that a table is looked up by", () => {
    const table = parameter("table", [3, 2]);
    const places = input("places", "int32", [2]);
    const [ofPlaces, ofTable] = gradientsOf(sumAll(gatherRows(table, places)), [places, table]);
    expect(ofPlaces).toEqual(nothing);
    expect(ofTable.rows).toHaveLength(1);
  });
});

describe("a pullback", () => {
  const x = parameter("x", [2]);

  test("asks rules only for what is needed, and not at all where nothing is", () => {
    const asked: (readonly boolean[])[] = [];
    const pair: Primitive<NoAttributes> = {
      name: "pair",
      shape: ([first]) => [first],
      lower: () => [""],
      derive: ({ gradients: [g], needs }) => {
        asked.push(needs);
        return [g, g];
      },
    };
    const y = parameter("y", [2]);
    const still = exp(applyOne(pair, [y, y], {}));
    const loss = sumAll(applyOne(pair, [still, x], {}));
    const [ofX, ofOther] = gradientsOf(add(loss, sumAll(still)), [x, parameter("z", [2])]);
    expect(asked).toEqual([[false, true]]);
    expect(ofX.dense?.shape).toEqual([2]);
    expect(ofOther).toEqual({ dense: undefined, rows: [] });
  });

  test("takes several results, of which some have no cotangent", async () => {
    const [a, b, c] = [scale(x, 2), square(x), exp(x)];
    const g = input("g", "float32", [2]);
    const [{ dense }] = pullback([a, b, c], [g, scale(g, 10), undefined], [x]);
    const found = await runTensors({ d: dense as Tensor }, { x: [1, 2], g: [1, 3] });
    // 2 g + 2 x 10 g.
    expect(found).toEqual({ d: [2 + 20, 6 + 120] });
  });

  test("goes through products and shapes: of sum(A B) by A it is the sums of B's rows", async () => {
    const [a, b] = [parameter("a", [4]), parameter("b", [2, 3])];
    const loss = sum(reshape(matmul(reshape(a, [2, 2]), b), [6]), [0], false);
    const values = { a: [1, 2, 3, 4], b: [1, 2, 3, 4, 5, 6] };
    expect(await runTensors(denseOf(loss, [a, b]), values)).toEqual({
      d0: [6, 15, 6, 15],
      d1: [4, 4, 4, 6, 6, 6],
    });
  });

  test("through copies adds them up", async () => {
    const loss = sumAll(multiply(expand(reshape(x, [2, 1]), [2, 3]), filled([2, 3], 2)));
    expect(await runTensors(denseOf(loss, [x]), { x: [1, 1] })).toEqual({ d0: [6, 6] });
  });

  test("is of a scalar where it is a gradient", () => {
    expect(() => gradientsOf(x, [x])).toThrow("what is differentiated has shape [], not [2]");
  });
});
