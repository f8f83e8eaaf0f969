import { assert } from "../assert.ts";
import type { Random } from "../tensor/random.ts";
import { type Binned, binned, MISSING_BIN } from "./boosted-trees-bins.ts";
import { sigmoid } from "./logistic.ts";

/**
 * Gradient-boosted trees: each tree is fitted to what the trees before it got wrong, by slope and
 * curvature of the loss. Columns are cut into at most 254 bins beforehand, so a split is found in sums
 * over bins; of two children one is summed and the other is the difference. A leaf is
 * -G / (H + ridge), a split gains 1/2 (G_l^2 / (H_l + ridge) + G_r^2 / (H_r + ridge) - G^2 / (H + ridge)).
 * What is missing (NaN) goes to the side that gains more. Sources: Friedman 2001; Chen & Guestrin 2016
 * (second order, missing values); Ke et al. 2017 (histograms, their difference).
 * Left out: categories as sets (give them as columns), several classes, leaf-wise growth.
 */
export interface BoostedTrees {
  readonly loss: "logistic" | "squared";
  readonly columns: number;
  /** What is said before any tree: log-odds, or the mean. */
  readonly start: number;
  /** Tree t has the nodes starts[t] .. starts[t + 1] - 1. @shape [trees + 1] */
  readonly starts: Int32Array;
  /** Column asked at a node, -1 at a leaf. @shape [nodes] */
  readonly column: Int32Array;
  /** Go left at or below it. @shape [nodes] */
  readonly threshold: Float64Array;
  /** 1 where what is missing goes left. @shape [nodes] */
  readonly missingLeft: Uint8Array;
  /** Node of the left child; the right one follows it. @shape [nodes] */
  readonly left: Int32Array;
  /** Of a leaf, the learning rate in it. @shape [nodes] */
  readonly value: Float64Array;
}

export interface BoostingParams {
  readonly loss: "logistic" | "squared";
  readonly treesMost: number;
  readonly learningRate: number;
  readonly depthMost: number;
  /** Added to the curvature of a leaf. */
  readonly ridge: number;
  /** Least curvature of a child: rows, for squared loss; a quarter of them at most, for logistic. */
  readonly curvatureLeast: number;
  readonly binsMost: number;
  /** Share of rows and of columns that a tree sees. @unit 0..1 */
  readonly rowShare: number;
  readonly columnShare: number;
  /** Trees without a better judgement before it stops; the best number of trees is kept. */
  readonly patience: number;
}

/** Rows with what is to be learned of them. @shape x [rows, columns] row-major, targets [rows] */
export interface LabelledRows {
  readonly x: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

/**
 * O(trees rows columns depth). Without rows to judge by, every tree is kept.
 * @param random of the rows and columns drawn
 */
export function fitBoostedTrees(
  rows: LabelledRows,
  judge: LabelledRows | undefined,
  columns: number,
  params: BoostingParams,
  random: Random,
): BoostedTrees {
  const count = rows.targets.length;
  assert(rows.x.length === count * columns, "every target has a row of columns");
  const table = binned(rows.x, count, columns, params.binsMost);
  const grown: GrownTree[] = [];
  const start = startOf(rows.targets, params.loss);
  const said = new Float64Array(count).fill(start);
  const judged = judge === undefined ? undefined : judgeOf(judge, columns, start, params.loss);
  const [slope, curve] = [new Float64Array(count), new Float64Array(count)];
  let best = { trees: 0, loss: judged?.loss() ?? 0 };
  for (let at = 0; at < params.treesMost; at++) {
    slopesInto(slope, curve, rows.targets, said, params.loss);
    const tree = growTree(table, slope, curve, params, random.split(`tree ${at}`));
    grown.push(tree);
    addTree(tree, rows.x, columns, said);
    if (judged === undefined) continue;
    judged.add(tree);
    const loss = judged.loss();
    if (loss < best.loss) best = { trees: at + 1, loss };
    if (at + 1 - best.trees >= params.patience) break;
  }
  const kept = judged === undefined ? grown : grown.slice(0, best.trees);
  return flattened(kept, columns, start, params.loss);
}

/**
 * Log-odds of a logistic loss, the amount of a squared one. O(trees depth).
 * @shape x [rows, columns] row-major
 */
export function boostedScore(trees: BoostedTrees, x: ArrayLike<number>, row: number): number {
  const { starts, column, threshold, missingLeft, left, value } = trees;
  const first = row * trees.columns;
  let sum = trees.start;
  for (let t = 0; t + 1 < starts.length; t++) {
    let node = starts[t];
    for (let asked = column[node]; asked >= 0; asked = column[node]) {
      const known = x[first + asked];
      const goesLeft = Number.isNaN(known) ? missingLeft[node] === 1 : known <= threshold[node];
      node = left[node] + (goesLeft ? 0 : 1);
    }
    sum += value[node];
  }
  return sum;
}

const startOf = (targets: ArrayLike<number>, loss: BoostingParams["loss"]): number => {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) sum += targets[i];
  if (loss === "squared") return targets.length === 0 ? 0 : sum / targets.length;
  const isMixed = sum > 0 && sum < targets.length;
  const [yes, no] = isMixed ? [sum, targets.length - sum] : [sum + 0.5, targets.length - sum + 0.5];
  return Math.log(yes / no);
};

