import {
  type BoostedTrees,
  type BoostingParams,
  boostedScore,
  fitBoostedTrees,
} from "../../algorithms/boosted-trees.ts";
import {
  type CalibrationKind,
  type Calibrator,
  calibrated,
  calibrationKinds,
  fitCalibrator,
} from "../../algorithms/calibration.ts";
import {
  fitLogistic,
  type LogisticModel,
  logisticLogit,
  sigmoid,
} from "../../algorithms/logistic.ts";
import { paced, paceOf, type Unfinished } from "../../algorithms/pace.ts";
import { logLoss } from "../../evaluate/classification-metrics.ts";
import { type LiftRow, liftTable } from "../../evaluate/lift.ts";
import {
  type JudgingOptions,
  judgeSegments,
  type SegmentJudgement,
} from "../../evaluate/segments.ts";
import type { Random } from "../../tensor/random.ts";
import { COUNTED } from "./counted.ts";
import type { ChanceHead } from "./heads.ts";
import type { VoiceName } from "./schema.ts";
import { CALIBRATE, JUDGE, judgedApart, LEARN, placesOf, type Slices, STOP } from "./slices.ts";

/**
 * A head of yes or no: several voices learn it, and the one with the least log loss on a later time, each
 * made right in size first, speaks; that time, which stopped no training, is what calibration is fitted
 * to as well, and the last moments judge what comes out.
 */
export interface ChanceModel {
  readonly head: ChanceHead;
  /** How often it came true in the time that calibrates and judges, at the pace of now. @unit 0..1 */
  readonly usual: number;
  /** Faster or slower than in that time, see `algorithms/pace.ts`; absent for a session, and in versions before. */
  readonly pace?: number | undefined;
  readonly voice: VoiceName;
  /** What speaks; null where the network or the rate does. */
  readonly trees: BoostedTrees | null;
  readonly logistic: LogisticModel | null;
  /** Column of the head in what the network says. */
  readonly column: number;
  readonly calibrator: Calibrator;
  /** Log loss of each voice on the moments that chose, nats. */
  readonly chosen: Readonly<Partial<Record<VoiceName, number>>>;
  readonly learnedFrom: number;
  readonly judged: SegmentJudgement;
  readonly lift: readonly LiftRow[];
  /** Where an earlier head asks the same question: that one is computed and this one told by it. */
  readonly twin?: Twin | undefined;
}

/** A head that is told by another one. */
export interface Twin {
  /** Place of the other among the model's heads. */
  readonly of: number;
  /** One comes true exactly where the other does not. */
  readonly isOpposite: boolean;
}

export interface ChanceTask {
  readonly head: ChanceHead;
  /** Heads that ask the same question. */
  readonly twins: readonly { readonly head: ChanceHead; readonly twin: Twin }[];
  readonly column: number;
  readonly slices: Slices;
  /** 1 where it happened. @shape [moments] */
  readonly happened: Uint8Array;
  /** @shape [moments, COUNTED] */
  readonly counted: Float64Array;
  /** What the network says of every moment; undefined without one. @shape [moments] */
  readonly network: Float64Array | undefined;
  /** What is known of moments whose time is not over; null for a head of a session. */
  readonly unfinished: Unfinished | null;
  /** Of each moment's timeline. @shape [moments] */
  readonly segments: readonly string[];
  /** Row of each moment's timeline. @shape [moments] */
  readonly rows: Int32Array;
  readonly without: readonly VoiceName[];
  readonly treesMost: number;
  readonly random: Random;
}

const boosting: Omit<BoostingParams, "treesMost"> = {
  loss: "logistic",
  learningRate: 0.05,
  depthMost: 4,
  ridge: 2,
  curvatureLeast: 3,
  binsMost: 128,
  rowShare: 0.8,
  columnShare: 0.6,
  patience: 30,
};
const RIDGE = 3;
const ROUNDS_MOST = 30;
const CLIP = 1e-6;
/** A voice that gains less, in nats, is no better than the one before. */
const LOSS_LEAST = 1e-5;
/** Cases, and cases of the rarer kind, that steps of a calibration need. */
const STEPS_LEAST = { cases: 1_000, rare: 80 } as const;
/** How calibration is judged: in bins of equally many cases, and no segment that is too small for it. */
export const judging: JudgingOptions = { bins: 10, casesLeast: 100 };
export const LIFT_PARTS = 10;

