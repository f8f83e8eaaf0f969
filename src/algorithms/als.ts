import { assert } from "../assert.ts";
import {
  type Arena,
  arenaBytes,
  arenaBytesMost,
  type Kernels,
  openArena,
} from "../tensor/kernels/arena.ts";
import type { Matmul } from "../tensor/matmul.ts";
import type { Random } from "../tensor/random.ts";
import { type Csr, rowsByTokens, transpose } from "./csr.ts";
import { type Attention, attentionTo } from "./neighbours.ts";
import type { History, Sequences } from "./sequences.ts";
import { factorInPlace, solveInPlace } from "./solvers/cholesky.ts";
import type { TopK } from "./top-k.ts";
import {
  type InvertedLists,
  openSearchedTable,
  type SearchedTable,
} from "./vectors/inverted-lists.ts";

/**
 * Implicit matrix factorisation: rows and tokens get vectors whose product is 1 where a row has
 * the token and leans to 0 elsewhere. Minimises the sum over entries of c (1 - <w, h>)^2, plus
 * `unobserved` times the sum over all pairs of <w, h>^2, plus a penalty that grows with how often
 * a row or token occurs. Each half of an iteration solves all rows (or tokens) with the other side
 * fixed, by a few steps of conjugate gradients from where they were; the dense half of each step
 * is one matrix product for a block of rows, the sparse half a SIMD kernel.
 * Sources: Hu, Koren & Volinsky 2008; Takács, Pilászy & Tikk 2011 (conjugate gradients); Rendle et
 * al. 2022 (the unobserved weight and the scaled penalty, which make it competitive).
 * Left out: biases, side information. Sees no order; for next-token questions it is a weak source.
 */
export interface AlsParams {
  /** @unit a multiple of 8 */
  readonly factors: number;
  readonly iterations: number;
  /** Weight of a pair that did not occur; one that did counts its weight (a plain action 1). */
  readonly unobserved: number;
  readonly regularisation: number;
  /** Power of the frequency in the penalty: 0 = the same for all, 1 = by observations. @unit 0..1 */
  readonly frequencyPower: number;
  /** Steps of conjugate gradients for each solve. */
  readonly steps: number;
  readonly attention: Attention;
}

/** Tuned on the validation item of movielens-1m and amazon-beauty. */
export const defaultAls: AlsParams = {
  factors: 64,
  iterations: 8,
  unobserved: 0.1,
  regularisation: 0.003,
  frequencyPower: 1,
  steps: 3,
  attention: { places: 100, power: 0.5, halfLifeMs: Number.POSITIVE_INFINITY },
};

export interface AlsModel {
  readonly params: AlsParams;
  readonly vocabulary: number;
  /** @shape [vocabulary, factors] */
  readonly tokens: Float32Array;
  /** unobserved times tokens' tokens. @shape [factors, factors] */
  readonly gram: Float32Array;
  /** Of the tokens, where only some are looked at to find the best. */
  readonly lists?: InvertedLists | undefined;
}

/** Rows solved together. */
const block = 512;

interface Side {
  /** This side's vectors. @shape [count, factors] */
  readonly vectors: Float32Array;
  /** What it occurred with. */
  readonly entries: Csr;
}

/**
 * O(iterations steps (entries factors + (rows + vocabulary) factors^2)); memory
 * O((rows + vocabulary) factors + entries).
 */
export async function fitAls(
  sequences: Sequences,
  params: AlsParams,
  random: Random,
  matmul: Matmul,
): Promise<AlsModel> {
  assert(params.factors > 0, "there is at least one factor");
  assert(params.factors % 8 === 0, "factors is a multiple of 8");
  const entries = rowsByTokens(sequences);
  const arena = arenaFor(entries, params.factors);
  const rows = sideOf(arena, entries, params, random.split("rows"));
  const tokens = sideOf(arena, transpose(entries), params, random.split("tokens"));
  const scratch = createScratch(arena, params.factors);
  for (let iteration = 0; iteration < params.iterations; iteration++) {
    await solveSide(rows, tokens.vectors, params, scratch, matmul);
    await solveSide(tokens, rows.vectors, params, scratch, matmul);
  }
  const gram = await gramOf(tokens.vectors, params, matmul);
  return { params, vocabulary: entries.width, tokens: tokens.vectors.slice(), gram };
}

function arenaFor({ rows, width, columns }: Csr, factors: number): Arena {
  const n = columns.length;
  const blocks = new Array<number>(3).fill(block * factors);
  return openArena({
    bytes: arenaBytes([rows * factors, width * factors, n, n, n, n, ...blocks]),
    bytesMost: arenaBytesMost,
    purpose: "matrix factorisation",
    remedy: "fewer factors take less",
  });
}

