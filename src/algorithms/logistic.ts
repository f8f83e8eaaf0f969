import { assert } from "../assert.ts";
import { factorInPlace, solveInPlace } from "./solvers/cholesky.ts";

/**
 * Logistic regression: the chance of yes as sigmoid(intercept + coefficients x), by Newton's method with
 * halved steps, so that the loss falls in every round. Columns are set to mean 0 and variance 1 while
 * it is fitted, and the ridge counts against coefficients of such columns; what is given back takes the
 * columns as they came. Sources: Nelder & Wedderburn 1972 (Newton as reweighted least squares); Hoerl &
 * Kennard 1970 (ridge).
 * Left out: lasso, several classes, sparse columns. Not for thousands of columns: O(columns^3) a round.
 */
export interface LogisticModel {
  readonly intercept: number;
  /** @shape [columns] */
  readonly coefficients: Float64Array;
}

export interface LogisticParams {
  readonly columns: number;
  /** Half of it times the squared coefficients is added to the summed loss; the intercept is free. */
  readonly ridge: number;
  readonly roundsMost: number;
}

/** Relative fall of the loss below which nothing more is to be gained. */
const FALL_LEAST = 1e-12;
const HALVINGS_MOST = 30;

/**
 * O(rounds rows columns^2). Labels may lie between 0 and 1; a weight says how many rows one stands for.
 * @shape x [rows, columns] row-major, labels [rows], weights [rows] or undefined for all alike
 */
export function fitLogistic(
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  params: LogisticParams,
): LogisticModel {
  const { columns, ridge, roundsMost } = params;
  const rows = labels.length;
  assert(x.length === rows * columns, "every label has a row of columns");
  const frame = standardised(x, rows, columns);
  const size = columns + 1;
  let beta = new Float64Array(size);
  let loss = penalisedLoss(frame.z, labels, weights, beta, ridge);
  for (let round = 0; round < roundsMost; round++) {
    const step = newtonStep(frame.z, labels, weights, beta, ridge);
    let next = moved(beta, step, 1);
    let reached = penalisedLoss(frame.z, labels, weights, next, ridge);
    for (let halving = 1; reached > loss && halving < HALVINGS_MOST; halving++) {
      next = moved(beta, step, 2 ** -halving);
      reached = penalisedLoss(frame.z, labels, weights, next, ridge);
    }
    if (!(reached < loss)) break;
    const fall = loss - reached;
    beta = next;
    loss = reached;
    if (fall <= FALL_LEAST * (1 + Math.abs(loss))) break;
  }
  return unscaled(beta, frame.means, frame.scales);
}

/** Log-odds of row `row`. O(columns). @shape x [rows, columns] row-major */
export function logisticLogit(
  { intercept, coefficients }: LogisticModel,
  x: ArrayLike<number>,
  row: number,
): number {
  const columns = coefficients.length;
  let sum = intercept;
  for (let c = 0; c < columns; c++) sum += coefficients[c] * x[row * columns + c];
  return sum;
}

export const sigmoid = (logit: number): number =>
  logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));

interface Standardised {
  /** With a first column of ones. @shape z [rows, 1 + columns] */
  readonly z: Float64Array;
  readonly means: Float64Array;
  readonly scales: Float64Array;
}

function standardised(x: ArrayLike<number>, rows: number, columns: number): Standardised {
  const means = new Float64Array(columns);
  const scales = new Float64Array(columns);
  const z = new Float64Array(rows * (columns + 1));
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += x[r * columns + c];
    const mean = rows === 0 ? 0 : sum / rows;
    let square = 0;
    for (let r = 0; r < rows; r++) square += (x[r * columns + c] - mean) ** 2;
    const deviation = rows === 0 ? 0 : Math.sqrt(square / rows);
    // A column that is all alike says nothing beside the intercept.
    means[c] = mean;
    scales[c] = deviation > 1e-12 * (1 + Math.abs(mean)) ? 1 / deviation : 0;
  }
  for (let r = 0; r < rows; r++) {
    const at = r * (columns + 1);
    z[at] = 1;
    for (let c = 0; c < columns; c++) z[at + 1 + c] = (x[r * columns + c] - means[c]) * scales[c];
  }
  return { z, means, scales };
}

function unscaled(beta: Float64Array, means: Float64Array, scales: Float64Array): LogisticModel {
  const coefficients = new Float64Array(means.length);
  let intercept = beta[0];
  for (let c = 0; c < means.length; c++) {
    coefficients[c] = beta[c + 1] * scales[c];
    intercept -= coefficients[c] * means[c];
  }
  return { intercept, coefficients };
}

function penalisedLoss(
  z: Float64Array,
  labels: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  beta: Float64Array,
  ridge: number,
): number {
  const size = beta.length;
  let loss = 0;
  for (let r = 0; r < labels.length; r++) {
    let logit = 0;
    for (let c = 0; c < size; c++) logit += z[r * size + c] * beta[c];
    const soft = Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)));
    loss += (weights === undefined ? 1 : weights[r]) * (soft - labels[r] * logit);
  }
  for (let c = 1; c < size; c++) loss += 0.5 * ridge * beta[c] ** 2;
  return loss;
}

/** Solves (Z' W Z + ridge) step = Z' (y - p) - ridge beta. */
function newtonStep(
  z: Float64Array,
  labels: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  beta: Float64Array,
  ridge: number,
): Float64Array {
  const size = beta.length;
  const hessian = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  for (let r = 0; r < labels.length; r++) {
    const at = r * size;
    let logit = 0;
    for (let c = 0; c < size; c++) logit += z[at + c] * beta[c];
    const p = sigmoid(logit);
    const weight = weights === undefined ? 1 : weights[r];
    const curve = weight * p * (1 - p);
    const slope = weight * (labels[r] - p);
    for (let c = 0; c < size; c++) {
      gradient[c] += slope * z[at + c];
      const part = curve * z[at + c];
      for (let d = 0; d <= c; d++) hessian[c * size + d] += part * z[at + d];
    }
  }
  for (let c = 0; c < size; c++) {
    if (c > 0) gradient[c] -= ridge * beta[c];
    // The last term keeps a column that is all alike, or certain, from dividing by nothing.
    hessian[c * size + c] += (c > 0 ? ridge : 0) + 1e-9;
  }
  factorInPlace(hessian, size);
  solveInPlace(hessian, gradient);
  return gradient;
}

function moved(
  beta: Float64Array<ArrayBuffer>,
  step: Float64Array,
  share: number,
): Float64Array<ArrayBuffer> {
  return beta.map((value, c) => value + share * step[c]);
}
