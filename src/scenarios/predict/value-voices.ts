import {
  type BoostedTrees,
  boostedScore,
  fitBoostedTrees,
} from "../../algorithms/boosted-trees.ts";
import type { Random } from "../../tensor/random.ts";
import { rowsAt } from "./chance-voices.ts";
import { COUNTED } from "./counted.ts";
import type { VoiceName } from "./schema.ts";
import { CALIBRATE, CHOOSE, JUDGE, LEARN, placesOf, type Slices } from "./slices.ts";

/**
 * What a shopper will spend, in median orders of the shop. Voices are compared by squared error on a
 * later time, amounts above the 99.5th percentile drawn in to it; then the one that speaks is scaled so
 * that its sum over the time that calibrates is right.
 */
export interface ValueModel {
  readonly days: number;
  /** Mean over the time that calibrates and judges. @unit median orders */
  readonly usual: number;
  readonly voice: VoiceName;
  readonly trees: BoostedTrees | null;
  readonly scale: number;
  /** Root of the mean squared error of each voice on the moments that chose. @unit median orders */
  readonly chosen: Readonly<Partial<Record<VoiceName, number>>>;
  readonly judged: ValueJudgement;
}

/** @unit amounts median orders */
export interface ValueJudgement {
  readonly cases: number;
  /** Mean that was spent, and that was said. */
  readonly mean: number;
  readonly said: number;
  /** Mean absolute error, and that of who says the mean of everybody. */
  readonly error: number;
  readonly errorOfMean: number;
}

export interface ValueTask {
  readonly days: number;
  readonly slices: Slices;
  /** @shape [moments] @unit median orders */
  readonly values: Float64Array;
  readonly counted: Float64Array;
  readonly network: Float64Array | undefined;
  readonly without: readonly VoiceName[];
  readonly treesMost: number;
  readonly random: Random;
}

interface Candidate {
  readonly voice: VoiceName;
  readonly trees: BoostedTrees | null;
  readonly say: (place: number) => number;
}

const boosting = {
  loss: "squared",
  learningRate: 0.05,
  depthMost: 3,
  ridge: 5,
  curvatureLeast: 20,
  binsMost: 128,
  rowShare: 0.8,
  columnShare: 0.6,
  patience: 30,
} as const;
const TOP_SHARE = 0.995;

/** O(trees moments columns). Null where nothing was spent in the time that is learned from. */
export function fitValue(task: ValueTask): ValueModel | null {
  const { days, slices, values } = task;
  const learn = amountsAt(values, placesOf(slices, LEARN));
  const top = learn.slice().sort()[Math.floor(TOP_SHARE * learn.length)] ?? 0;
  if (meanOf(learn) === 0) return null;
  const capped = values.map((value) => Math.min(value, Math.max(top, 1)));
  const choose = placesOf(slices, CHOOSE);
  const chosen: Partial<Record<VoiceName, number>> = {};
  let best: Candidate | undefined;
  for (const candidate of candidatesOf(task, capped)) {
    const square = meanOf(
      Float64Array.from(choose, (at) => (candidate.say(at) - (capped[at] as number)) ** 2),
    );
    chosen[candidate.voice] = Math.sqrt(square);
    if (best === undefined || Math.sqrt(square) < (chosen[best.voice] ?? 0)) best = candidate;
  }
  const { voice, trees, say } = best as Candidate;
  const calibrate = placesOf(slices, CALIBRATE);
  const judge = placesOf(slices, JUDGE);
  const both = Int32Array.from([...calibrate, ...judge]);
  const scaleOn = (places: Int32Array): number => {
    const said = meanOf(Float64Array.from(places, say));
    return said > 0 ? meanOf(amountsAt(values, places)) / said : 1;
  };
  const before = scaleOn(calibrate);
  const said = Float64Array.from(judge, (at) => before * say(at));
  const usual = meanOf(amountsAt(values, both));
  const judged = judgeValue(amountsAt(values, judge), said, meanOf(amountsAt(values, calibrate)));
  return { days, usual, voice, trees, scale: scaleOn(both), chosen, judged };
}

function candidatesOf(task: ValueTask, capped: Float64Array): readonly Candidate[] {
  const { slices, counted, network, without, random } = task;
  const learn = placesOf(slices, LEARN);
  const choose = placesOf(slices, CHOOSE);
  const mean = meanOf(amountsAt(capped, learn));
  const candidates: Candidate[] = [{ voice: "rate", trees: null, say: () => mean }];
  if (!without.includes("trees")) {
    const trees = fitBoostedTrees(
      { x: rowsAt(counted, learn), targets: amountsAt(capped, learn) },
      { x: rowsAt(counted, choose), targets: amountsAt(capped, choose) },
      COUNTED,
      { ...boosting, treesMost: task.treesMost },
      random,
    );
    const say = (at: number): number => Math.max(0, boostedScore(trees, counted, at));
    candidates.push({ voice: "trees", trees, say });
  }
  if (network !== undefined) {
    candidates.push({ voice: "network", trees: null, say: (at) => network[at] as number });
  }
  return candidates;
}

/** @shape counted [rows, COUNTED] @unit result median orders */
export function amountOf(
  { voice, trees, usual, scale }: ValueModel,
  counted: Float64Array,
  row: number,
  network: number,
): number {
  if (voice === "trees" && trees !== null) {
    return scale * Math.max(0, boostedScore(trees, counted, row));
  }
  return voice === "network" ? scale * network : usual;
}

function judgeValue(values: Float64Array, said: Float64Array, mean: number): ValueJudgement {
  return {
    cases: values.length,
    mean: meanOf(values),
    said: meanOf(said),
    error: meanOf(values.map((value, at) => Math.abs(value - (said[at] as number)))),
    errorOfMean: meanOf(values.map((value) => Math.abs(value - mean))),
  };
}

const amountsAt = (values: Float64Array, places: Int32Array): Float64Array =>
  Float64Array.from(places, (at) => values[at] as number);

const meanOf = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