interface Candidate {
  readonly voice: VoiceName;
  readonly trees: BoostedTrees | null;
  readonly logistic: LogisticModel | null;
  readonly say: (place: number) => number;
}

/** The head, and then its twins. O(trees moments columns). */
export function fitChance(task: ChanceTask): [ChanceModel, ...ChanceModel[]] {
  const { head, column, slices, happened, rows, twins } = task;
  const apart = judgedApart(slices).places;
  const chosen: Partial<Record<VoiceName, number>> = {};
  let best: Candidate | undefined;
  for (const candidate of candidatesOf(task)) {
    const loss = crossLoss("platt", candidate, happened, halvesOf(apart, rows));
    chosen[candidate.voice] = loss;
    const reached = best === undefined ? Number.POSITIVE_INFINITY : (chosen[best.voice] ?? 0);
    if (loss < reached - LOSS_LEAST) best = candidate;
  }
  const speaker = best as Candidate;
  const calibrate = placesOf(slices, CALIBRATE);
  const judge = placesOf(slices, JUDGE);
  const kind = bestKind(speaker, happened, calibrate, rows);
  const kindApart = bestKind(speaker, happened, apart, rows);
  const before = calibratorOn(kindApart, speaker, happened, apart);
  const said = Float64Array.from(judge, (at) => calibrated(before, speaker.say(at)));
  const both = Int32Array.from([...calibrate, ...judge]);
  const known = labelsAt(happened, judge);
  const segments = Array.from(judge, (at) => task.segments[at] as string);
  const calibrator = calibratorOn(kind, speaker, happened, both);
  const rate = rateOf(labelsAt(happened, both));
  const now = paceNow(
    task,
    both,
    speaker.voice === "rate" ? () => rate : (at) => calibrated(calibrator, speaker.say(at)),
  );
  const model: ChanceModel = {
    head,
    column,
    ...now,
    usual: atPace({ head, ...now }, rate),
    voice: speaker.voice,
    trees: speaker.trees,
    logistic: speaker.logistic,
    calibrator,
    chosen,
    learnedFrom: placesOf(slices, LEARN).length,
    ...verdictOf(known, said, segments),
  };
  const told = twins.map(({ head: other, twin }) => {
    const turned = (shares: Float64Array): Float64Array => shares.map((one) => toldBy(twin, one));
    return {
      ...{ ...model, head: other, twin, trees: null, logistic: null },
      usual: toldBy(twin, model.usual),
      ...verdictOf(turned(known), turned(said), segments),
    };
  });
  return [model, ...told];
}

function paceNow(
  { unfinished }: ChanceTask,
  finished: Int32Array,
  say: (place: number) => number,
): Pick<ChanceModel, "pace"> {
  return unfinished === null ? {} : { pace: paceOf(unfinished, finished, say) };
}

const atPace = ({ head, pace }: Pick<ChanceModel, "head" | "pace">, chance: number): number =>
  pace === undefined ? chance : paced(chance, pace, head.event === "none");

/** A share of a head, as its twin has it. @unit 0..1 */
export const toldBy = ({ isOpposite }: Twin, share: number): number =>
  isOpposite ? 1 - share : share;

const verdictOf = (
  known: Float64Array,
  said: Float64Array,
  segments: readonly string[],
): Pick<ChanceModel, "judged" | "lift"> => ({
  judged: judgeSegments(known, said, segments, judging),
  lift: liftTable(known, said, LIFT_PARTS),
});

/** The rate alone comes first: who is not better than it does not speak. */
function candidatesOf(task: ChanceTask): readonly Candidate[] {
  const { slices, happened, counted, network, without } = task;
  const learn = placesOf(slices, LEARN);
  const rate = rateOf(labelsAt(happened, learn));
  const none = { trees: null, logistic: null };
  const candidates: Candidate[] = [{ ...none, voice: "rate", say: () => rate }];
  const x = rowsAt(counted, learn);
  const targets = labelsAt(happened, learn);
  const isMixed = rate > 0 && rate < 1;
  if (isMixed && !without.includes("logistic")) {
    const params = { columns: COUNTED, ridge: RIDGE, roundsMost: ROUNDS_MOST };
    const logistic = fitLogistic(x, targets, undefined, params);
    const say = (at: number): number => sigmoid(logisticLogit(logistic, counted, at));
    candidates.push({ ...none, voice: "logistic", logistic, say });
  }
  if (isMixed && !without.includes("trees")) {
    const choose = placesOf(slices, STOP);
    const judge = { x: rowsAt(counted, choose), targets: labelsAt(happened, choose) };
    const trees = fitBoostedTrees(
      { x, targets },
      judge,
      COUNTED,
      { ...boosting, treesMost: task.treesMost },
      task.random,
    );
    const say = (at: number): number => sigmoid(boostedScore(trees, counted, at));
    candidates.push({ ...none, voice: "trees", trees, say });
  }
  if (network !== undefined) {
    candidates.push({ ...none, voice: "network", say: (at) => network[at] as number });
  }
  return candidates;
}

