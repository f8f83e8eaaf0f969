import { join } from "node:path";
import type { BenchRun } from "../../../scripts/bench.ts";
import { boostedScore, fitBoostedTrees } from "../../algorithms/boosted-trees.ts";
import {
  chanceOfPurchase,
  expectedPurchases,
  fitBgNbd,
  type Repeats,
} from "../../algorithms/buyers/bg-nbd.ts";
import { expectedAmount, fitGammaGamma } from "../../algorithms/buyers/gamma-gamma.ts";
import { cdnowBuyers } from "../../algorithms/conformance/cdnow-buyers.ts";
import { fitLogistic, logisticLogit, sigmoid } from "../../algorithms/logistic.ts";
import { decisionsAt } from "../../evaluate/classification-metrics.ts";
import { type Judgement, judge } from "../../evaluate/segments.ts";
import { valueGini } from "../../evaluate/value-gini.ts";
import type { Timelines } from "../../features/timelines.ts";
import { createRandom } from "../../tensor/random.ts";
import { openOracle } from "./answers.ts";
import {
  cdnowTimelines,
  onlineRetailTimelines,
  type Row,
  retailrocketTimelines,
  rowsOf,
  timelinesBefore,
} from "./conformance/published-timelines.ts";
import { fitPredict } from "./fit.ts";
import { chanceHeads, PURCHASE } from "./heads.ts";
import { type AskedMoments, outcomesOf } from "./moments.ts";
import { type ChanceName, type PredictParams, predictParamsSchema } from "./schema.ts";

/**
 * Prediction on public data. Timelines are cut at a date: everything (voices, their choice, calibration)
 * is fitted before it, every known shopper is asked about on it, and what they did after it judges.
 * Tables without dates are split by lot, as their published protocols do. Means and standard deviations
 * over seeds.
 */
const DAY_MS = 86_400_000;
const judging = { bins: 10, casesLeast: 100 } as const;
const VISITS_MOST = 20_000;

export async function bench(run: BenchRun): Promise<unknown> {
  const seeds = run.tiny ? [1] : [1, 2, 3];
  const oneIn = run.tiny ? 60 : 1;
  const tables = {
    "online-shoppers-intention": await run.part("online-shoppers-intention", () =>
      shoppersIntention(run, seeds),
    ),
    "telco-churn": await run.part("telco-churn", () => telcoChurn(run, seeds)),
  };
  const cdnowPublished = await run.part("cdnow published", () => cdnowSample(run));
  const sets: readonly TimedSet[] = [
    { name: "cdnow", read: cdnowTimelines, cuts: ["1997-10-01", "1998-04-01"] },
    {
      name: "online-retail",
      read: onlineRetailTimelines,
      cuts: ["2011-10-01", "2011-11-01"],
    },
    { name: "retailrocket-behaviour", read: retailrocketTimelines, cuts: ["2015-08-01"] },
  ];
  const timed: Record<string, unknown> = {};
  for (const set of run.tiny ? sets.slice(0, 1) : sets) {
    for (const cut of run.tiny ? set.cuts.slice(0, 1) : set.cuts) {
      const called = `${set.name} ${cut}`;
      timed[called] = await run.part(called, () => timedSet(run, set, cut, seeds, oneIn));
    }
  }
  return { seeds, tables, cdnowPublished, timed };
}

// ---- timelines, split by time

interface TimedSet {
  readonly name: string;
  readonly read: (root: string, oneIn: number) => Promise<Timelines>;
  readonly cuts: readonly string[];
}

