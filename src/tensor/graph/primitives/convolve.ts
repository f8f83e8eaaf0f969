import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { shapeText } from "../shape.ts";
import { applyOne, filled, type Tensor } from "../tensor.ts";
import { concat, pad, reshape, slice, transpose } from "./arrange.ts";
import { multiply, scale } from "./elementwise.ts";
import { matmul } from "./linear.ts";

/**
 * Convolutions and pooling of pictures, channels first. The gradient of a convolution is made of
 * convolutions: of the pictures the transposed one, of the filters one with batch and channels
 * exchanged and the stride as dilation. Source: Dumoulin & Visin 2016.
 * Left out: groups, pools that overlap (their gradients have no operator in the runtime).
 */
export interface ConvolveAttributes {
  conv: Window;
  convTranspose: Window & { readonly height: number; readonly width: number };
  convDilated: Window;
  maxPool: { readonly size: number };
  maxPoolSlope: { readonly size: number };
  averagePool: { readonly size: number };
  averagePoolSlope: { readonly size: number };
}

/** The same along both axes. */
export interface Window {
  readonly stride: number;
  readonly padding: number;
}

const pads = (padding: number) => ({ integers: [padding, padding, padding, padding] });
const twice = (value: number) => ({ integers: [value, value] });

/** Places of a window along an axis. */
const places = (length: number, size: number, { stride, padding }: Window): number =>
  Math.floor((length + 2 * padding - size) / stride) + 1;

const pooled = ([x]: readonly Tensor[], { size }: { readonly size: number }) => {
  const [batch, channels, height, width] = x.shape;
  const fits = height % size === 0 && width % size === 0;
  assert(fits, `pools of ${size} fill ${shapeText(x.shape)}`);
  return [{ type: "float32", shape: [batch, channels, height / size, width / size] } as const];
};

export const convolve: PrimitiveTable<ConvolveAttributes> = {
  conv: {
    name: "conv",
    shape: ([x, weight], window) => {
      const [batch, channels, height, width] = x.shape;
      const [filters, inner, tall, wide] = weight.shape;
      assert(channels === inner, `${shapeText(weight.shape)} filters ${shapeText(x.shape)}`);
      const shape = [batch, filters, places(height, tall, window), places(width, wide, window)];
      assert(shape[2] > 0 && shape[3] > 0, "the filter fits into the picture");
      return [{ type: "float32", shape }];
    },
    lower: (to, { names, attributes: { stride, padding } }) => [
      to.node("Conv", names, { attributes: { strides: twice(stride), pads: pads(padding) } }),
    ],
    derive: ({ inputs: [x, weight], attributes, gradients: [g], needs }) => {
      const [, , height, width] = x.shape;
      const back = { ...attributes, height, width };
      return [
        needs[0] ? applyOne(convolve.convTranspose, [g as Tensor, weight], back) : undefined,
        needs[1] ? filterSlope(x, weight, g as Tensor, attributes) : undefined,
      ];
    },
  },
  convTranspose: {
    name: "convTranspose",
    shape: ([g, weight], { height, width }) => [
      { type: "float32", shape: [g.shape[0], weight.shape[1], height, width] },
    ],
    lower: (to, { names, inputs: [g, weight], attributes }) => {
      const { stride, padding, height, width } = attributes;
      const rest = [height, width].map(
        (length, at) =>
          length - ((g.shape[2 + at] - 1) * stride + weight.shape[2 + at] - 2 * padding),
      );
      return [
        to.node("ConvTranspose", names, {
          attributes: {
            strides: twice(stride),
            pads: pads(padding),
            output_padding: { integers: rest },
          },
        }),
      ];
    },
    derive: ({ inputs: [g, weight], attributes, gradients: [h], needs }) => {
      const { stride, padding } = attributes;
      const window = { stride, padding };
      return [
        needs[0] ? applyOne(convolve.conv, [h as Tensor, weight], window) : undefined,
        needs[1] ? filterSlope(h as Tensor, weight, g, window) : undefined,
      ];
    },
  },
  // The stride is a dilation of the filter: what the gradient of the filters needs.
  convDilated: {
    name: "convDilated",
    shape: ([x, weight], { stride, padding }) => {
      const [batch, , height, width] = x.shape;
      const [filters, , tall, wide] = weight.shape;
      const reach = (size: number): number => (size - 1) * stride + 1;
      const across = (length: number, size: number): number =>
        length + 2 * padding - reach(size) + 1;
      return [
        {
          type: "float32",
          shape: [batch, filters, across(height, tall), across(width, wide)],
        },
      ];
    },
    lower: (to, { names, attributes: { stride, padding } }) => [
      to.node("Conv", names, { attributes: { dilations: twice(stride), pads: pads(padding) } }),
    ],
    derive: ({ inputs: [x, weight], attributes, gradients: [h], needs }) => {
      assert(attributes.stride === 1, "second derivatives are of convolutions of stride 1");
      const [, , height, width] = x.shape;
      const back = { ...attributes, height, width };
      return [
        needs[0] ? applyOne(convolve.convTranspose, [h as Tensor, weight], back) : undefined,
        needs[1] ? filterSlope(x, weight, h as Tensor, attributes) : undefined,
      ];
    },
  },
  maxPool: {
    name: "maxPool",
    shape: pooled,
    lower: (to, { names, attributes: { size } }) => [
      to.node("MaxPool", names, {
        attributes: { kernel_shape: twice(size), strides: twice(size) },
      }),
    ],
    derive: ({ inputs: [x], outputs: [y], attributes, gradients: [g] }) => [
      applyOne(convolve.maxPoolSlope, [x, y, g as Tensor], attributes),
    ],
  },
  maxPoolSlope: {
    name: "maxPoolSlope",
    shape: ([x]) => [x],
    lower: (to, { names: [x, y, g], inputs: [{ shape }], attributes: { size } }) => {
      if (to.target === "native") {
        const pool = { kernel_shape: twice(size), strides: twice(size) };
        const [, places] = to.nodes("MaxPool", [x], { attributes: pool, wanted: [true, true] });
        return [to.node("MaxUnpool", [g, places, to.integers(shape)], { attributes: pool })];
      }
      const [batch, channels, height, width] = shape;
      const whole = [batch, channels, height / size, size, width / size, size];
      const once = [batch, channels, height / size, 1, width / size, 1];
      const apart = (name: string, lengths: number[]): string =>
        to.node("Reshape", [name, to.integers(lengths)]);
      const isLargest = to.node("Equal", [apart(x, whole), apart(y, once)]);
      const spread = to.node("Where", [isLargest, apart(g, once), to.scalar(0)]);
      return [to.node("Reshape", [spread, to.integers(shape)])];
    },
    // Of each pool, what reaches its largest.
    derive: ({ inputs: [x, y, g], attributes, gradients: [h] }) => {
      const ones = filled(g.shape, 1);
      const isLargest = applyOne(convolve.maxPoolSlope, [x, y, ones], attributes);
      const mean = averagePool2d(multiply(h as Tensor, isLargest), attributes.size);
      return [undefined, undefined, scale(mean, attributes.size ** 2)];
    },
  },
  averagePool: {
    name: "averagePool",
    shape: pooled,
    lower: (to, { names, attributes: { size } }) => [
      to.node("AveragePool", names, {
        attributes: { kernel_shape: twice(size), strides: twice(size) },
      }),
    ],
    derive: ({ attributes, gradients: [g] }) => [
      applyOne(convolve.averagePoolSlope, [g as Tensor], attributes),
    ],
  },
  averagePoolSlope: {
    name: "averagePoolSlope",
    shape: ([g], { size }) => {
      const [batch, channels, height, width] = g.shape;
      return [{ type: "float32", shape: [batch, channels, height * size, width * size] }];
    },
    lower: (to, { names: [g], inputs: [{ shape }], attributes: { size } }) => {
      const [batch, channels, height, width] = shape;
      const once = to.integers([batch, channels, height, 1, width, 1]);
      const whole = to.integers([batch, channels, height, size, width, size]);
      const spread = to.node("Expand", [to.node("Reshape", [g, once]), whole]);
      const shaped = to.integers([batch, channels, height * size, width * size]);
      const share = to.scalar(1 / (size * size));
      return [to.node("Mul", [to.node("Reshape", [spread, shaped]), share])];
    },
    derive: ({ attributes: { size }, gradients: [h] }) => [averagePool2d(h as Tensor, size)],
  },
};

