import type { Sequences } from "../../../algorithms/sequences.ts";
import { assert } from "../../../assert.ts";
import type { Matmul } from "../../../tensor/matmul.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { Encoder } from "../encode.ts";
import { type Hits, type RankQuestion, rankedHits } from "../rank.ts";

/**
 * Learning curves: how well a training answers, epoch by epoch, what it learned from beside what it never
 * saw, and what follows from the two. Both are asked alike, without dropout and over the whole
 * catalogue, so that the distance between them is over-fitting and nothing else; the loss that training
 * itself reports is of few negatives and of parameters that still move.
 * Sources: Prechelt 1998 (when to stop); Goodfellow et al. 2016, section 5.2 (capacity and fit).
 */
export interface CurvePoint {
  readonly epoch: number;
  /** Of histories that were learned from. */
  readonly learned: Judged;
  readonly heldOut: Judged;
}

export interface Judged extends Hits {
  /** -log of the chance given to what came next, among the whole catalogue; mean. @unit nats */
  readonly loss: number;
}

/** What answers are made and judged with. */
export interface Judge {
  readonly encoder: Encoder;
  readonly matmul: Matmul;
  /** @shape [vocabulary, width] */
  readonly items: Float32Array;
  readonly width: number;
  readonly k: number;
  readonly filterSeen: boolean;
}

/** O(questions vocabulary width). The mean of no questions is 0. */
export async function judged(questions: readonly RankQuestion[], judge: Judge): Promise<Judged> {
  const { encoder, matmul, items } = judge;
  const states = await encoder.encode(questions.map(({ history }) => history));
  const hits = await rankedHits(matmul, questions, states, items, judge);
  return { ...hits, loss: await meanLoss(questions, states, judge) };
}

const BLOCK = 256;

async function meanLoss(
  questions: readonly RankQuestion[],
  states: Float32Array,
  { matmul, items, width }: Judge,
): Promise<number> {
  const vocabulary = items.length / width;
  let sum = 0;
  for (let from = 0; from < questions.length; from += BLOCK) {
    const part = questions.slice(from, from + BLOCK);
    const scores = new Float32Array(part.length * vocabulary);
    const block = states.subarray(from * width, (from + part.length) * width);
    await matmul.multiplyInto(scores, block, items, {
      ...{ m: part.length, n: vocabulary, k: width },
      ...{ transposeA: false, transposeB: true, alpha: 1, beta: 0 },
    });
    part.forEach(({ target }, row) => {
      sum += surprise(scores.subarray(row * vocabulary, (row + 1) * vocabulary), target);
    });
  }
  return sum / Math.max(1, questions.length);
}

/** -log softmax(scores)[target]. O(vocabulary). @shape scores [vocabulary] @unit result nats */
function surprise(scores: Float32Array, target: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < scores.length; token++) {
    most = Math.max(most, scores[token] as number);
  }
  let total = 0;
  for (let token = 0; token < scores.length; token++) {
    total += Math.exp((scores[token] as number) - most);
  }
  return Math.log(total) + most - (scores[target] as number);
}

/**
 * Questions whose answers are learned from: the last action of rows drawn by the seed, given what came
 * before it. O(rows).
 */
export function learnedQuestions(
  sequences: Sequences,
  countMost: number,
  seed: number,
): RankQuestion[] {
  const { rows, offsets, tokens, times, weights } = sequences;
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  createRandom(seed).split("watched rows").shuffle(order);
  const questions: RankQuestion[] = [];
  for (const row of order) {
    if (questions.length >= countMost) break;
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    if (to - from < 2) continue;
    const [history, moments, strengths] = [tokens, times, weights].map((all) =>
      all.subarray(from, to - 1),
    ) as [Int32Array, Float64Array, Float32Array];
    questions.push({
      history: { tokens: history, times: moments, weights: strengths },
      target: tokens[to - 1] as number,
    });
  }
  return questions;
}