/** Both in the arena: the entries as they are, the vectors drawn small. */
function sideOf(arena: Arena, entries: Csr, params: AlsParams, random: Random): Side {
  const vectors = arena.floats(entries.rows * params.factors);
  const deviation = 0.1 / Math.sqrt(params.factors);
  for (let i = 0; i < vectors.length; i++) vectors[i] = deviation * random.normal();
  const columns = arena.integers(entries.columns.length);
  const values = arena.floats(entries.values.length);
  columns.set(entries.columns);
  values.set(entries.values);
  return { vectors, entries: { ...entries, columns, values } };
}

/** unobserved times V'V. @shape vectors [n, factors], result [factors, factors] */
async function gramOf(
  vectors: Float32Array,
  params: AlsParams,
  matmul: Matmul,
): Promise<Float32Array> {
  const f = params.factors;
  const gram = new Float32Array(f * f);
  const k = vectors.length / f;
  if (k === 0) return gram;
  const form = { m: f, n: f, k, transposeA: true, transposeB: false };
  await matmul.multiplyInto(gram, vectors, vectors, { ...form, alpha: 1, beta: 0 });
  for (let i = 0; i < gram.length; i++) gram[i] *= params.unobserved;
  return gram;
}

async function solveSide(
  side: Side,
  other: Float32Array,
  params: AlsParams,
  scratch: Scratch,
  matmul: Matmul,
): Promise<void> {
  const gram = await gramOf(other, params, matmul);
  const count = side.entries.rows;
  for (let start = 0; start < count; start += block) {
    const height = Math.min(block, count - start);
    await solveBlock(side, start, height, other, gram, params, scratch, matmul);
  }
}

interface Scratch {
  readonly kernels: Kernels;
  readonly product: Float32Array;
  readonly residual: Float32Array;
  readonly direction: Float32Array;
  readonly energy: Float64Array;
}

const createScratch = (arena: Arena, factors: number): Scratch => ({
  kernels: arena.kernels,
  product: arena.floats(block * factors),
  residual: arena.floats(block * factors),
  direction: arena.floats(block * factors),
  energy: new Float64Array(block),
});

/** Conjugate gradients on `height` rows at once; each row has its own system and step sizes. */
async function solveBlock(
  side: Side,
  start: number,
  height: number,
  other: Float32Array,
  gram: Float32Array,
  params: AlsParams,
  scratch: Scratch,
  matmul: Matmul,
): Promise<void> {
  const f = params.factors;
  const { entries } = side;
  const solution = side.vectors.subarray(start * f, (start + height) * f);
  const product = scratch.product.subarray(0, height * f);
  const direction = scratch.direction.subarray(0, height * f);
  const shape = { m: height, n: f, k: f, transposeA: false, transposeB: false };
  const form = { ...shape, alpha: 1, beta: 0 } as const;
  const penalties = penaltiesOf(entries, start, height, params, other.length / f);
  const run = { columns: entries.columns, values: entries.values, from: 0, to: 0, table: other };
  const errors = { ...run, width: f, constant: 1, slope: -1 };
  const curvature = { ...run, width: f, constant: 0, slope: 1 };
  await matmul.multiplyInto(product, solution, gram, form);
  for (let r = 0; r < height; r++) {
    errors.from = entries.offsets[start + r];
    errors.to = entries.offsets[start + r + 1];
    startRow(r, solution, penalties[r], errors, scratch);
  }
  for (let step = 0; step < params.steps; step++) {
    await matmul.multiplyInto(product, direction, gram, form);
    for (let r = 0; r < height; r++) {
      curvature.from = entries.offsets[start + r];
      curvature.to = entries.offsets[start + r + 1];
      stepRow(r, solution, penalties[r], curvature, scratch);
    }
  }
}

/** A run of entries of a sparse row, by the places `from` .. `to` - 1. */
interface Projections {
  readonly columns: Int32Array;
  readonly values: Float32Array;
  from: number;
  to: number;
  readonly table: Float32Array;
  readonly width: number;
  readonly constant: number;
  readonly slope: number;
}

/**
 * out += sum over the run of values[i] (constant + slope <x, v>) v, with v = table row columns[i]; all
 * in one arena. O(entries width). @shape x and out: `width` numbers from `at` on
 */
function addProjections(
  kernels: Kernels,
  out: Float32Array,
  at: number,
  x: Float32Array,
  { columns, values, from, to, table, width, constant, slope }: Projections,
): void {
  const [entries, weights] = [columns.byteOffset + 4 * from, values.byteOffset + 4 * from];
  const [left, right] = [x.byteOffset + 4 * at, out.byteOffset + 4 * at];
  const rows = table.byteOffset;
  kernels.project(entries, weights, to - from, rows, width, left, right, constant, slope);
}