function slopesInto(
  slope: Float64Array,
  curve: Float64Array,
  targets: ArrayLike<number>,
  said: Float64Array,
  loss: BoostingParams["loss"],
): void {
  for (let i = 0; i < said.length; i++) {
    if (loss === "squared") {
      slope[i] = said[i] - targets[i];
      curve[i] = 1;
      continue;
    }
    const p = sigmoid(said[i]);
    slope[i] = p - targets[i];
    curve[i] = Math.max(p * (1 - p), 1e-16);
  }
}

/** The loss on rows that are not learned from, tree by tree. */
function judgeOf(
  { x, targets }: LabelledRows,
  columns: number,
  start: number,
  loss: BoostingParams["loss"],
): { add(tree: GrownTree): void; loss(): number } {
  const said = new Float64Array(targets.length).fill(start);
  return {
    add: (tree) => addTree(tree, x, columns, said),
    loss: () => {
      let sum = 0;
      for (let i = 0; i < said.length; i++) {
        sum +=
          loss === "squared"
            ? (said[i] - targets[i]) ** 2
            : Math.max(said[i], 0) +
              Math.log1p(Math.exp(-Math.abs(said[i]))) -
              targets[i] * said[i];
      }
      return sum;
    },
  };
}

// ---- one tree

interface GrownTree {
  readonly column: number[];
  readonly threshold: number[];
  readonly missingLeft: number[];
  readonly left: number[];
  readonly value: number[];
}

/** Rows order[from] .. order[to - 1] lie in the node. @shape histogram [columns, bins, 2] */
interface Growing {
  readonly node: number;
  readonly depth: number;
  readonly from: number;
  readonly to: number;
  readonly histogram: Float64Array;
}

