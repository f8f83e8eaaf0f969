import { concat, reshape, sum } from "../../../tensor/graph/primitives/arrange.ts";
import { divide, multiply, relu } from "../../../tensor/graph/primitives/elementwise.ts";
import { matmul } from "../../../tensor/graph/primitives/linear.ts";
import { constant, type Tensor } from "../../../tensor/graph/tensor.ts";
import { linear, mlp } from "../../../tensor/layers/linear.ts";
import { layerNorm } from "../../../tensor/layers/norm.ts";
import { seesSegment } from "../../../tensor/layers/visibility.ts";
import type { Body } from "./body.ts";

/**
 * The history as one vector, then two hidden layers: the simplest network that can be right. The vector
 * is the last action beside means of all actions, in which an action weighs half as much for every so
 * many that came after it. It knows what was done and roughly when, and no order beyond that.
 * Sources: Covington et al. 2016 (bag of the history into a perceptron), with the decay of popularity.
 * No use for `heads`, distances and `blocks`.
 * O(rows length (length + hidden) (width + hidden)).
 * @shape x [rows, length, width], result as x
 */
export const perceptron: Body = (scope, x, { width, length, hidden, dropout }, { segments }) => {
  const [rows = 0] = x.shape;
  const own = reshape(seesSegment(segments), [rows, length, length]);
  const bags = HALF_LIVES.map((halfLife) => bag(x, multiply(own, decay(length, halfLife))));
  const behaviour = layerNorm(scope.child("behaviour"), concat([x, ...bags], 2));
  const widths = [hidden, hidden];
  const deep = mlp(scope, behaviour, { widths, activation: relu, dropout, name: "deep" });
  return linear(scope.child("output"), deep, { width });
};

/** @unit actions */
const HALF_LIVES = [1, 4, 16] as const;

/** Weights of what came before: 1/2 after each half-life, 0 for what comes. @shape result [length, length] */
function decay(length: number, halfLife: number): Tensor {
  const weights = new Float32Array(length * length);
  for (let place = 0; place < length; place++) {
    for (let seen = 0; seen <= place; seen++) {
      weights[place * length + seen] = 0.5 ** ((place - seen) / halfLife);
    }
  }
  return constant(weights, [length, length]);
}

/** @shape x [rows, length, width], weights [rows, length, length] */
const bag = (x: Tensor, weights: Tensor): Tensor =>
  divide(matmul(weights, x), sum(weights, [2], true));
