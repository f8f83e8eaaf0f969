import {
  type BoostedTrees,
  boostedScore,
  fitBoostedTrees,
} from "../../algorithms/boosted-trees.ts";
import { valueGini } from "../../evaluate/value-gini.ts";
import type { Random } from "../../tensor/random.ts";
import { rowsAt } from "./chance-voices.ts";
import { COUNTED, type CountedName, countedNames } from "./counted.ts";
import type { VoiceName } from "./schema.ts";
import { CALIBRATE, JUDGE, LEARN, placesOf, type Slices, STOP } from "./slices.ts";

/**
 * What a shopper will spend, in median orders of the shop. The voice *orders* multiplies the chance of a
 * purchase, as its own head has it, by what the shopper's orders are worth, drawn to the usual order the
 * more the fewer there were. Source: Fader, Hardie & Lee 2005 (purchases and their worth apart). Trees and
 * network learn the sum at once. Voices are compared by how well they order what is spent (Gini) on the
 * time that calibrates, for trees stop by the one before; a squared error would be that of a few large
 * orders. Amounts above the 99.5th percentile are drawn in to it. The one that speaks is scaled so that its
 * sum over that time is right.
 */
export interface ValueModel {
  readonly days: number;
  /** Mean over the time that calibrates and judges. @unit median orders */
  readonly usual: number;
  readonly voice: VoiceName;
  readonly trees: BoostedTrees | null;
  readonly orders: OrdersVoice | null;
  readonly scale: number;
  /** One less the Gini coefficient of each voice on the moments that calibrate, 1 by chance. */
  readonly chosen: Readonly<Partial<Record<VoiceName, number>>>;
  readonly judged: ValueJudgement;
}

export interface OrdersVoice {
  /** Of the purchases, among the model's heads. */
  readonly head: number;
  /** Usual orders that are added to a shopper's own. */
  readonly added: number;
  /** @unit median orders */
  readonly usualOrder: number;
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
  /**
   * The head of purchases, and what it says of every moment, calibrated on the moments that calibrate and
   * judge, as it serves; undefined without one. @shape [moments]
   */
  readonly buying: { readonly head: number; readonly chances: Float64Array } | undefined;
  readonly without: readonly VoiceName[];
  readonly treesMost: number;
  readonly random: Random;
}