async function timedSet(
  run: BenchRun,
  set: TimedSet,
  cut: string,
  seeds: readonly number[],
  oneIn: number,
): Promise<unknown> {
  const whole = await set.read(run.dataRoot, oneIn);
  const asOf = Date.parse(cut);
  const past = timelinesBefore(whole, asOf);
  const runs = [];
  for (const seed of seeds) {
    const all = await fitAndJudge(whole, past, run.tiny, seed, false);
    // Where the network speaks for no head, leaving it out changes nothing.
    const speaks = Object.values(all.voices).includes("network");
    const simple = speaks ? await fitAndJudge(whole, past, run.tiny, seed, true) : all;
    run.note(
      `${set.name} ${cut} seed ${seed}: ${lineOf(all.heads)} | trees ${lineOf(simple.heads)}`,
    );
    runs.push({ all, simple });
  }
  return {
    protocol: `fitted before ${cut}, every known shopper asked about on it, judged by what followed`,
    shoppers: past.persons.length,
    events: past.times.length,
    predict: meansOf(runs.map(({ all }) => all.heads)),
    withoutNetwork: meansOf(runs.map(({ simple }) => simple.heads)),
    voices: runs[0]?.all.voices,
    value: meansOf(runs.map(({ all }) => all.value)),
    valueWithoutNetwork: meansOf(runs.map(({ simple }) => simple.value)),
    bgNbdGammaGamma: buyersUntilDead(whole, past),
    seconds: runs.map(({ all }) => all.seconds),
    notes: runs[0]?.all.notes,
  };
}

type HeadFigures = Record<string, Record<string, number>>;

async function fitAndJudge(
  whole: Timelines,
  past: Timelines,
  tiny: boolean,
  seed: number,
  isSimple: boolean,
) {
  const params = predictParamsSchema.parse({
    ...(tiny
      ? { networkCasesLeast: 50, casesLeast: 50, width: 8, epochsMost: 1, treesMost: 20 }
      : {}),
    without: isSimple ? ["network"] : [],
  }) as PredictParams;
  const began = performance.now();
  const model = await fitPredict({ frame: past, params, seed, provider: "cpu", threads: 1 });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const oracle = await openOracle(model, { provider: "cpu", threads: 1 });
  const heads: HeadFigures = {};
  let value: HeadFigures = {};
  for (const isVisit of [false, true]) {
    const moments = isVisit ? visitsAfter(whole, past.asOf) : everybodyAt(whole, past.asOf);
    const stretches = Array.from(moments.ends, (end, at) => ({
      from: whole.offsets[moments.rows[at] as number] as number,
      to: end + 1,
      now: moments.nows[at] as number,
    }));
    const answers = await oracle.answer(whole, stretches);
    const specs = chanceHeads(params.churnDays);
    const outcomes = outcomesOf(whole, moments, specs, params.valueDays);
    model.chances.forEach(({ head }, column) => {
      if ((head.days === null) !== isVisit) return;
      const at = specs.findIndex(({ name }) => name === head.name);
      const kept = [...moments.rows.keys()].filter((m) => outcomes.known[m * specs.length + at]);
      const labels = kept.map((m) => outcomes.happened[m * specs.length + at] as number);
      const said = kept.map((m) => answers.chances[m * model.chances.length + column] as number);
      heads[head.name] = figuresOf(judge(labels, said, judging));
    });
    if (!isVisit && model.value !== null) {
      const median = model.scale.orderMedianMinor;
      value = {
        value: valueFigures(
          outcomes.paidMinor.map((v) => v / median),
          answers.values,
        ),
      };
    }
  }
  await oracle.release();
  const voices = Object.fromEntries([
    ...model.chances.map(({ head, voice }) => [head.name, voice]),
    ["value", model.value?.voice ?? "rate"],
  ]);
  return { heads, value, voices, seconds, notes: model.notes };
}

const figuresOf = (judged: Judgement): Record<string, number> => ({ ...judged });

/** Everybody known at the moment, once. */
function everybodyAt(whole: Timelines, now: number): AskedMoments {
  const rows: number[] = [];
  const ends: number[] = [];
  whole.persons.forEach((_, row) => {
    let end = (whole.offsets[row] as number) - 1;
    const after = whole.offsets[row + 1] as number;
    while (end + 1 < after && (whole.times[end + 1] as number) < now) end++;
    if (end < (whole.offsets[row] as number)) return;
    rows.push(row);
    ends.push(end);
  });
  return askedAt(rows, ends, (_) => now, 0);
}

/** Every event from the moment on, thinned out evenly. */
function visitsAfter(whole: Timelines, now: number): AskedMoments {
  const rows: number[] = [];
  const ends: number[] = [];
  whole.persons.forEach((_, row) => {
    for (let at = whole.offsets[row] as number; at < (whole.offsets[row + 1] as number); at++) {
      if ((whole.times[at] as number) < now) continue;
      rows.push(row);
      ends.push(at);
    }
  });
  const step = Math.max(1, Math.ceil(ends.length / VISITS_MOST));
  const thin = (all: readonly number[]): number[] => all.filter((_, at) => at % step === 0);
  return askedAt(thin(rows), thin(ends), (end) => whole.times[end] as number, 1);
}