/** The way of calibration that does best on the half it was not fitted to, each half in turn. */
function bestKind(
  speaker: Candidate,
  happened: Uint8Array,
  places: Int32Array,
  rows: Int32Array,
): CalibrationKind {
  const rare = rareOf(happened, places);
  if (rare < 2) return "identity";
  const hasSteps = places.length >= STEPS_LEAST.cases && rare >= STEPS_LEAST.rare;
  const kinds = calibrationKinds.filter((kind) => kind !== "isotonic" || hasSteps);
  const halves = halvesOf(places, rows);
  const losses = kinds.map((kind) => crossLoss(kind, speaker, happened, halves));
  return kinds[losses.indexOf(Math.min(...losses))] as CalibrationKind;
}

type Halves = readonly [Int32Array, Int32Array];

/** By lot, and all moments of one person together: one person's moments end much alike. */
function halvesOf(places: Int32Array, rows: Int32Array): Halves {
  const half = (at: number): number => Math.imul(rows[at] as number, 0x9e3779b1) >>> 31;
  return [places.filter((at) => half(at) === 0), places.filter((at) => half(at) === 1)];
}

/**
 * Mean log loss of a voice, calibrated on one half and asked about the other, then the other way round:
 * a voice that orders rightly is not passed over because its probabilities are wrong in size.
 */
function crossLoss(
  kind: CalibrationKind,
  voice: Candidate,
  happened: Uint8Array,
  halves: Halves,
): number {
  const cases = halves[0].length + halves[1].length;
  const sum = [0, 1].reduce((all, half) => {
    const [fitted, held] = [halves[half], halves[1 - half]] as [Int32Array, Int32Array];
    const fair = rareOf(happened, fitted) < 2 ? "identity" : kind;
    const calibrator = calibratorOn(fair, voice, happened, fitted);
    const said = Float64Array.from(held, (at) => calibrated(calibrator, voice.say(at)));
    return all + held.length * logLoss(labelsAt(happened, held), said, CLIP);
  }, 0);
  return sum / Math.max(1, cases);
}

function rareOf(happened: Uint8Array, places: Int32Array): number {
  const yes = labelsAt(happened, places).reduce((sum, label) => sum + label, 0);
  return Math.min(yes, places.length - yes);
}

const calibratorOn = (
  kind: CalibrationKind,
  { say }: Pick<Candidate, "say">,
  happened: Uint8Array,
  places: Int32Array,
): Calibrator => fitCalibrator(kind, Float64Array.from(places, say), labelsAt(happened, places));

/** What a fitted head says of rows of counted numbers, calibrated. @shape counted [rows, COUNTED] */
export function chanceOf(
  model: ChanceModel,
  counted: Float64Array,
  row: number,
  network: number,
): number {
  const { voice, trees, logistic, usual, calibrator } = model;
  const at = (said: number): number => atPace(model, calibrated(calibrator, said));
  if (voice === "trees" && trees !== null) {
    return at(sigmoid(boostedScore(trees, counted, row)));
  }
  if (voice === "logistic" && logistic !== null) {
    return at(sigmoid(logisticLogit(logistic, counted, row)));
  }
  return voice === "network" ? at(network) : usual;
}

const labelsAt = (happened: Uint8Array, places: Int32Array): Float64Array =>
  Float64Array.from(places, (at) => happened[at] as number);

/** Rows of a table. @shape counted [all, COUNTED], result [places, COUNTED] */
export function rowsAt(counted: Float64Array, places: Int32Array): Float64Array {
  const rows = new Float64Array(places.length * COUNTED);
  places.forEach((at, row) => {
    rows.set(counted.subarray(at * COUNTED, (at + 1) * COUNTED), row * COUNTED);
  });
  return rows;
}

const rateOf = (labels: Float64Array): number =>
  labels.length === 0 ? 0 : labels.reduce((sum, label) => sum + label, 0) / labels.length;