interface Split {
  readonly gain: number;
  readonly column: number;
  /** Bins up to this one go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
}

const BINS = 256;

function growTree(
  table: Binned,
  slope: Float64Array,
  curve: Float64Array,
  params: BoostingParams,
  random: Random,
): GrownTree {
  const tree: GrownTree = { column: [], threshold: [], missingLeft: [], left: [], value: [] };
  const order = drawn(table.rows, params.rowShare, random.split("rows"));
  const asked = drawn(table.columns, params.columnShare, random.split("columns"));
  const scratch = new Int32Array(order.length);
  const sums = (from: number, to: number): Float64Array =>
    summed(table, asked, order, from, to, slope, curve);
  newLeaf(tree);
  const waiting: Growing[] = [
    { node: 0, depth: 0, from: 0, to: order.length, histogram: sums(0, order.length) },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth, from, to, histogram } = next;
    const total = totalOf(order, from, to, slope, curve);
    tree.value[node] = (-params.learningRate * total.slope) / (total.curve + params.ridge);
    const split =
      depth < params.depthMost ? bestSplit(table, asked, histogram, total, params) : undefined;
    if (split === undefined) continue;
    const middle = parted(table, split, order, from, to, scratch);
    const left = tree.column.length;
    newLeaf(tree);
    newLeaf(tree);
    tree.column[node] = split.column;
    tree.threshold[node] = table.edges[split.column][split.bin];
    tree.missingLeft[node] = split.missingLeft ? 1 : 0;
    tree.left[node] = left;
    const leftIsSmall = middle - from <= to - middle;
    const small = leftIsSmall ? sums(from, middle) : sums(middle, to);
    const large = histogram;
    for (let i = 0; i < large.length; i++) large[i] -= small[i];
    const children = { depth: depth + 1 };
    const [ofLeft, ofRight] = leftIsSmall ? [small, large] : [large, small];
    waiting.push({ ...children, node: left, from, to: middle, histogram: ofLeft });
    waiting.push({ ...children, node: left + 1, from: middle, to, histogram: ofRight });
  }
  return tree;
}

function newLeaf(tree: GrownTree): void {
  tree.column.push(-1);
  tree.threshold.push(0);
  tree.missingLeft.push(0);
  tree.left.push(0);
  tree.value.push(0);
}

/** A share of 0 .. count - 1, one of them at least, in rising order. */
function drawn(count: number, share: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  if (share >= 1) return all;
  random.shuffle(all);
  return all.subarray(0, Math.max(1, Math.round(share * count))).sort();
}

/** Slope and curvature by bin of each column asked. O(rows asked). */
function summed(
  table: Binned,
  asked: Int32Array,
  order: Int32Array,
  from: number,
  to: number,
  slope: Float64Array,
  curve: Float64Array,
): Float64Array {
  const sums = new Float64Array(asked.length * BINS * 2);
  for (let c = 0; c < asked.length; c++) {
    const bins = table.bins[asked[c]];
    const base = c * BINS * 2;
    for (let i = from; i < to; i++) {
      const row = order[i];
      const at = base + 2 * bins[row];
      sums[at] += slope[row];
      sums[at + 1] += curve[row];
    }
  }
  return sums;
}

interface Total {
  readonly slope: number;
  readonly curve: number;
}

function totalOf(
  order: Int32Array,
  from: number,
  to: number,
  slope: Float64Array,
  curve: Float64Array,
): Total {
  let [g, h] = [0, 0];
  for (let i = from; i < to; i++) {
    g += slope[order[i]];
    h += curve[order[i]];
  }
  return { slope: g, curve: h };
}

const GAIN_LEAST = 1e-9;

function bestSplit(
  table: Binned,
  asked: Int32Array,
  histogram: Float64Array,
  total: Total,
  params: BoostingParams,
): Split | undefined {
  const { ridge, curvatureLeast } = params;
  const whole = total.slope ** 2 / (total.curve + ridge);
  let best: Split | undefined;
  const tryTo = (column: number, bin: number, missingLeft: boolean, g: number, h: number): void => {
    const rest = total.curve - h;
    if (h < curvatureLeast || rest < curvatureLeast) return;
    const gain = 0.5 * (g ** 2 / (h + ridge) + (total.slope - g) ** 2 / (rest + ridge) - whole);
    if (gain > (best?.gain ?? GAIN_LEAST)) best = { gain, column, bin, missingLeft };
  };
  for (let c = 0; c < asked.length; c++) {
    const base = c * BINS * 2;
    const column = asked[c];
    const missing = base + 2 * MISSING_BIN;
    const [lostSlope, lostCurve] = [histogram[missing], histogram[missing + 1]];
    let [g, h] = [0, 0];
    for (let bin = 0; bin < table.edges[column].length; bin++) {
      g += histogram[base + 2 * bin];
      h += histogram[base + 2 * bin + 1];
      tryTo(column, bin, false, g, h);
      if (lostCurve > 0) tryTo(column, bin, true, g + lostSlope, h + lostCurve);
    }
  }
  return best;
}

/** Rows that go left first, each side in its order; where the right side begins. O(rows). */
function parted(
  table: Binned,
  { column, bin, missingLeft }: Split,
  order: Int32Array,
  from: number,
  to: number,
  scratch: Int32Array,
): number {
  const bins = table.bins[column];
  let [left, right] = [from, 0];
  for (let i = from; i < to; i++) {
    const row = order[i];
    const goesLeft = bins[row] === MISSING_BIN ? missingLeft : bins[row] <= bin;
    if (goesLeft) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}

function addTree(tree: GrownTree, x: ArrayLike<number>, columns: number, said: Float64Array): void {
  for (let row = 0; row < said.length; row++) {
    let node = 0;
    while (tree.column[node] >= 0) {
      const value = x[row * columns + tree.column[node]];
      const goesLeft = Number.isNaN(value)
        ? tree.missingLeft[node] === 1
        : value <= tree.threshold[node];
      node = tree.left[node] + (goesLeft ? 0 : 1);
    }
    said[row] += tree.value[node];
  }
}

function flattened(
  grown: readonly GrownTree[],
  columns: number,
  start: number,
  loss: BoostingParams["loss"],
): BoostedTrees {
  const starts = new Int32Array(grown.length + 1);
  grown.forEach((tree, t) => {
    starts[t + 1] = starts[t] + tree.column.length;
  });
  return {
    loss,
    columns,
    start,
    starts,
    column: Int32Array.from(grown.flatMap((tree) => tree.column)),
    threshold: Float64Array.from(grown.flatMap((tree) => tree.threshold)),
    missingLeft: Uint8Array.from(grown.flatMap((tree) => tree.missingLeft)),
    left: Int32Array.from(grown.flatMap((tree, t) => tree.left.map((left) => starts[t] + left))),
    value: Float64Array.from(grown.flatMap((tree) => tree.value)),
  };
}
