import { assert } from "../../assert.ts";
import { concat, reshape, slice, sum, sumAll } from "../graph/primitives/arrange.ts";
import {
  add,
  equal,
  log,
  maximum,
  multiply,
  scale,
  softplus,
  subtract,
  where,
} from "../graph/primitives/elementwise.ts";
import { withSlopes } from "../graph/primitives/given.ts";
import { accumulate, matmul } from "../graph/primitives/linear.ts";
import { gatherRows, oneHot, pick } from "../graph/primitives/lookup.ts";
import { softmax } from "../graph/primitives/normalise.ts";
import { scan } from "../graph/scan.ts";
import {
  constant,
  constantValue,
  filled,
  mustBe,
  mustHave,
  scalar,
  type Tensor,
} from "../graph/tensor.ts";

/**
 * Losses of choosing one of many. All are means over rows of weight times loss: (1 / rows) sum of
 * w_i l_i, so that parts of a batch add up whatever their weights. Derivatives are given in closed form
 * (probability minus truth), which spares the passes over the logits that general rules would make.
 */
export interface RowWeights {
  /** Weight of each row, 0 to leave it out; undefined weighs all 1. @shape [rows] */
  readonly weights: Tensor | undefined;
}

/** Smallest probability a loss is computed from: below, the logarithm of a float is infinite. */
const leastProbability = 1e-37;

/** -log p, row by row. @shape p [rows], result [rows] */
const surprise = (p: Tensor): Tensor => scale(log(maximum(p, scalar(leastProbability))), -1);

const weighted = (losses: Tensor, weights: Tensor | undefined, rows: number): Tensor =>
  scale(sumAll(weightedRows(losses, weights)), 1 / rows);

/**
 * What every row's slope is multiplied by: a number when it is the same for all, which products then
 * take along for nothing, else a column. @shape column [rows, 1]
 */
type Factor = { readonly number: number } | { readonly column: Tensor };

function factorOf(g: Tensor, weights: Tensor | undefined, rows: number): Factor {
  const share = 1 / rows;
  if (weights === undefined) {
    const known = constantValue(g);
    return known === undefined
      ? { column: reshape(scale(g, share), [1, 1]) }
      : { number: known * share };
  }
  return { column: scale(multiply(reshape(weights, [rows, 1]), reshape(g, [1, 1])), share) };
}

const times = (x: Tensor, factor: Factor): Tensor =>
  "number" in factor ? scale(x, factor.number) : multiply(x, factor.column);

function checkRows(x: Tensor, targets: Tensor, { weights }: RowWeights): number {
  const [rows] = x.shape;
  assert(rows > 0, "a loss is over one row or more");
  mustHave(targets, [rows], "the targets");
  mustBe(targets, "int32", "the targets");
  if (weights !== undefined) mustHave(weights, [rows], "the weights");
  return rows;
}

/** Cross-entropy of logits. @shape logits [rows, classes], targets [rows] within classes */
export function crossEntropy(logits: Tensor, targets: Tensor, options: RowWeights): Tensor {
  const rows = checkRows(logits, targets, options);
  const [, classes] = logits.shape;
  const p = softmax(logits);
  const value = weighted(surprise(pick(p, targets)), options.weights, rows);
  const saved = options.weights === undefined ? [p, targets] : [p, targets, options.weights];
  return withSlopes({
    value,
    wrt: [logits],
    saved,
    slopes: (g, _, [chances, truth, weights]) => [
      times(subtract(chances, oneHot(truth, classes)), factorOf(g, weights, rows)),
    ],
  });
}

export interface TiedSoftmaxOptions extends RowWeights {
  /** Rows at a time: the logits of no more rows than these exist at once. Divides the rows. */
  readonly chunk: number;
}

/**
 * Cross-entropy over a whole table: logits are x table', computed and used a chunk of rows at a time,
 * forward and backward in one go. With P the probabilities and f = w / rows:
 * dX = f (P E - E[t]), dE = P' (f X), and -f X at the rows t. O(rows items width).
 * @shape x [rows, width], table [items, width], targets [rows]
 */
export function tiedSoftmax(
  x: Tensor,
  table: Tensor,
  targets: Tensor,
  options: TiedSoftmaxOptions,
): Tensor {
  const rows = checkRows(x, targets, options);
  const { chunk } = options;
  assert(rows % chunk === 0, `chunks of ${chunk} divide ${rows} rows`);
  return chunk === rows
    ? tiedWhole(x, table, targets, options)
    : tiedInChunks(x, table, targets, options);
}

const given = (weights: Tensor | undefined): readonly Tensor[] =>
  weights === undefined ? [] : [weights];

function tiedWhole(x: Tensor, table: Tensor, targets: Tensor, { weights }: RowWeights): Tensor {
  const [rows] = x.shape;
  const p = softmax(matmul(x, table, { transposeB: true }));
  return withSlopes({
    value: weighted(surprise(pick(p, targets)), weights, rows),
    wrt: [x, table],
    saved: [p, targets, ...given(weights)],
    slopes: (g, [states, items], [chances, truth, of]) => {
      const factor = factorOf(g, of, rows);
      const alpha = "number" in factor ? factor.number : 1;
      const chosen = gatherRows(items, truth);
      const own = times(states, factor);
      const slope =
        "number" in factor
          ? subtract(matmul(chances, items, { alpha }), scale(chosen, alpha))
          : times(subtract(matmul(chances, items), chosen), factor);
      const pulled = matmul(chances, "number" in factor ? states : own, {
        transposeA: true,
        alpha,
      });
      return [slope, [pulled, { indices: truth, rows: scale(own, -1) }]];
    },
  });
}