/** residual = b - A x, direction = residual; `product` holds G x on entry. */
function startRow(
  row: number,
  solution: Float32Array,
  penalty: number,
  errors: Projections,
  scratch: Scratch,
): void {
  const f = errors.width;
  const { kernels, product, residual, direction } = scratch;
  const base = row * f;
  for (let i = base; i < base + f; i++) residual[i] = -product[i] - penalty * solution[i];
  addProjections(kernels, residual, base, solution, errors);
  for (let i = base; i < base + f; i++) direction[i] = residual[i];
  scratch.energy[row] = dot(residual, residual, base, f);
}

/** One step of conjugate gradients; `product` holds G p on entry. */
function stepRow(
  row: number,
  solution: Float32Array,
  penalty: number,
  curvature: Projections,
  scratch: Scratch,
): void {
  const f = curvature.width;
  const { kernels, product, residual, direction, energy } = scratch;
  const base = row * f;
  if (energy[row] < 1e-20) return;
  for (let i = base; i < base + f; i++) product[i] += penalty * direction[i];
  addProjections(kernels, product, base, direction, curvature);
  const length = energy[row] / dot(direction, product, base, f);
  let left = 0;
  for (let i = base; i < base + f; i++) {
    solution[i] += length * direction[i];
    residual[i] -= length * product[i];
    left += residual[i] * residual[i];
  }
  const ratio = left / energy[row];
  for (let i = base; i < base + f; i++) direction[i] = residual[i] + ratio * direction[i];
  energy[row] = left;
}

/** Penalty of each row of a block. @shape result [height] */
function penaltiesOf(
  entries: Csr,
  start: number,
  height: number,
  params: AlsParams,
  others: number,
): Float64Array {
  return Float64Array.from({ length: height }, (_, r) => {
    const observed = entries.offsets[start + r + 1] - entries.offsets[start + r];
    const frequency = (observed + params.unobserved * others) ** params.frequencyPower;
    return params.regularisation * frequency;
  });
}

function dot(a: Float32Array, b: Float32Array, at: number, n: number): number {
  let sum = 0;
  for (let i = at; i < at + n; i++) sum += a[i] * b[i];
  return sum;
}

/** Working memory of one thread that asks; remembers the history it was last asked with. */
export interface AlsScratch {
  history: History | undefined;
  /** Attention to each place of the question; grows with the longest. @shape [places or more] */
  weights: Float64Array;
  /** L of A = L L', A the system of the history; lower triangle by rows. @shape [factors, factors] */
  readonly lower: Float64Array;
  readonly solution: Float64Array;
  /** The history folded in, and whose vector it is. */
  readonly vector: Float32Array;
  folded: History | undefined;
  /** The model's tokens: as they are up to `floatsMost` of them, in 8 bits beyond. */
  readonly table: SearchedTable | undefined;
}

const floatsMost = 4_000;

/** O(vocabulary factors) time and memory: it has a copy of the tokens. */
export function createAlsScratch({ params, vocabulary, tokens, lists }: AlsModel): AlsScratch {
  const { factors } = params;
  const precision = vocabulary <= floatsMost ? "float32" : "int8";
  const size = { rows: vocabulary, width: factors, bytesMost: arenaBytesMost, lists };
  return {
    history: undefined,
    weights: new Float64Array(64),
    lower: new Float64Array(factors ** 2),
    solution: new Float64Array(factors),
    vector: new Float32Array(factors),
    folded: undefined,
    table: vocabulary === 0 ? undefined : openSearchedTable(tokens, { ...size, precision }),
  };
}

/**
 * Folds the history in (solves for its vector with the tokens fixed) and multiplies.
 * O(places factors^2 + factors^3 + vocabulary factors); no allocation. @shape out [vocabulary]
 */
export function scoreAlsInto(
  model: AlsModel,
  scratch: AlsScratch,
  history: History,
  out: Float32Array,
): void {
  foldIn(model, scratch, history);
  scratch.table?.scoreInto(scratch.vector, out);
}

/** The best tokens, as far as the model's lists find them; how many. Else as `scoreAlsInto`. */
export function bestOfAlsInto(
  model: AlsModel,
  scratch: AlsScratch,
  history: History,
  top: TopK,
): number {
  foldIn(model, scratch, history);
  return scratch.table?.bestInto(scratch.vector, top) ?? 0;
}

