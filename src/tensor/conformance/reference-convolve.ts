import type { ConvolveAttributes } from "../graph/primitives/convolve.ts";
import { type Shape, sizeOf, stridesOf } from "../graph/shape.ts";
import { places, type Rules, type Values } from "./reference-rule.ts";

const at4 = (shape: Shape, place: readonly number[]): number => {
  const strides = stridesOf(shape);
  return place.reduce((sum, index, axis) => sum + index * strides[axis], 0);
};

interface Steps {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

/** y[n, f, i, j] = sum over c, u, v of x[n, c, i stride + u dilation - padding, ...] w[f, c, u, v]. */
function everyTerm(
  x: Shape,
  w: Shape,
  y: Shape,
  { stride, dilation, padding }: Steps,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [, channels, tall, wide] = w;
  places(y, ([n, f, i, j], to) => {
    places([channels, tall, wide], ([c, u, v]) => {
      const row = i * stride + u * dilation - padding;
      const column = j * stride + v * dilation - padding;
      if (row < 0 || column < 0 || row >= x[2] || column >= x[3]) return;
      visit(at4(x, [n, c, row, column]), at4(w, [f, c, u, v]), to);
    });
  });
}

/** Places of a pool's values in the picture. */
const inPool = (y: readonly number[], [u, v]: readonly number[], size: number): number[] => [
  y[0],
  y[1],
  y[2] * size + u,
  y[3] * size + v,
];

function pooled(x: Shape, y: Shape, size: number, of: (values: number[]) => number, from: Values) {
  const out = new Float64Array(sizeOf(y));
  places(y, (place, at) => {
    const values: number[] = [];
    places([size, size], (inner) => values.push(from[at4(x, inPool(place, inner, size))]));
    out[at] = of(values);
  });
  return out;
}

export const convolveRules: Rules<keyof ConvolveAttributes> = {
  conv: ({ attributes: { stride, padding }, inputs: [x, w], outputs: [y], values: [from, by] }) => {
    const out = new Float64Array(sizeOf(y.shape));
    everyTerm(x.shape, w.shape, y.shape, { stride, dilation: 1, padding }, (a, b, to) => {
      out[to] += from[a] * by[b];
    });
    return [out];
  },
  convTranspose: ({ attributes: { stride, padding }, inputs: [g, w], outputs: [x], values }) => {
    const out = new Float64Array(sizeOf(x.shape));
    everyTerm(x.shape, w.shape, g.shape, { stride, dilation: 1, padding }, (to, b, a) => {
      out[to] += values[0][a] * values[1][b];
    });
    return [out];
  },
  convDilated: ({ attributes: { stride, padding }, inputs: [x, w], outputs: [y], values }) => {
    const out = new Float64Array(sizeOf(y.shape));
    const steps = { stride: 1, dilation: stride, padding };
    everyTerm(x.shape, w.shape, y.shape, steps, (a, b, to) => {
      out[to] += values[0][a] * values[1][b];
    });
    return [out];
  },
  maxPool: ({ attributes: { size }, inputs: [x], outputs: [y], values: [from] }) => [
    pooled(x.shape, y.shape, size, (values) => Math.max(...values), from),
  ],
  maxPoolSlope: ({ attributes: { size }, inputs: [x, y], values: [from, most, g] }) => {
    const out = new Float64Array(sizeOf(x.shape));
    places(x.shape, ([n, c, i, j], at) => {
      const pool = at4(y.shape, [n, c, Math.floor(i / size), Math.floor(j / size)]);
      out[at] = from[at] === most[pool] ? g[pool] : 0;
    });
    return [out];
  },
  averagePool: ({ attributes: { size }, inputs: [x], outputs: [y], values: [from] }) => [
    pooled(x.shape, y.shape, size, (all) => all.reduce((a, b) => a + b, 0) / all.length, from),
  ],
  averagePoolSlope: ({ attributes: { size }, inputs: [g], outputs: [x], values: [from] }) => {
    const out = new Float64Array(sizeOf(x.shape));
    places(x.shape, ([n, c, i, j], at) => {
      const pool = at4(g.shape, [n, c, Math.floor(i / size), Math.floor(j / size)]);
      out[at] = from[pool] / size ** 2;
    });
    return [out];
  },
};
