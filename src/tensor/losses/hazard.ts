import { reshape, sum } from "../graph/primitives/arrange.ts";
import {
  cast,
  equal,
  greater,
  multiply,
  not,
  softplus,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { constant, mustBe, mustHave, type Tensor } from "../graph/tensor.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

export interface Departures {
  /** The interval in which a row leaves, counted from 0. @shape [rows] of int32 */
  readonly times: Tensor;
  /** 1 if by the event, 0 if it was only seen until the end of that interval. @shape [rows] of int32 */
  readonly events: Tensor;
}

/**
 * -log of the chance of when something happened, or of its not having happened yet: each interval is a
 * yes or no for those still there, with hazard sigmoid(z_k). The sum over k <= time of softplus(z_k), less
 * z_time where the event came. Source: Singer & Willett 1993; Gensheimer & Narasimhan 2019.
 * @shape logits [rows, intervals]
 */
export function discreteHazard(
  logits: Tensor,
  { times, events }: Departures,
  { weights }: RowWeights,
): Tensor {
  const [rows, intervals] = logits.shape;
  for (const one of [times, events]) {
    mustHave(one, [rows], "times and events");
    mustBe(one, "int32", "times and events");
  }
  const places = Int32Array.from({ length: intervals }, (_, k) => k);
  const interval = constant(places, [1, intervals]);
  const time = reshape(times, [rows, 1]);
  const isThere = cast(not(greater(interval, time)), "float32");
  const isLast = cast(equal(interval, time), "float32");
  const happened = multiply(isLast, cast(reshape(events, [rows, 1]), "float32"));
  const losses = subtract(multiply(softplus(logits), isThere), multiply(logits, happened));
  return weightedMean(sum(losses, [1], false), weights);
}
