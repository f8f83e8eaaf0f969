import type { Scope } from "../graph/network.ts";
import { mean, reshape } from "../graph/primitives/arrange.ts";
import {
  add,
  addScalar,
  divide,
  multiply,
  scale,
  sqrt,
  square,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { withSlopes } from "../graph/primitives/given.ts";
import * as rows from "../graph/primitives/normalise.ts";
import type { Shape } from "../graph/shape.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { ones, zeros } from "./initialisers.ts";

/** Added to a variance before its root is taken, as in PyTorch. */
const epsilon = 1e-5;

/** Source: Ba, Kiros & Hinton 2016. Parameters: scale, shift [width]. @shape x [..., width] */
export function layerNorm(scope: Scope, x: Tensor): Tensor {
  const shape = x.shape.slice(-1);
  const factor = scope.parameter("scale", shape, ones);
  return rows.layerNorm(x, factor, scope.parameter("shift", shape, zeros), epsilon);
}

/** Source: Zhang & Sennrich 2019. Parameter: scale [width]. @shape x [..., width] */
export const rmsNorm = (scope: Scope, x: Tensor): Tensor =>
  rows.rmsNorm(x, scope.parameter("scale", x.shape.slice(-1), ones), epsilon);

/** Of the statistics that service normalises by, a step keeps so much, as in PyTorch. */
const keep = 0.9;

/**
 * What was normalised by. In training these are measured in each step, and whoever trains keeps
 * averages of them, which service takes as the parameters mean and variance.
 * @shape mean, variance [channels]
 */
export interface Statistics {
  readonly mean: Tensor;
  /** Divided by the number of values, not by one less. */
  readonly variance: Tensor;
}

export interface Normalised extends Statistics {
  readonly y: Tensor;
}

/**
 * Each channel shifted to mean 0 and scaled to variance 1: over the batch and all places in training, by
 * known statistics in service. Source: Ioffe & Szegedy 2015. Parameters: scale, shift [channels]; in
 * service mean, variance [channels] too. O(size). Parts of a batch that go through in turns are
 * normalised each by itself. @shape x [batch, channels, ...], y as x
 */
export function batchNorm(scope: Scope, x: Tensor): Normalised {
  const channels = x.shape.slice(1, 2);
  const factor = scope.parameter("scale", channels, ones);
  const shift = scope.parameter("shift", channels, zeros);
  if (!scope.isTraining) {
    const { y, ...known } = standardised(scope, x);
    const [a, b] = [factor, shift].map((one) => reshape(one, alongChannels(x)));
    return { y: add(multiply(y, a), b), ...known };
  }
  const normalised = normaliseBatch(x);
  return { ...measured(scope, normalised, channels), y: affineNorm(x, factor, shift, normalised) };
}

/**
 * As `batchNorm`, without scale and shift. Parameters: in service mean, variance [channels].
 * @shape x [batch, channels, ...], y as x
 */
export function standardised(scope: Scope, x: Tensor): Normalised {
  const channels = x.shape.slice(1, 2);
  if (scope.isTraining) {
    const batch = normaliseBatch(x);
    return { ...measured(scope, batch, channels), y: batch.normal };
  }
  const known: Statistics = {
    mean: scope.parameter("mean", channels, zeros),
    variance: scope.parameter("variance", channels, ones),
  };
  const [centre, variance] = [known.mean, known.variance].map((one) =>
    reshape(one, alongChannels(x)),
  );
  return { ...known, y: divide(subtract(x, centre), sqrt(addScalar(variance, epsilon))) };
}

const alongChannels = ({ shape }: Tensor): Shape =>
  shape.map((length, axis) => (axis === 1 ? length : 1));
const allButChannels = ({ shape }: Tensor): number[] =>
  shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** Of a batch, kept in the shape that stretches to it. */
interface BatchValues {
  readonly centre: Tensor;
  readonly variance: Tensor;
  /** 1 / deviation. */
  readonly inverse: Tensor;
  readonly normal: Tensor;
}

function normaliseBatch(x: Tensor): BatchValues {
  const axes = allButChannels(x);
  const centre = mean(x, axes, true);
  const centred = subtract(x, centre);
  const variance = mean(square(centred), axes, true);
  const inverse = divide(scalar(1), sqrt(addScalar(variance, epsilon)));
  return { centre, variance, inverse, normal: multiply(centred, inverse) };
}

function measured(scope: Scope, batch: BatchValues, channels: Shape): Statistics {
  const mean = reshape(batch.centre, channels);
  const variance = reshape(batch.variance, channels);
  scope.measure("mean", mean, { initial: zeros, keep });
  scope.measure("variance", variance, { initial: ones, keep });
  return { mean, variance };
}

/** n scale + shift, of which the gradient along x is scale (g - mean g - n mean(g n)) / deviation. */
function affineNorm(x: Tensor, factor: Tensor, shift: Tensor, batch: BatchValues): Tensor {
  const { inverse, normal } = batch;
  const wide = alongChannels(x);
  const axes = allButChannels(x);
  return withSlopes({
    value: add(multiply(normal, reshape(factor, wide)), reshape(shift, wide)),
    wrt: [x, factor, shift],
    saved: [inverse, normal],
    slopes: (g, [, weight], [over, n]) => {
      const total = mean(g, axes, true);
      const along = mean(multiply(g, n), axes, true);
      const slope = subtract(subtract(g, total), multiply(n, along));
      const count = axes.reduce((product, axis) => product * g.shape[axis], 1);
      return [
        multiply(slope, multiply(reshape(weight, wide), over)),
        reshape(scale(along, count), weight.shape),
        reshape(scale(total, count), weight.shape),
      ];
    },
  });
}
