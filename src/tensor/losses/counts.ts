import { assert } from "../../assert.ts";
import {
  add,
  addScalar,
  exp,
  greater,
  log,
  multiply,
  scale,
  subtract,
  where,
} from "../graph/primitives/elementwise.ts";
import { mustHave, scalar, type Tensor } from "../graph/tensor.ts";
import { exactSoftplus } from "./exact-log.ts";
import { logGamma, logShare, risingRest } from "./log-gamma.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

/** Losses of what is counted or added up, and never negative. All means are exponentials. */
export interface TweedieOptions extends RowWeights {
  /** 1 is Poisson's, 2 gamma's; between, sums with some exact zeros. @unit 1..2 */
  readonly power: number;
}

/**
 * Deviance without its constants, of mean exp(z): exp((2 - p) z) / (2 - p) - y exp((1 - p) z) / (1 - p).
 * Its limits are exp(z) - y z at p = 1 and z + y exp(-z) at p = 2. Source: Jorgensen 1987.
 * @shape logMean and targets [rows, ...] @unit targets >= 0, above 0 at p = 2
 */
export function tweedie(logMean: Tensor, targets: Tensor, options: TweedieOptions): Tensor {
  const { power, weights } = options;
  assert(power >= 1 && power <= 2, "a power is from 1 to 2");
  mustHave(targets, logMean.shape, "the targets");
  const share = (factor: number): Tensor =>
    factor === 0 ? logMean : scale(exp(scale(logMean, factor)), 1 / factor);
  return weightedMean(subtract(share(2 - power), multiply(targets, share(1 - power))), weights);
}

/**
 * -log of the chance of a count y with mean m and variance m + m^2 / r: counts that come in bursts, where
 * large r is Poisson's. The dispersion r may be learned, for each row or one for all.
 * With d = log m - log r: r log(1 + e^d) + y (log(r + m) - log m) - log gamma(y + r) + log gamma(r) +
 * log gamma(y + 1), large parts taken from each other before they are computed. Source: Lawless 1987.
 * @shape logMean and targets [rows, ...], logDispersion stretched to them @unit targets >= 0
 */
export function negativeBinomial(
  logMean: Tensor,
  logDispersion: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  mustHave(targets, logMean.shape, "the targets");
  const dispersion = exp(logDispersion);
  const whole = add(dispersion, exp(logMean));
  const spread = multiply(dispersion, exactSoftplus(subtract(logMean, logDispersion)));
  const perCount = multiply(targets, subtract(logShare(whole, dispersion), logMean));
  const known = logGamma(addScalar(targets, 1));
  const first = firstStep(targets, logDispersion);
  const rest = subtract(first, risingRest(dispersion, targets));
  return weightedMean(add(add(spread, perCount), add(rest, known)), weights);
}

/** log(1 + y / r), 0 where y is. */
function firstStep(targets: Tensor, logDispersion: Tensor): Tensor {
  const isSome = greater(targets, scalar(0));
  const logTargets = log(where(isSome, targets, scalar(1)));
  return where(isSome, exactSoftplus(subtract(logTargets, logDispersion)), scalar(0));
}