function askedAt(
  rows: readonly number[],
  ends: readonly number[],
  now: (end: number) => number,
  visit: 0 | 1,
): AskedMoments {
  return {
    count: rows.length,
    rows: Int32Array.from(rows),
    ends: Int32Array.from(ends),
    nows: Float64Array.from(ends, now),
    visits: new Uint8Array(rows.length).fill(visit),
  };
}

/** @unit values and said in one unit of money */
function valueFigures(values: Float64Array, said: Float64Array): Record<string, number> {
  const kept = [...values.keys()].filter((at) => Number.isFinite(values[at]));
  const mean = (of: (at: number) => number): number =>
    kept.reduce((sum, at) => sum + of(at), 0) / Math.max(1, kept.length);
  const value = (at: number): number => values[at] as number;
  const guess = (at: number): number => said[at] as number;
  return {
    cases: kept.length,
    mean: mean(value),
    said: mean(guess),
    absoluteError: mean((at) => Math.abs(value(at) - guess(at))),
    squaredErrorRoot: Math.sqrt(mean((at) => (value(at) - guess(at)) ** 2)),
    gini: valueGini(kept.map(value), kept.map(guess)),
    rankCorrelation: rankCorrelation(kept.map(value), kept.map(guess)),
  };
}

/** Spearman's, ties sharing their mean rank. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)] as [number[], number[]];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((rank, at) => {
    const other = (y[at] as number) - middle;
    xy += (rank - middle) * other;
    xx += (rank - middle) ** 2;
    yy += other ** 2;
  });
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}

function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let at = from; at < to; at++) ranks[order[at] as number] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** BG/NBD and Gamma-Gamma on the same past and future, for 7 and 30 days and for value. */
function buyersUntilDead(whole: Timelines, past: Timelines): unknown {
  const { repeats, lastAt, age, amounts } = repeatsOf(past);
  const buyers: Repeats = { repeats, lastAt, age };
  if (age.length < 20) return "too few buyers";
  const model = fitBgNbd(buyers);
  const back = [...repeats.keys()].filter((at) => (repeats[at] ?? 0) > 0 && (amounts[at] ?? 0) > 0);
  if (back.length === 0) return "nobody came back and paid";
  const money = fitGammaGamma(
    back.map((at) => repeats[at] as number),
    back.map((at) => amounts[at] as number),
  );
  const moments = everybodyAt(whole, past.asOf);
  const buying = moments.rows.filter((row) => past.persons.includes(whole.persons[row] as string));
  const specs = chanceHeads(30);
  const outcomes = outcomesOf(whole, moments, specs, 30);
  const found: Record<string, unknown> = { r: model.r, alpha: model.alpha, a: model.a, b: model.b };
  const isAligned = buying.length === age.length;
  if (!isAligned) return "not every person bought";
  for (const [name, days] of [
    ["purchase_7d", 7],
    ["purchase_30d", 30],
  ] as const) {
    const at = specs.findIndex((head) => head.name === name);
    const kept = [...age.keys()].filter((m) => outcomes.known[m * specs.length + at]);
    const labels = kept.map((m) => outcomes.happened[m * specs.length + at] as number);
    const said = kept.map((m) => chanceOfPurchase(model, buyers, m, days));
    found[name] = judge(labels, said, judging);
  }
  const median = [...whole.paidMinor].filter((paid) => paid > 0).sort((x, y) => x - y);
  const unit = median[Math.floor((median.length - 1) / 2)] ?? 1;
  const said = Float64Array.from(
    age.keys(),
    (at) =>
      expectedPurchases(model, buyers, at, 30) *
      (expectedAmount(money, repeats[at] ?? 0, amounts[at] ?? 0) / unit),
  );
  found["value"] = valueFigures(
    outcomes.paidMinor.map((paid) => paid / unit),
    said,
  );
  return found;
}