/** What the filters' gradient is: pictures filtered by gradients, batch and channels exchanged. */
function filterSlope(x: Tensor, weight: Tensor, g: Tensor, window: Window): Tensor {
  if (window.stride === 1) return filterProduct(x, weight, g, window.padding);
  const exchanged = [1, 0, 2, 3];
  const turned = [transpose(x, exchanged), transpose(g, exchanged)];
  const whole = applyOne(convolve.convDilated, turned, window);
  const [, , tall, wide] = weight.shape;
  return transpose(slice(slice(whole, 2, 0, tall), 3, 0, wide), exchanged);
}

/** @shape x [batch, channels, height, width], weight [filters, channels, tall, wide] */
export const conv2d = (x: Tensor, weight: Tensor, window: Window): Tensor =>
  applyOne(convolve.conv, [x, weight], window);

/** @shape x [batch, channels, length], weight [filters, channels, size] */
export function conv1d(x: Tensor, weight: Tensor, { stride, padding }: Window): Tensor {
  assert(stride === 1, "a convolution along one axis has stride 1");
  const [batch, channels, length] = x.shape;
  const [filters, inner, size] = weight.shape;
  const row = reshape(pad(x, 2, padding, padding), [batch, channels, 1, length + 2 * padding]);
  const y = conv2d(row, reshape(weight, [filters, inner, 1, size]), { stride, padding: 0 });
  return reshape(y, [batch, filters, y.shape[3]]);
}

/**
 * Pools side by side. Of equals in a pool the first gets the gradient, or on the portable target, which
 * cannot tell places, each.
 */
export const maxPool2d = (x: Tensor, size: number): Tensor =>
  applyOne(convolve.maxPool, [x], { size });

export const averagePool2d = (x: Tensor, size: number): Tensor =>
  applyOne(convolve.averagePool, [x], { size });

/**
 * The filters' gradient as one product over all places of all pictures: holds each picture once for each
 * place of a filter, so large pictures go through in turns.
 */
function filterProduct(x: Tensor, weight: Tensor, g: Tensor, padding: number): Tensor {
  const [filters, channels, tall, wide] = weight.shape;
  const [batch, , high, across] = g.shape;
  const places = batch * high * across;
  const padded = padding === 0 ? x : pad(pad(x, 2, padding, padding), 3, padding, padding);
  const turned = transpose(padded, [1, 0, 2, 3]);
  const shifted: Tensor[] = [];
  for (let i = 0; i < tall; i++) {
    const band = slice(turned, 2, i, i + high);
    for (let j = 0; j < wide; j++) {
      shifted.push(reshape(slice(band, 3, j, j + across), [channels, places]));
    }
  }
  const columns = concat(shifted, 0);
  const rows = reshape(transpose(g, [1, 0, 2, 3]), [filters, places]);
  const found = matmul(rows, columns, { transposeB: true });
  return transpose(reshape(found, [filters, tall, wide, channels]), [0, 3, 1, 2]);
}
