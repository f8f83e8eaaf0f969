import type { AttentionAttributes } from "../graph/primitives/attention.ts";
import type { LinearAttributes, ProductOptions } from "../graph/primitives/linear.ts";
import type { LookupAttributes } from "../graph/primitives/lookup.ts";
import type { NormaliseAttributes } from "../graph/primitives/normalise.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { places, type Rules, stretchedAt, type Values } from "./reference-rule.ts";

/** Row by row: products, norms, distributions, attention, lookups. */
const widthOf = (shape: Shape): number => shape[shape.length - 1];

/** For each row of the last axis. */
function rowsOf(shape: Shape, visit: (start: number, row: number) => void): void {
  const width = widthOf(shape);
  const rows = width === 0 ? 0 : sizeOf(shape) / width;
  for (let row = 0; row < rows; row++) visit(row * width, row);
}

/** alpha op(a) op(b), matrices of stretched batches. */
function product(
  [a, b]: readonly [Values, Values],
  [left, right]: readonly [Shape, Shape],
  out: Shape,
  { transposeA, transposeB, alpha }: ProductOptions,
): Values {
  const inner = left[left.length - (transposeA ? 2 : 1)];
  const found = new Float64Array(sizeOf(out));
  places(out, (place, at) => {
    const batch = place.slice(0, -2);
    const [row, column] = place.slice(-2);
    for (let k = 0; k < inner; k++) {
      const x = stretchedAt(left, [...batch, ...(transposeA ? [k, row] : [row, k])]);
      const y = stretchedAt(right, [...batch, ...(transposeB ? [column, k] : [k, column])]);
      found[at] += alpha * a[x] * b[y];
    }
  });
  return found;
}

function distribution(x: Values, shape: Shape): Values {
  const out = new Float64Array(x.length);
  rowsOf(shape, (start) => {
    const row = x.subarray(start, start + widthOf(shape));
    const most = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - most), 0);
    row.forEach((value, at) => {
      out[start + at] = Math.exp(value - most) / total;
    });
  });
  return out;
}

/** Mean (0 where it is not taken off) and 1 / deviation of each row, and the normal values. */
function normalised(x: Values, shape: Shape, epsilon: number, isCentred: boolean) {
  const width = widthOf(shape);
  const rows = x.length / width;
  const [mean, inverse] = [new Float64Array(rows), new Float64Array(rows)];
  const normal = new Float64Array(x.length);
  rowsOf(shape, (start, row) => {
    const own = x.subarray(start, start + width);
    mean[row] = isCentred ? own.reduce((sum, value) => sum + value, 0) / width : 0;
    const spread = own.reduce((sum, value) => sum + (value - mean[row]) ** 2, 0) / width;
    inverse[row] = 1 / Math.sqrt(spread + epsilon);
    own.forEach((value, at) => {
      normal[start + at] = (value - mean[row]) * inverse[row];
    });
  });
  return { mean, inverse, normal };
}

export const rowRules: Rules<
  | keyof LinearAttributes
  | keyof NormaliseAttributes
  | keyof AttentionAttributes
  | keyof LookupAttributes
> = {
  matmul: ({ attributes, inputs: [a, b], outputs: [y], values: [x, w] }) => [
    product([x, w], [a.shape, b.shape], y.shape, attributes),
  ],
  addProduct: ({ attributes, inputs: [c, a, b], outputs: [y], values: [total, x, w] }) => {
    const found = product([x, w], [a.shape, b.shape], y.shape, attributes);
    places(y.shape, (place, at) => {
      found[at] += total[stretchedAt(c.shape, place)];
    });
    return [found];
  },
  layerNorm: ({ attributes: { epsilon }, inputs: [x], values: [from, weight, bias] }) => {
    const { mean, inverse, normal } = normalised(from, x.shape, epsilon, true);
    const width = widthOf(x.shape);
    return [
      normal.map((value, at) => value * weight[at % width] + bias[at % width]),
      mean,
      inverse,
    ];
  },
  rmsNorm: ({ attributes: { epsilon }, inputs: [x], values: [from, weight] }) => {
    const { inverse, normal } = normalised(from, x.shape, epsilon, false);
    return [normal.map((value, at) => value * weight[at % widthOf(x.shape)]), inverse];
  },
  softmax: ({ inputs: [x], values: [from] }) => [distribution(from, x.shape)],
  logSoftmax: ({ inputs: [x], values: [from] }) => [distribution(from, x.shape).map(Math.log)],
  attention: ({ attributes: { alpha }, inputs, outputs: [y, w], values }) => {
    const [q, k, v, bias] = inputs;
    const how = { transposeA: false, transposeB: true, alpha };
    const scores = product([values[0], values[1]], [q.shape, k.shape], w.shape, how);
    places(w.shape, (place, at) => {
      if (bias !== undefined) scores[at] += values[3][stretchedAt(bias.shape, place)];
    });
    const weights = distribution(scores, w.shape);
    const plain = { transposeA: false, transposeB: false, alpha: 1 };
    return [product([weights, values[2]], [w.shape, v.shape], y.shape, plain), weights];
  },
  gatherRows: ({ inputs: [table], outputs: [y], values: [from, indices] }) => {
    const width = sizeOf(table.shape.slice(1));
    const out = new Float64Array(sizeOf(y.shape));
    indices.forEach((index, row) => {
      out.set(from.subarray(index * width, (index + 1) * width), row * width);
    });
    return [out];
  },
  scatterRows: ({ inputs: [, rows], outputs: [y], values: [indices, from] }) => {
    const width = sizeOf(rows.shape.slice(1));
    const out = new Float64Array(sizeOf(y.shape));
    from.forEach((value, at) => {
      out[indices[Math.floor(at / width)] * width + (at % width)] += value;
    });
    return [out];
  },
  pick: ({ inputs: [x], values: [from, indices] }) => [
    indices.map((index, row) => from[row * widthOf(x.shape) + index]),
  ],
  topK: ({ attributes: { k }, inputs: [x], outputs: [y], values: [from] }) => {
    const [values, found] = [new Float64Array(sizeOf(y.shape)), new Float64Array(sizeOf(y.shape))];
    rowsOf(x.shape, (start, row) => {
      const own = from.subarray(start, start + widthOf(x.shape));
      const order = [...own.keys()].sort((a, b) => own[b] - own[a] || a - b);
      order.slice(0, k).forEach((place, at) => {
        values[row * k + at] = own[place];
        found[row * k + at] = place;
      });
    });
    return [values, found];
  },
  window: ({ outputs: [y], values: [pool, [start]] }) => [
    pool.slice(start, start + sizeOf(y.shape)),
  ],
};