export interface Verdict {
  /**
   * "under": it was still learning when it ended; "over": it went on to learn by heart; "balanced":
   * neither; "unclear": too few epochs to tell.
   */
  readonly fit: "under" | "over" | "balanced" | "unclear";
  /** Of the lowest held-out loss. */
  readonly lowestEpoch: number;
  /** Of the best held-out NDCG, which may be another. */
  readonly bestEpoch: number;
  /** By how much held-out loss lies above the loss of what was learned from, at the lowest. @unit nats */
  readonly gap: number;
  /** From its lowest to the end, of the held-out loss. @unit nats */
  readonly rise: number;
  /** Of the held-out loss in the last quarter of the epochs, as a share of its whole fall. @unit 0..1 */
  readonly lateFallShare: number;
  /** Of the best NDCG, at the end. @unit 0..1 */
  readonly lostShare: number;
  /** The same for people. */
  readonly words: string;
}

/** Fewer say nothing of a trend. */
const EPOCHS_LEAST = 4;
/** Of the whole fall of the held-out loss: what lies below is taken for noise. @unit 0..1 */
const NOTABLE = 0.05;

/** O(epochs). The points are of consecutive epochs. */
export function verdictOf(points: readonly CurvePoint[]): Verdict {
  assert(points.length > 0, "a curve has a point");
  const [first, last] = [points[0] as CurvePoint, points[points.length - 1] as CurvePoint];
  const lowest = least(points, ({ heldOut }) => heldOut.loss);
  const best = least(points, ({ heldOut }) => -heldOut.ndcg);
  const late = points[Math.floor((points.length - 1) * 0.75)] as CurvePoint;
  const fall = Math.max(0, first.heldOut.loss - lowest.heldOut.loss);
  const share = (part: number, whole: number): number =>
    whole > 0 ? Math.max(0, part / whole) : 0;
  const numbers = {
    lowestEpoch: lowest.epoch,
    bestEpoch: best.epoch,
    gap: lowest.heldOut.loss - lowest.learned.loss,
    rise: last.heldOut.loss - lowest.heldOut.loss,
    lateFallShare: share(late.heldOut.loss - last.heldOut.loss, fall),
    lostShare: share(best.heldOut.ndcg - last.heldOut.ndcg, best.heldOut.ndcg),
  };
  const byHeart = lowest.learned.loss - last.learned.loss;
  const fit = fitOf(points.length, numbers, fall, byHeart);
  return { fit, ...numbers, words: wordsOf(fit, numbers, { points, lowest, best, byHeart }) };
}

type Numbers = Omit<Verdict, "fit" | "words">;

function fitOf(
  epochs: number,
  { rise, lateFallShare }: Numbers,
  fall: number,
  byHeart: number,
): Verdict["fit"] {
  if (epochs < EPOCHS_LEAST) return "unclear";
  if (rise > NOTABLE * fall && byHeart > 0) return "over";
  return lateFallShare > NOTABLE ? "under" : "balanced";
}

function least(points: readonly CurvePoint[], of: (point: CurvePoint) => number): CurvePoint {
  return points.reduce((found, one) => (of(one) < of(found) ? one : found));
}

interface Told {
  readonly points: readonly CurvePoint[];
  readonly lowest: CurvePoint;
  readonly best: CurvePoint;
  readonly byHeart: number;
}

function wordsOf(
  fit: Verdict["fit"],
  { gap, rise, lateFallShare, lostShare }: Numbers,
  { points, lowest, best, byHeart }: Told,
): string {
  const nats = (value: number): string => value.toFixed(3);
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const at = `held-out loss was lowest after epoch ${lowest.epoch} at ${nats(lowest.heldOut.loss)} nats, `;
  const apart = `${nats(gap)} above that of what was learned from`;
  const ranking =
    `NDCG was best after epoch ${best.epoch} at ${best.heldOut.ndcg.toFixed(4)}, ` +
    `of which the end had lost ${percent(lostShare)}`;
  const verdicts: Readonly<Record<Verdict["fit"], string>> = {
    unclear: `Too few epochs to tell (${points.length} of ${EPOCHS_LEAST})`,
    over:
      `Over-fitted: since then it rose by ${nats(rise)}, while what was learned from fell by ` +
      `${nats(byHeart)}; stop earlier, drop out more, or learn from more`,
    under:
      `Under-fitted: the last quarter of the epochs still brought ${percent(lateFallShare)} of the ` +
      "fall; train longer, faster, or a larger model",
    balanced: "Balanced: it neither rose since then nor fell much at the end",
  };
  return `${verdicts[fit]}. In numbers: ${at}${apart}; ${ranking}.`;
}
