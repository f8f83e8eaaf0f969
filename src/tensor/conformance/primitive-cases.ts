import {
  arrange,
  concat,
  expand,
  pad,
  reshape,
  slice,
  split,
  sum,
  transpose,
} from "../graph/primitives/arrange.ts";
import { attention } from "../graph/primitives/attention.ts";
import {
  averagePool2d,
  conv1d,
  conv2d,
  convolve,
  maxPool2d,
} from "../graph/primitives/convolve.ts";
import * as values from "../graph/primitives/elementwise.ts";
import { withSlopes, withSlopesOfAll } from "../graph/primitives/given.ts";
import { addProduct, matmul } from "../graph/primitives/linear.ts";
import { gatherRows, lookup, pick, topK, windowOf } from "../graph/primitives/lookup.ts";
import { layerNorm, logSoftmax, rmsNorm, softmax } from "../graph/primitives/normalise.ts";
import type { PrimitiveName } from "../graph/primitives/table.ts";
import { scan } from "../graph/scan.ts";
import type { Shape } from "../graph/shape.ts";
import { applyOne, constant, scalar } from "../graph/tensor.ts";
import { extremeCases } from "./extreme-cases.ts";
import { caseOf, type PrimitiveCase } from "./primitive-case.ts";

/** Uses of every primitive, at sizes 0 and 1 and at others, stretched where it stretches. */
const shapes: readonly Shape[] = [[], [1], [0], [3], [2, 0, 3], [2, 1, 4]];
const pairs: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[0], [0]],
  [[3], []],
  [[2, 3], [3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
];

const unary = (of: values.Unary, range?: PrimitiveCase["range"]): PrimitiveCase[] =>
  shapes.map((shape) => ({
    says: `[${shape}]`,
    moving: [shape],
    build: ([x]) => of(x),
    ...(range === undefined ? {} : { range }),
  }));
const binary = (of: values.Binary, range?: PrimitiveCase["range"]): PrimitiveCase[] =>
  pairs.map(([a, b]) => ({
    says: `[${a}] and [${b}]`,
    moving: [a, b],
    build: ([x, y]) => of(x, y),
    ...(range === undefined ? {} : { range }),
  }));
const valueCases = {
  add: binary(values.add),
  subtract: binary(values.subtract),
  multiply: binary(values.multiply),
  divide: binary(values.divide, "positive"),
  negate: unary(values.negate),
  absolute: unary(values.absolute, "apart"),
  exp: unary(values.exp),
  log: unary(values.log, "positive"),
  sqrt: unary(values.sqrt, "positive"),
  erf: unary(values.erf),
  tanh: unary(values.tanh),
  sigmoid: unary(values.sigmoid),
  softplus: unary(values.softplus),
  relu: unary(values.relu, "apart"),
  gelu: unary(values.gelu),
  geluSlope: unary((x) => applyOne(values.elementwise.geluSlope, [x], {})),
  silu: unary(values.silu),
  maximum: binary(values.maximum),
  minimum: binary(values.minimum),
  greater: binary(values.greater),
  equal: binary((a, b) => values.equal(values.greater(a, b), values.greater(b, a))),
  not: unary((x) => values.not(values.greater(x, scalar(0)))),
  where: [
    ...pairs.map(([a, b]) =>
      caseOf(`[${a}] and [${b}]`, [a, b], ([x, y]) => values.where(values.greater(x, y), x, y)),
    ),
    caseOf(
      "a condition that is stretched",
      [
        [1, 3],
        [2, 1],
      ],
      ([x, y]) => values.where(values.greater(x, scalar(0)), y, x),
    ),
  ],
  cast: [
    caseOf("to whole numbers", [[3]], ([x]) => values.cast(values.scale(x, 3), "int32"), {
      range: "apart",
    }),
    caseOf("from a condition", [[2, 2]], ([x]) =>
      values.cast(values.greater(x, scalar(0)), "float32"),
    ),
  ],
} as const;

const arrangeCases = {
  reshape: [
    caseOf("to rows", [[2, 3]], ([x]) => reshape(x, [3, 2])),
    caseOf("a single value", [[]], ([x]) => reshape(x, [1, 1])),
    caseOf("nothing", [[0, 3]], ([x]) => reshape(x, [3, 0])),
  ],
  transpose: [
    caseOf("three axes", [[2, 3, 4]], ([x]) => transpose(x, [2, 0, 1])),
    caseOf("nothing", [[0, 3]], ([x]) => transpose(x, [1, 0])),
    caseOf("one of everything", [[1, 1]], ([x]) => transpose(x, [1, 0])),
  ],
  slice: [
    caseOf("the middle", [[2, 5]], ([x]) => slice(x, 1, 1, 4)),
    caseOf("nothing of it", [[4]], ([x]) => slice(x, 0, 2, 2)),
    caseOf("counted from the end", [[2, 3]], ([x]) => slice(x, -1, 2, 3)),
  ],
  pad: [
    caseOf("both sides", [[2, 3]], ([x]) => pad(x, 1, 1, 2)),
    caseOf("nothing to something", [[0]], ([x]) => pad(x, 0, 1, 0)),
  ],
  concat: [
    caseOf(
      "rows",
      [
        [1, 3],
        [2, 3],
      ],
      (all) => concat(all, 0),
    ),
    caseOf(
      "with nothing",
      [
        [2, 0],
        [2, 3],
        [2, 1],
      ],
      (all) => concat(all, 1),
    ),
  ],
  split: [
    caseOf("in three", [[2, 6]], ([x]) => split(x, 1, [1, 2, 3])),
    caseOf("one part unused", [[4, 2]], ([x]) => split(x, 0, [1, 3])[1]),
  ],
  expand: [
    caseOf("an axis", [[2, 1]], ([x]) => expand(x, [2, 3])),
    caseOf("a scalar", [[]], ([x]) => expand(x, [2, 2])),
    caseOf("to nothing", [[1, 2]], ([x]) => expand(x, [0, 2])),
  ],
  sum: [
    caseOf("rows", [[3, 2]], ([x]) => sum(x, [0], false)),
    caseOf("kept", [[2, 3, 2]], ([x]) => sum(x, [0, 2], true)),
    caseOf("many rows, a product", [[70, 3]], ([x]) => sum(x, [0], false)),
    caseOf("of nothing", [[0, 2]], ([x]) => sum(x, [0], false)),
    caseOf("of one", [[1]], ([x]) => applyOne(arrange.sum, [x], { axes: [0], keep: true })),
  ],
} as const;

const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;
const turned = (rows: number, columns: number, isTurned: boolean): Shape =>
  isTurned ? [columns, rows] : [rows, columns];

const productCases = {
  matmul: [
    ...flags.map(([transposeA, transposeB]) =>
      caseOf(
        `turned ${transposeA}, ${transposeB}`,
        [turned(2, 3, transposeA), turned(3, 4, transposeB)],
        ([a, b]) => matmul(a, b, { transposeA, transposeB, alpha: 0.7 }),
      ),
    ),
    caseOf(
      "batches stretched",
      [
        [2, 1, 2, 3],
        [4, 3, 2],
      ],
      ([a, b]) => matmul(a, b),
    ),
    caseOf(
      "batches turned",
      [
        [2, 3, 2],
        [2, 4, 3],
      ],
      ([a, b]) => matmul(a, b, { transposeA: true, transposeB: true }),
    ),
    caseOf(
      "one by one",
      [
        [1, 1],
        [1, 1],
      ],
      ([a, b]) => matmul(a, b),
    ),
    caseOf(
      "no rows",
      [
        [0, 3],
        [3, 2],
      ],
      ([a, b]) => matmul(a, b),
    ),
  ],
  addProduct: flags.flatMap(([transposeA, transposeB]) =>
    [[4], [1, 1], [2, 4]].map((c) =>
      caseOf(
        `turned ${transposeA}, ${transposeB}, to [${c}]`,
        [c, turned(2, 3, transposeA), turned(3, 4, transposeB)],
        ([c, a, b]) => addProduct(c, a, b, { transposeA, transposeB, alpha: 0.5 }),
      ),
    ),
  ),
} as const;

const rowCases = {
  layerNorm: [
    caseOf("rows", [[2, 3, 4], [4], [4]], ([x, w, b]) => layerNorm(x, w, b, 1e-5)),
    caseOf("one value wide", [[3, 1], [1], [1]], ([x, w, b]) => layerNorm(x, w, b, 0.1)),
  ],
  rmsNorm: [
    caseOf("rows", [[2, 3, 4], [4]], ([x, w]) => rmsNorm(x, w, 1e-5)),
    caseOf("one value wide", [[3, 1], [1]], ([x, w]) => rmsNorm(x, w, 0.1)),
  ],
  softmax: unary(softmax)
    .slice(1, 2)
    .concat(
      caseOf("rows", [[3, 4]], ([x]) => softmax(x)),
      caseOf("no rows", [[0, 4]], ([x]) => softmax(x)),
    ),
  logSoftmax: [
    caseOf("rows", [[2, 5]], ([x]) => logSoftmax(x)),
    caseOf("one", [[1, 1]], ([x]) => logSoftmax(x)),
  ],
  attention: [
    caseOf(
      "heads",
      [
        [2, 2, 3, 4],
        [2, 2, 5, 4],
        [2, 2, 5, 3],
      ],
      ([q, k, v]) => attention(q, k, v, undefined, 0.5),
    ),
    caseOf(
      "a learned bias",
      [
        [2, 2, 3, 2],
        [2, 2, 3, 2],
        [2, 2, 3, 2],
        [2, 3, 3],
      ],
      ([q, k, v, b]) => attention(q, k, v, b, 0.7),
    ),
    caseOf(
      "one of everything",
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      ([q, k, v]) => attention(q, k, v, undefined, 1),
    ),
  ],
} as const;

const ids = (shape: Shape, below: number) => [{ shape, below }];
const lookupCases = {
  gatherRows: [
    caseOf("with repeats", [[3, 2]], ([table], [at]) => gatherRows(table, at), {
      whole: ids([2, 4], 3),
    }),
    caseOf("a column", [[4]], ([table], [at]) => gatherRows(table, at), { whole: ids([3], 4) }),
    caseOf("of a computed table", [[3, 2]], ([table], [at]) => gatherRows(values.tanh(table), at), {
      whole: ids([5], 3),
    }),
  ],
  scatterRows: [
    caseOf(
      "with repeats",
      [[40, 3]],
      ([rows], [at]) => applyOne(lookup.scatterRows, [at, rows], { rows: 4 }),
      { whole: ids([40], 4) },
    ),
  ],
  pick: [
    caseOf("of rows", [[4, 3]], ([x], [at]) => pick(x, at), { whole: ids([4], 3) }),
    caseOf("of one", [[1, 1]], ([x], [at]) => pick(x, at), { whole: ids([1], 1) }),
  ],
  topK: [
    caseOf("of rows", [[3, 5]], ([x]) => topK(x, 2).values),
    caseOf("places", [[3, 5]], ([x]) => topK(x, 3).places),
    caseOf("all of one", [[1]], ([x]) => topK(x, 1).values),
  ],
  window: [
    caseOf(
      "from a place",
      [[2, 3]],
      ([x], [start]) =>
        values.multiply(
          x,
          windowOf(
            constant(
              Float32Array.from({ length: 12 }, (_, at) => at),
              [12],
            ),
            start,
            [2, 3],
          ),
        ),
      { whole: ids([], 6) },
    ),
  ],
} as const;

const window = (stride: number, padding: number) => ({ stride, padding });
const convolveCases = {
  conv: [
    caseOf(
      "padded",
      [
        [2, 2, 4, 5],
        [3, 2, 3, 3],
      ],
      ([x, w]) => conv2d(x, w, window(1, 1)),
    ),
    caseOf(
      "stride 2 that leaves a rest",
      [
        [1, 2, 6, 5],
        [2, 2, 3, 2],
      ],
      ([x, w]) => conv2d(x, w, window(2, 1)),
    ),
    caseOf(
      "one value",
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      ([x, w]) => conv2d(x, w, window(1, 0)),
    ),
    caseOf(
      "along one axis",
      [
        [2, 3, 6],
        [2, 3, 3],
      ],
      ([x, w]) => conv1d(x, w, window(1, 2)),
    ),
  ],
  convTranspose: [
    caseOf(
      "with a rest",
      [
        [1, 2, 3, 2],
        [2, 3, 2, 2],
      ],
      ([g, w]) =>
        applyOne(convolve.convTranspose, [g, w], { ...window(2, 0), height: 7, width: 5 }),
    ),
  ],
  convDilated: [
    caseOf(
      "not dilated",
      [
        [2, 2, 4, 4],
        [3, 2, 2, 2],
      ],
      ([x, w]) => applyOne(convolve.convDilated, [x, w], window(1, 1)),
    ),
  ],
  maxPool: [caseOf("2 by 2", [[1, 2, 4, 6]], ([x]) => maxPool2d(x, 2))],
  maxPoolSlope: [
    caseOf(
      "2 by 2",
      [
        [1, 1, 4, 4],
        [1, 1, 2, 2],
      ],
      ([x, g]) => applyOne(convolve.maxPoolSlope, [x, maxPool2d(x, 2), g], { size: 2 }),
    ),
  ],
  averagePool: [caseOf("3 by 3", [[1, 2, 3, 6]], ([x]) => averagePool2d(x, 3))],
  averagePoolSlope: [
    caseOf("2 by 2", [[1, 2, 2, 1]], ([g]) =>
      applyOne(convolve.averagePoolSlope, [g], { size: 2 }),
    ),
  ],
} as const;

const loopCases = {
  scan: [
    caseOf("states and outputs", [[2], [3, 2], [2]], ([start, xs, w]) => {
      const { states, outputs } = scan({ states: [start], slices: [xs] }, ([h], [x]) => {
        const next = values.tanh(values.add(values.multiply(h, w), x));
        return { states: [next], outputs: [values.multiply(next, x)] };
      });
      return [...states, ...outputs];
    }),
    caseOf(
      "backwards, a table and a matrix inside",
      [
        [1, 2],
        [3, 1, 2],
        [4, 2],
        [2, 2],
      ],
      ([start, xs, table, w], [at]) => {
        const turn = { states: [start], slices: [xs, at], isReverse: true };
        const { states, outputs } = scan(turn, ([h], [x, k]) => ({
          states: [addProduct(values.add(x, gatherRows(table, k)), values.tanh(h), w)],
          outputs: [values.square(h)],
        }));
        return [...states, ...outputs];
      },
      { whole: ids([3, 1], 4) },
    ),
    caseOf("one turn, one loop in another", [[1], [1, 2, 1]], ([start, xs]) => {
      const { states } = scan({ states: [start], slices: [xs] }, ([h], [row]) => ({
        states: scan({ states: [h], slices: [row] }, ([inner], [x]) => ({
          states: [values.multiply(values.add(inner, x), values.add(h, scalar(1)))],
          outputs: [],
        })).states,
        outputs: [],
      }));
      return states;
    }),
  ],
  given: [
    caseOf("the cube as a value with its slope", [[3]], ([x]) =>
      withSlopes({
        value: values.multiply(x, values.square(x)),
        wrt: [x],
        saved: [values.square(x)],
        slopes: (g, _, [squares]) => [values.multiply(g, values.scale(squares, 3))],
      }),
    ),
    caseOf("a product and a sum with their slopes", [[3], [3]], ([x, y]) =>
      withSlopesOfAll({
        values: [values.multiply(x, y), values.add(x, y)],
        wrt: [x, y],
        saved: [],
        slopes: ([g = scalar(0), h = scalar(0)], [a, b]) => [
          values.add(values.multiply(g, b), h),
          values.add(values.multiply(g, a), h),
        ],
      }),
    ),
  ],
} as const;

export const primitiveCases: { readonly [Name in PrimitiveName]: readonly PrimitiveCase[] } = {
  ...valueCases,
  ...arrangeCases,
  ...productCases,
  ...rowCases,
  ...lookupCases,
  ...convolveCases,
  ...extremeCases,
  ...loopCases,
};