/** Days with a purchase, counted from the first. @unit days, minor */
function repeatsOf({ offsets, times, names, paidMinor, persons, asOf }: Timelines) {
  const rows = persons.flatMap((_, row) => {
    const days = new Map<number, number>();
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      if (names[at] !== PURCHASE) continue;
      const day = Math.floor((times[at] as number) / DAY_MS);
      days.set(day, (days.get(day) ?? 0) + (paidMinor[at] as number));
    }
    const all = [...days.keys()].sort((a, b) => a - b);
    const [first, ...repeated] = all;
    if (first === undefined) return [];
    const spent = repeated.reduce((sum, day) => sum + (days.get(day) ?? 0), 0);
    const mean = repeated.length === 0 ? 0 : spent / repeated.length;
    const last = repeated.at(-1) ?? first;
    return [[repeated.length, last - first, asOf / DAY_MS - first, mean] as const];
  });
  const column = (at: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(rows, (row) => row[at]);
  return { repeats: column(0), lastAt: column(1), age: column(2), amounts: column(3) };
}

/** The published split of the CDNOW sample: 39 weeks to learn, 39 weeks to be right about. */
async function cdnowSample({ dataRoot }: BenchRun): Promise<unknown> {
  const buyers = await cdnowBuyers(dataRoot, "sample");
  const model = fitBgNbd(buyers);
  const counts = Float64Array.from(buyers.age.keys(), (at) =>
    expectedPurchases(model, buyers, at, 39),
  );
  const back = [...buyers.repeats.keys()].filter((at) => (buyers.amounts[at] ?? 0) > 0);
  const money = fitGammaGamma(
    back.map((at) => buyers.repeats[at] as number),
    back.map((at) => buyers.amounts[at] as number),
  );
  const spend = counts.map(
    (count, at) => count * expectedAmount(money, buyers.repeats[at] ?? 0, buyers.amounts[at] ?? 0),
  );
  return {
    published: { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259, logLikelihood: -9_582.4 },
    model,
    money,
    purchases: valueFigures(buyers.laterPurchases, counts),
    spentUsd: valueFigures(buyers.laterSpent, spend),
  };
}

// ---- tables without dates, split by lot

interface Table {
  /** @shape [rows, columns] */
  readonly x: Float64Array;
  readonly columns: number;
  readonly labels: Float64Array;
}

async function shoppersIntention(run: BenchRun, seeds: readonly number[]): Promise<unknown> {
  const path = join(run.dataRoot, "online-shoppers-intention", "sessions.parquet");
  const rows = (await rowsOf(path)).slice(0, run.tiny ? 600 : undefined);
  const words = ["Month", "VisitorType", "OperatingSystems", "Browser", "Region", "TrafficType"];
  const of = (left: readonly string[]): Table =>
    tableOf(rows, {
      words,
      left: ["row_id", "Revenue", ...left],
      yes: (row) => isTrue(row["Revenue"]),
    });
  return {
    protocol: "one row in five held out by lot, another lot for each seed",
    published: { withPageValues: 0.9313, withoutPageValues: 0.7849 },
    withPageValues: heldOut(of([]), seeds),
    withoutPageValues: heldOut(of(["PageValues"]), seeds),
  };
}

async function telcoChurn(run: BenchRun, seeds: readonly number[]): Promise<unknown> {
  const path = join(run.dataRoot, "telco-churn", "customers.parquet");
  const rows = (await rowsOf(path)).slice(0, run.tiny ? 600 : undefined);
  const words = Object.keys(rows[0] ?? {}).filter((name) => typeof rows[0]?.[name] === "string");
  const table = tableOf(rows, {
    words: words.filter((name) => name !== "churn"),
    left: ["churn"],
    yes: (row) => row["churn"] === "Yes",
  });
  return {
    protocol:
      "one row in five held out by lot, another for each seed; yes from a chance of one half",
    ...heldOut(table, seeds),
  };
}

const isTrue = (value: unknown): boolean => value === true || value === 1 || value === "true";

interface Columns {
  readonly words: readonly string[];
  readonly left: readonly string[];
  readonly yes: (row: Row) => boolean;
}

/** Words become a column for each; what is missing is not a number. */
function tableOf(rows: readonly Row[], { words, left, yes }: Columns): Table {
  const names = Object.keys(rows[0] ?? {}).filter((name) => !left.includes(name));
  const columns = names.flatMap((name): ((row: Row) => number)[] => {
    if (!words.includes(name)) return [(row) => numberOf(row[name])];
    const known = [...new Set(rows.map((row) => String(row[name])))].sort();
    return known.map((word) => (row: Row) => (String(row[name]) === word ? 1 : 0));
  });
  return {
    x: Float64Array.from(rows.flatMap((row) => columns.map((column) => column(row)))),
    columns: columns.length,
    labels: Float64Array.from(rows, (row) => (yes(row) ? 1 : 0)),
  };
}