/** The scores of some tokens. O(places factors^2 + factors^3 + asked factors). @shape result [asked] */
export function alsScoresOf(
  model: AlsModel,
  scratch: AlsScratch,
  history: History,
  asked: Int32Array,
): Float32Array {
  foldIn(model, scratch, history);
  return scratch.table?.scoresOf(scratch.vector, asked) ?? new Float32Array(asked.length);
}

/** Leaves the vector of the history in the scratch, unless it is there. */
function foldIn(model: AlsModel, scratch: AlsScratch, history: History): void {
  if (scratch.folded === history) return;
  scratch.folded = history;
  const f = model.params.factors;
  factorise(model, scratch, history);
  scratch.solution.fill(0);
  for (let place = 0; place < history.tokens.length; place++) {
    const weight = scratch.weights[place];
    const from = history.tokens[place] * f;
    for (let i = 0; i < f; i++) scratch.solution[i] += weight * model.tokens[from + i];
  }
  solveInPlace(scratch.lower, scratch.solution);
  scratch.vector.set(scratch.solution);
}

/**
 * What each place adds to the score of `token`; they sum to it: the score is h' A^-1 b and b is a
 * sum over places. O(factors^2 + places factors) after a score of the same history.
 * @shape result [places]
 */
export function explainAls(
  model: AlsModel,
  scratch: AlsScratch,
  history: History,
  token: number,
): Float64Array {
  const f = model.params.factors;
  factorise(model, scratch, history);
  for (let i = 0; i < f; i++) scratch.solution[i] = model.tokens[token * f + i];
  solveInPlace(scratch.lower, scratch.solution);
  const parts = new Float64Array(history.tokens.length);
  for (let place = 0; place < parts.length; place++) {
    const from = history.tokens[place] * f;
    let sum = 0;
    for (let i = 0; i < f; i++) sum += scratch.solution[i] * model.tokens[from + i];
    parts[place] = scratch.weights[place] * sum;
  }
  return parts;
}

/** A = G + sum of c h h' + penalty, as L L'. A history asked about again is not factorised again. */
function factorise(model: AlsModel, scratch: AlsScratch, history: History): void {
  if (scratch.history === history) return;
  scratch.history = history;
  const { params, tokens, gram } = model;
  const { lower } = scratch;
  const f = params.factors;
  weighPlaces(model, scratch, history);
  const reach = history.tokens.length + params.unobserved * model.vocabulary;
  const penalty = params.regularisation * reach ** params.frequencyPower;
  lower.set(gram);
  for (let i = 0; i < f; i++) lower[i * f + i] += penalty;
  addOuters(lower, tokens, history.tokens, scratch.weights, f);
  factorInPlace(lower, f);
}

function weighPlaces(model: AlsModel, scratch: AlsScratch, history: History): void {
  const places = history.tokens.length;
  if (scratch.weights.length < places) scratch.weights = new Float64Array(2 * places);
  for (let place = 0; place < places; place++) {
    scratch.weights[place] = attentionTo(history, place, model.params.attention);
  }
}

/**
 * Lower triangle += sum of weight h h', four places in one walk over the matrix. O(places n^2).
 * @shape matrix [n, n], h = values[token n .. token n + n - 1]
 */
function addOuters(
  matrix: Float64Array,
  values: Float32Array,
  tokens: Int32Array,
  weights: Float64Array,
  n: number,
): void {
  const fours = tokens.length & ~3;
  for (let place = 0; place < fours; place += 4) {
    addFour(matrix, values, tokens, weights, n, place);
  }
  for (let place = fours; place < tokens.length; place++) {
    const at = tokens[place] * n;
    for (let i = 0; i < n; i++) {
      const scaled = weights[place] * values[at + i];
      for (let j = 0; j <= i; j++) matrix[i * n + j] += scaled * values[at + j];
    }
  }
}

function addFour(
  matrix: Float64Array,
  values: Float32Array,
  tokens: Int32Array,
  weights: Float64Array,
  n: number,
  place: number,
): void {
  const a = tokens[place] * n;
  const b = tokens[place + 1] * n;
  const c = tokens[place + 2] * n;
  const d = tokens[place + 3] * n;
  for (let i = 0; i < n; i++) {
    const scaledA = weights[place] * values[a + i];
    const scaledB = weights[place + 1] * values[b + i];
    const scaledC = weights[place + 2] * values[c + i];
    const scaledD = weights[place + 3] * values[d + i];
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const two = matrix[row + j] + scaledA * values[a + j] + scaledB * values[b + j];
      matrix[row + j] = two + scaledC * values[c + j] + scaledD * values[d + j];
    }
  }
}