function tiedInChunks(
  x: Tensor,
  table: Tensor,
  targets: Tensor,
  options: TiedSoftmaxOptions,
): Tensor {
  const { chunk, weights } = options;
  const [rows, width] = x.shape;
  const turns = rows / chunk;
  const alpha = 1 / rows;
  const slices = [
    reshape(x, [turns, chunk, width]),
    reshape(targets, [turns, chunk]),
    ...given(weights).map((one) => reshape(one, [turns, chunk])),
  ];
  const loop = scan({ states: [scalar(0), filled(table.shape, 0)], slices }, (totals, part) => {
    const [states, truth, of] = part;
    const p = softmax(matmul(states, table, { transposeB: true }));
    const column = of === undefined ? undefined : reshape(of, [chunk, 1]);
    const own = column === undefined ? states : multiply(states, column);
    const reached = subtract(matmul(p, table, { alpha }), scale(gatherRows(table, truth), alpha));
    return {
      states: [
        add(totals[0], sumAll(weightedRows(surprise(pick(p, truth)), of))),
        accumulate(totals[1], matmul(p, own, { transposeA: true, alpha })),
      ],
      outputs: [column === undefined ? reached : multiply(reached, column)],
    };
  });
  return withSlopes({
    value: scale(loop.states[0], alpha),
    wrt: [x, table],
    saved: [targets, loop.outputs[0], loop.states[1], ...given(weights)],
    slopes: (g, [states], [truth, reached, pulled, of]) => [
      byScalar(reshape(reached, [rows, width]), g),
      [
        byScalar(pulled, g),
        { indices: truth, rows: scale(times(states, factorOf(g, of, rows)), -1) },
      ],
    ],
  });
}

const weightedRows = (losses: Tensor, weights: Tensor | undefined): Tensor =>
  weights === undefined ? losses : multiply(losses, weights);

function byScalar(x: Tensor, g: Tensor): Tensor {
  const known = constantValue(g);
  return known === undefined ? multiply(x, g) : scale(x, known);
}

export interface SampledSoftmaxOptions extends RowWeights {
  /**
   * log of how often each item is drawn as a negative, taken off its logit; undefined corrects
   * nothing. Source: Bengio & Senecal 2008; the target's own too, as Yi et al. 2019. @shape [items]
   */
  readonly logQ: Tensor | undefined;
  /** A negative that is the target of a row is left out there. */
  readonly leavesHitsOut: boolean;
}

/** Far below any logit, and yet no infinity. */
const never = -1e9;

/**
 * Cross-entropy of the target among negatives that all rows share: as cheap as a small catalogue.
 * @shape x [rows, width], table [items, width], targets [rows], negatives [draws]
 */
export function sampledSoftmax(
  x: Tensor,
  table: Tensor,
  targets: Tensor,
  negatives: Tensor,
  options: SampledSoftmaxOptions,
): Tensor {
  const rows = checkRows(x, targets, options);
  const [draws] = negatives.shape;
  mustBe(negatives, "int32", "the negatives");
  const { logQ, leavesHitsOut } = options;
  const own = sum(multiply(x, gatherRows(table, targets)), [1], true);
  const others = matmul(x, gatherRows(table, negatives), { transposeB: true });
  const [right, wrong] =
    logQ === undefined
      ? [own, others]
      : [
          subtract(own, reshape(gatherRows(logQ, targets), [rows, 1])),
          subtract(others, reshape(gatherRows(logQ, negatives), [1, draws])),
        ];
  const isHit = equal(reshape(targets, [rows, 1]), reshape(negatives, [1, draws]));
  const left = leavesHitsOut ? where(isHit, scalar(never), wrong) : wrong;
  return firstOf(concat([right, left], 1), options);
}

/** Cross-entropy where the first class is always the true one. @shape logits [rows, classes] */
function firstOf(logits: Tensor, { weights }: RowWeights): Tensor {
  const [rows, classes] = logits.shape;
  const p = softmax(logits);
  const truth = new Float32Array(classes);
  truth[0] = 1;
  return withSlopes({
    value: weighted(surprise(reshape(slice(p, 1, 0, 1), [rows])), weights, rows),
    wrt: [logits],
    saved: [p, ...given(weights)],
    slopes: (g, _, [chances, of]) => [
      times(subtract(chances, constant(truth, [1, classes])), factorOf(g, of, rows)),
    ],
  });
}

/**
 * Binary cross-entropy of the positive against sampled negatives, calibrated as if all items had been
 * there: t = 0 leaves the overconfidence of sampling, 1 takes it away. Source: Petrov & Macdonald 2023.
 * @shape positive [rows, 1], negatives [rows, draws] logits
 */
export interface GbceOptions extends RowWeights {
  readonly items: number;
  /** @unit share 0..1 */
  readonly calibration: number;
}

export function gbce(positive: Tensor, negatives: Tensor, options: GbceOptions): Tensor {
  const [rows, draws] = negatives.shape;
  const { items, calibration, weights } = options;
  const rate = draws / (items - 1);
  const beta = rate * (calibration * (1 - 1 / rate) + 1 / rate);
  const losses = add(
    scale(softplus(scale(positive, -1)), beta),
    sum(softplus(negatives), [1], true),
  );
  return scale(weighted(reshape(losses, [rows]), weights, rows), 1 / (draws + 1));
}

/** -log of the chance that the positive ranks first. Source: Rendle et al. 2009. @shape both [rows] */
export const bpr = (positive: Tensor, negative: Tensor, { weights }: RowWeights): Tensor =>
  weighted(softplus(subtract(negative, positive)), weights, positive.shape[0]);
