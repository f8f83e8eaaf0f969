import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { type Shape, shapeText, sizeOf } from "../shape.ts";
import {
  apply,
  applyOne,
  constant,
  mustBe,
  type NoAttributes,
  type RowGradient,
  type Tensor,
} from "../tensor.ts";
import { reshape } from "./arrange.ts";
import { add, cast, equal, multiply } from "./elementwise.ts";

/** Values by their places: rows of a table, one value of each row, the largest. */
export interface LookupAttributes {
  gatherRows: NoAttributes;
  scatterRows: { readonly rows: number };
  pick: NoAttributes;
  topK: { readonly k: number };
  window: { readonly shape: Shape };
}

export const lookup: PrimitiveTable<LookupAttributes> = {
  gatherRows: {
    name: "gatherRows",
    shape: ([table, indices]) => {
      mustBe(indices, "int32", "the indices");
      assert(table.shape.length >= 1, "the table has rows");
      return [{ type: table.type, shape: [...indices.shape, ...table.shape.slice(1)] }];
    },
    lower: (to, { names }) => [to.node("Gather", names, { attributes: { axis: { integer: 0 } } })],
    derive: ({ inputs: [table, indices], gradients: [g] }) => {
      const count = sizeOf(indices.shape);
      return [
        {
          indices: reshape(indices, [count]),
          rows: reshape(g as Tensor, [count, ...table.shape.slice(1)]),
        },
        undefined,
      ];
    },
  },
  // ScatterElements, as ScatterND loses additions to one place when it has several threads.
  scatterRows: {
    name: "scatterRows",
    shape: ([indices, rows], { rows: count }) => {
      mustBe(indices, "int32", "the indices");
      assert(rows.shape[0] === indices.shape[0], "there is an index for every row");
      return [{ type: "float32", shape: [count, ...rows.shape.slice(1)] }];
    },
    lower: (to, { names: [indices, rows], inputs, outputs }) => {
      const { shape } = inputs[1];
      const zeros = to.node("ConstantOfShape", [to.integers(outputs[0].shape)]);
      const column = to.node("Reshape", [
        indices,
        to.integers([shape[0], ...shape.slice(1).map(() => 1)]),
      ]);
      const places = to.node("Expand", [column, to.integers(shape)]);
      return [
        to.node("ScatterElements", [zeros, places, rows], {
          attributes: { axis: { integer: 0 }, reduction: { text: "add" } },
        }),
      ];
    },
    derive: ({ inputs: [indices], gradients: [g] }) => [
      undefined,
      gatherRows(g as Tensor, indices),
    ],
  },
  pick: {
    name: "pick",
    shape: ([x, indices]) => {
      const fits = indices.shape.length === 1 && x.shape.length === 2;
      assert(fits && indices.shape[0] === x.shape[0], "there is an index for every row");
      mustBe(indices, "int32", "the indices");
      return [{ type: x.type, shape: [x.shape[0]] }];
    },
    lower: (to, { names: [x, indices], inputs: [{ shape }] }) => {
      const rows = shape[0] < 0 ? -1 : shape[0];
      const column = to.node("Reshape", [indices, to.integers([rows, 1])]);
      const found = to.node("GatherElements", [x, column], {
        attributes: { axis: { integer: 1 } },
      });
      return [to.node("Reshape", [found, to.integers([rows])])];
    },
    derive: ({ inputs: [x, indices], gradients: [g] }) => {
      const [rows, columns] = x.shape;
      return [multiply(oneHot(indices, columns), reshape(g as Tensor, [rows, 1])), undefined];
    },
  },
  topK: {
    name: "topK",
    shape: ([x], { k }) => {
      const last = x.shape[x.shape.length - 1];
      assert(k >= 0 && k <= last, `${k} of ${shapeText(x.shape)} exist`);
      const shape = [...x.shape.slice(0, -1), k];
      return [
        { type: "float32", shape },
        { type: "int32", shape },
      ];
    },
    lower: (to, { names: [x], attributes: { k } }) => {
      const [values, places] = to.nodes("TopK", [x, to.integers([k])], { wanted: [true, true] });
      return [values, to.node("Cast", [places], { attributes: { to: { integer: 6 } } })];
    },
    derive: ({ inputs: [x], outputs: [, places], gradients: [g] }) => {
      if (g === undefined) return [undefined];
      const columns = x.shape[x.shape.length - 1];
      const rows = sizeOf(x.shape) / Math.max(1, columns);
      const [k] = places.shape.slice(-1);
      const starts = Int32Array.from({ length: rows }, (_, row) => row * columns);
      const flat = add(reshape(places, [rows, k]), constant(starts, [rows, 1]));
      const indices = reshape(flat, [rows * k]);
      const total = scatterRows({ indices, rows: reshape(g, [rows * k]) }, [rows * columns]);
      return [reshape(total, x.shape)];
    },
  },
  window: {
    name: "window",
    shape: ([pool, start], { shape }) => {
      assert(pool.shape.length === 1 && sizeOf(shape) <= pool.shape[0], "the window fits the pool");
      mustBe(start, "int32", "the start");
      return [{ type: pool.type, shape }];
    },
    lower: (to, { names: [pool, start], attributes: { shape } }) => {
      const from = to.node("Cast", [to.node("Reshape", [start, to.integers([1])])], {
        attributes: { to: { integer: 7 } },
      });
      const until = to.node("Add", [from, to.integers([sizeOf(shape)])]);
      const part = to.node("Slice", [pool, from, until, to.integers([0])]);
      return [to.node("Reshape", [part, to.integers(shape)])];
    },
    derive: "none",
  },
};

/**
 * Rows of a table. The gradient of a parameter stays rows. Indices outside the table stop the run.
 * @shape table [rows, ...], indices any, result [...indices, ...]
 */
export const gatherRows = (table: Tensor, indices: Tensor): Tensor =>
  applyOne(lookup.gatherRows, [table, indices], {});

/** Zeros of a shape, to which rows are added where the indices say. O(rows width). */
export const scatterRows = ({ indices, rows }: RowGradient, shape: Shape): Tensor =>
  applyOne(lookup.scatterRows, [indices, rows], { rows: shape[0] });

/** One value of each row. @shape x [rows, columns], indices [rows] within columns, result [rows] */
export const pick = (x: Tensor, indices: Tensor): Tensor => applyOne(lookup.pick, [x, indices], {});

export interface Largest {
  /** From the largest down. @shape [..., k] */
  readonly values: Tensor;
  /** Their places along the last axis; of equals the first first. @shape [..., k] */
  readonly places: Tensor;
}

/** The k largest along the last axis. */
export function topK(x: Tensor, k: number): Largest {
  const [values, places] = apply(lookup.topK, [x], { k });
  return { values, places };
}

/** A stretch of a pool from a place that is known when the graph runs. @shape pool [n], start [] */
export const windowOf = (pool: Tensor, start: Tensor, shape: Shape): Tensor =>
  applyOne(lookup.window, [pool, start], { shape });

/** 1 where the column is the index, else 0. @shape indices [rows], result [rows, columns] */
export function oneHot(indices: Tensor, columns: number): Tensor {
  const places = Int32Array.from({ length: columns }, (_, column) => column);
  const column = reshape(indices, [indices.shape[0], 1]);
  return cast(equal(column, constant(places, [1, columns])), "float32");
}