const numberOf = (cell: unknown): number => {
  if (typeof cell === "boolean") return cell ? 1 : 0;
  return cell === null || cell === undefined ? Number.NaN : Number(cell);
};

const HELD_ONE_IN = 5;
const STOP_ONE_IN = 8;

/** Trees and regression on the same lots. */
function heldOut(table: Table, seeds: readonly number[]): Record<string, Record<string, Spread>> {
  return meansOf(seeds.map((seed) => heldOutOnce(table, seed)));
}

function heldOutOnce({ x, columns, labels }: Table, seed: number): HeadFigures {
  const order = Int32Array.from(labels.keys());
  createRandom(seed).split("lots").shuffle(order);
  const test = order.filter((_, at) => at % HELD_ONE_IN === 0);
  const rest = order.filter((_, at) => at % HELD_ONE_IN > 0);
  const part = (places: Int32Array) => ({
    x: rowsOfTable(x, columns, places),
    targets: Float64Array.from(places, (at) => labels[at] as number),
  });
  const trees = fitBoostedTrees(
    part(rest.filter((_, at) => at % STOP_ONE_IN > 0)),
    part(rest.filter((_, at) => at % STOP_ONE_IN === 0)),
    columns,
    {
      ...{ loss: "logistic", treesMost: 600, learningRate: 0.05, depthMost: 4, ridge: 2 },
      ...{ curvatureLeast: 3, binsMost: 254, rowShare: 0.8, columnShare: 0.5, patience: 40 },
    },
    createRandom(seed).split("trees"),
  );
  const filled = x.map((value) => (Number.isNaN(value) ? 0 : value));
  const own = { x: rowsOfTable(filled, columns, rest), targets: part(rest).targets };
  const options = { columns, ridge: 3, roundsMost: 30 };
  const logistic = fitLogistic(own.x, own.targets, undefined, options);
  const known = Float64Array.from(test, (at) => labels[at] as number);
  const said = (of: (at: number) => number): Float64Array =>
    Float64Array.from(test, (at) => sigmoid(of(at)));
  return {
    trees: tableFigures(
      known,
      said((at) => boostedScore(trees, x, at)),
    ),
    logistic: tableFigures(
      known,
      said((at) => logisticLogit(logistic, filled, at)),
    ),
  };
}

function rowsOfTable(x: Float64Array, columns: number, places: Int32Array): Float64Array {
  const rows = new Float64Array(places.length * columns);
  places.forEach((at, row) => {
    rows.set(x.subarray(at * columns, (at + 1) * columns), row * columns);
  });
  return rows;
}

function tableFigures(labels: Float64Array, said: Float64Array): Record<string, number> {
  const { accuracy, precision, recall, f1 } = decisionsAt(labels, said, 0.5);
  const { auc, logLoss, brier, ece } = judge(labels, said, judging);
  return { auc, logLoss, brier, ece, accuracy, precision, recall, f1 };
}

// ---- means over seeds

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** The same figures of several seeds, each as mean and deviation. */
function meansOf(runs: readonly HeadFigures[]): Record<string, Record<string, Spread>> {
  const [first = {}] = runs;
  return Object.fromEntries(
    Object.entries(first).map(([name, figures]) => [
      name,
      Object.fromEntries(
        Object.keys(figures).map((metric) => [
          metric,
          spreadOf(runs.map((one) => one[name]?.[metric] ?? Number.NaN)),
        ]),
      ),
    ]),
  );
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length < 2 ? 0 : Math.sqrt(square / (values.length - 1));
  const short = (value: number): number => Number(value.toPrecision(5));
  return { mean: short(mean), deviation: short(deviation) };
}

const lineOf = (heads: HeadFigures): string =>
  (Object.entries(heads) as [ChanceName, Record<string, number>][])
    .map(([name, of]) => `${name} auc ${of["auc"]?.toFixed(4)} ece ${of["ece"]?.toFixed(4)}`)
    .join(", ");