interface Candidate {
  readonly voice: VoiceName;
  readonly trees: BoostedTrees | null;
  readonly orders: OrdersVoice | null;
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
const ADDED = [0.5, 1, 2, 4, 8, 16];

/** O(trees moments columns). Null where nothing was spent in the time that is learned from. */
export function fitValue(task: ValueTask): ValueModel | null {
  const { days, slices, values } = task;
  const learn = amountsAt(values, placesOf(slices, LEARN));
  const top = learn.slice().sort()[Math.floor(TOP_SHARE * learn.length)] ?? 0;
  if (meanOf(learn) === 0) return null;
  const capped = values.map((value) => Math.min(value, Math.max(top, 1)));
  const calibrate = placesOf(slices, CALIBRATE);
  const judge = placesOf(slices, JUDGE);
  const both = Int32Array.from([...calibrate, ...judge]);
  const chosen: Partial<Record<VoiceName, number>> = {};
  let best: Candidate | undefined;
  for (const candidate of candidatesOf(task, capped)) {
    const disorder = disorderOf(candidate, capped, calibrate);
    chosen[candidate.voice] = disorder;
    if (best === undefined || disorder < (chosen[best.voice] ?? 0)) best = candidate;
  }
  const speaker = best as Candidate;
  const { voice, trees, orders } = speaker;
  const before = scaleOn(speaker, values, calibrate);
  const said = Float64Array.from(judge, (at) => before * speaker.say(at));
  const usual = meanOf(amountsAt(values, both));
  const judged = judgeValue(amountsAt(values, judge), said, meanOf(amountsAt(values, calibrate)));
  const scale = scaleOn(speaker, values, both);
  return { days, usual, voice, trees, orders, scale, chosen, judged };
}

/** What makes the sum of what is said the sum of what was spent. */
function scaleOn({ say }: Candidate, values: Float64Array, places: Int32Array): number {
  const said = meanOf(Float64Array.from(places, say));
  return said > 0 ? meanOf(amountsAt(values, places)) / said : 1;
}

/** 0 where what is said orders them perfectly, 1 by chance. */
const disorderOf = (
  { say }: Pick<Candidate, "say">,
  values: Float64Array,
  places: Int32Array,
): number => 1 - valueGini(amountsAt(values, places), Float64Array.from(places, say));

function candidatesOf(task: ValueTask, capped: Float64Array): readonly Candidate[] {
  const { slices, counted, network, without, random } = task;
  const learn = placesOf(slices, LEARN);
  const choose = placesOf(slices, STOP);
  const mean = meanOf(amountsAt(capped, learn));
  const none = { trees: null, orders: null };
  const candidates: Candidate[] = [{ ...none, voice: "rate", say: () => mean }];
  const byOrders = without.includes("orders") ? undefined : ordersVoice(task, capped);
  if (byOrders !== undefined) candidates.push(byOrders);
  if (!without.includes("trees")) {
    const trees = fitBoostedTrees(
      { x: rowsAt(counted, learn), targets: amountsAt(capped, learn) },
      { x: rowsAt(counted, choose), targets: amountsAt(capped, choose) },
      COUNTED,
      { ...boosting, treesMost: task.treesMost },
      random,
    );
    const say = (at: number): number => Math.max(0, boostedScore(trees, counted, at));
    candidates.push({ ...none, voice: "trees", trees, say });
  }
  if (network !== undefined) {
    candidates.push({ ...none, voice: "network", say: (at) => network[at] as number });
  }
  return candidates;
}

/** As many usual orders are added as order best what is spent on the moments that choose. */
function ordersVoice(task: ValueTask, capped: Float64Array): Candidate | undefined {
  const { slices, counted, buying } = task;
  if (buying === undefined) return undefined;
  const learn = placesOf(slices, LEARN);
  const choose = placesOf(slices, STOP);
  const bought = learn.filter((at) => countedAt(counted, at, "orders") > 0);
  const usualOrder = meanOf(
    Float64Array.from(bought, (at) => countedAt(counted, at, "mean_order")),
  );
  const candidates = ADDED.map((added): Candidate => {
    const orders = { head: buying.head, added, usualOrder };
    const say = (at: number): number =>
      (buying.chances[at] as number) * worthOf(orders, counted, at);
    return { voice: "orders", trees: null, orders, say };
  });
  const disorders = candidates.map((candidate) => disorderOf(candidate, capped, choose));
  return candidates[disorders.indexOf(Math.min(...disorders))];
}

/** What an order of the shopper is worth. @unit median orders */
function worthOf({ added, usualOrder }: OrdersVoice, counted: Float64Array, row: number): number {
  const own = countedAt(counted, row, "orders");
  const mean = countedAt(counted, row, "mean_order");
  return (own * mean + added * usualOrder) / (own + added);
}

const countedAt = (counted: Float64Array, row: number, name: CountedName): number =>
  Math.expm1(counted[row * COUNTED + countedNames.indexOf(name)] as number);

/**
 * `chances` are of the row, by head of the model, in 0..1.
 * @shape counted [rows, COUNTED], chances [heads] @unit result median orders
 */
export function amountOf(
  { voice, trees, orders, usual, scale }: ValueModel,
  counted: Float64Array,
  row: number,
  network: number,
  chances: Float64Array,
): number {
  if (voice === "trees" && trees !== null) {
    return scale * Math.max(0, boostedScore(trees, counted, row));
  }
  if (voice === "orders" && orders) {
    return scale * (chances[orders.head] as number) * worthOf(orders, counted, row);
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
