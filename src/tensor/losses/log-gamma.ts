import {
  add,
  addScalar,
  divide,
  log,
  multiply,
  square,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { logOnePlus } from "./exact-log.ts";

/**
 * The logarithm of the gamma function, of operations whose derivatives are known: Stirling's series
 * three places further on, and back by log gamma(x) = log gamma(x + 1) - log x. Five terms leave 1e-8 at
 * the least argument of the series, 3. Source: Abramowitz & Stegun 1964, 6.1.15 and 6.1.41.
 * Its derivative is the digamma function as accurately. For x > 0 alone.
 */
const shift = 3;

/** B_2k / (2k (2k - 1)), k = 1 .. 5. */
const terms = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];

/** What Stirling's formula is off by, a series in 1 / x. @unit x >= 3 */
function remainder(x: Tensor): Tensor {
  const inverse = divide(scalar(1), x);
  const small = square(inverse);
  const series = terms.reduceRight<Tensor | undefined>(
    (sum, term) => (sum === undefined ? scalar(term) : addScalar(multiply(sum, small), term)),
    undefined,
  );
  return multiply(series as Tensor, inverse);
}

/** Within 1e-6 of max(1, result) in float32. @shape x any, result as x @unit x > 0 */
export function logGamma(x: Tensor): Tensor {
  const far = addScalar(x, shift);
  const main = subtract(multiply(addScalar(far, -0.5), log(far)), far);
  const stirling = add(addScalar(main, 0.5 * Math.log(2 * Math.PI)), remainder(far));
  const back = add(log(x), add(log(addScalar(x, 1)), log(addScalar(x, 2))));
  return subtract(stirling, back);
}

/**
 * log gamma(x + n) - log gamma(x) - n log(x + 3) + log(1 + n / x), in which nothing large is taken from
 * something large: what is left of n equal factors once the largest parts are taken off, which whoever
 * asks can add in a form that suits. @shape x and n stretched to one another @unit x > 0, n >= 0
 */
export function risingRest(x: Tensor, n: Tensor): Tensor {
  const far = addScalar(x, shift);
  const growth = logOnePlus(divide(n, far));
  const main = subtract(multiply(addScalar(add(far, n), -0.5), growth), n);
  const series = subtract(remainder(add(far, n)), remainder(far));
  const steps = [1, 2].map((step) => logOnePlus(divide(n, addScalar(x, step))));
  return subtract(add(main, series), add(steps[0], steps[1]));
}

/** log(whole / (x + 3)): what `risingRest` leaves to add, n times. @shape result as both */
export const logShare = (whole: Tensor, x: Tensor): Tensor =>
  log(divide(whole, addScalar(x, shift)));
