import { emptyHistory } from "../../algorithms/sequences.ts";
import { problem } from "../../errors.ts";
import { type FoldedReport, foldedReport } from "../../evaluate/folded-report.ts";
import { evaluateRanking, type Scorer } from "../../evaluate/ranking.ts";
import type { RankingReport } from "../../evaluate/report.ts";
import { type Cases, collectCases, targetsOfCase } from "../../features/cases.ts";
import { casesAt, lastDaysSessions, leaveOneOut } from "../../features/splits.ts";
import type { StopSign } from "../../storage/jobs.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import { fitRecommend, type RecommendModel } from "./fit.ts";
import { type FrameSplit, foldsOf } from "./folds.ts";
import { blendScores, type Voice } from "./learning/blending.ts";
import {
  collapsedFrame,
  collapsedHistory,
  cutFrame,
  historyBefore,
  learnableOf,
  type RecommendFrame,
  regrouped,
} from "./learning/frame.ts";
import type { Asked, Learning } from "./learning/source.ts";
import { overlap } from "./list/overlap.ts";
import { releaseVoices, voicesOf } from "./list/shelf.ts";
import type { EvaluateOptions } from "./recommend.ts";
import type { RecommendParams } from "./schema.ts";

/**
 * Every source and the blend on a shop's own log, by a published protocol: the future is cut off,
 * everything (the blend's weights too) is fitted on the rest, and the whole catalogue is ranked for
 * every case. Runs in a worker thread.
 */
export interface MeasureArgument {
  readonly frame: RecommendFrame;
  readonly params: RecommendParams;
  readonly options: EvaluateOptions;
  readonly provider: Provider;
  readonly threads: number;
  readonly bootstrapRounds: number;
}

export interface RecommendReport
  extends RankingReport,
    Partial<Pick<FoldedReport, "folds" | "spread">> {
  /** What was left out, and why. */
  readonly notes: readonly string[];
  readonly params: RecommendParams;
}

const DAY_MS = 86_400_000;
const CONFIDENCE = 0.95;

/** @throws problem `too-little-data` when the split leaves nothing to ask */
export async function measure(
  argument: MeasureArgument,
  report: (progress: Learning) => void = () => undefined,
  signal?: StopSign,
): Promise<RecommendReport> {
  const { options } = argument;
  const frame = collapsedFrame(argument.frame);
  const { folds } = options;
  if (folds === undefined) return measureSplit(argument, splitOf(frame, options), report, signal);
  const reports: RecommendReport[] = [];
  for (const split of foldsOf(frame, folds, options.seed)) {
    const fold = `fold ${reports.length + 1} of ${folds.count}`;
    refuseEmpty(split);
    const told = (said: Learning): void => report({ ...said, stage: `${fold}: ${said.stage}` });
    reports.push(await measureSplit(argument, split, told, signal));
  }
  const notes = [...new Set(reports.flatMap((one) => one.notes))];
  const protocol = `${folds.count} folds by ${folds.by}; repeats in a row are one action`;
  return { ...foldedReport(reports, protocol), notes, params: argument.params };
}

/** @throws problem `too-little-data` */
function refuseEmpty({ train, cases, protocol }: FrameSplit): void {
  if (train.sequences.tokens.length > 0 && cases.count > 0) return;
  const what = cases.count > 0 ? "teaches" : "asks";
  throw problem("too-little-data", `${protocol} ${what} nothing: take fewer folds`);
}

async function measureSplit(
  { params, options, provider, threads, bootstrapRounds }: MeasureArgument,
  split: FrameSplit,
  report: (progress: Learning) => void,
  signal: StopSign | undefined,
): Promise<RecommendReport> {
  const fit = { frame: split.train, params, seed: options.seed, provider, threads };
  const heard: Parameters<typeof fitRecommend>[1] = (said) => {
    if (!("bytes" in said)) report(said);
  };
  const model = await fitRecommend(fit, heard, signal);
  const voices = voicesOf(model, provider);
  try {
    const ranking = await evaluateRanking(
      sampled(split.cases, options.casesMax, options.seed),
      scorersOf(model, voices, split.asked, { ...split, filterSeen: options.filterSeen }),
      {
        split: `${split.protocol}; repeats in a row are one action`,
        ks: options.ks,
        filterSeen: options.filterSeen,
        candidates: undefined,
        popularity: model.evidence,
        similarity: likenessOf(model),
        baselines: model.sources.map(({ name }) => name),
        segmentOf: ({ tokens }) => historyBand(tokens.length),
        primary: `ndcg@${Math.max(...options.ks)}`,
        seed: options.seed,
        bootstrapRounds,
        confidence: CONFIDENCE,
      },
    );
    return { ...ranking, notes: model.notes, params };
  } finally {
    await releaseVoices(voices);
  }
}

/** How well the shopper was known: a new one is not asked of as a regular is. */
const historyBand = (actions: number): string =>
  actions < 3 ? "history_1_2" : actions < 10 ? "history_3_9" : "history_10";

/** How alike two groups are by what they say of themselves; undefined when they say nothing. */
function likenessOf({ bags }: RecommendModel): ((a: number, b: number) => number) | undefined {
  if (bags.columns.length === 0) return undefined;
  const sets = new Map<number, ReadonlySet<number>>();
  const setOf = (token: number): ReadonlySet<number> => {
    const found = sets.get(token);
    if (found !== undefined) return found;
    const made = new Set(bags.columns.subarray(bags.offsets[token], bags.offsets[token + 1]));
    sets.set(token, made);
    return made;
  };
  return (a, b) => overlap(setOf(a), setOf(b));
}

function splitOf(frame: RecommendFrame, options: EvaluateOptions): FrameSplit {
  const { sequences } = frame;
  const last = sequences.times.reduce((most, time) => Math.max(most, time), 0);
  const testAt = Math.max(0, last + 1 - options.testDays * DAY_MS);
  if (options.split === "leave_one_out") {
    const { test, protocol } = leaveOneOut(sequences);
    const hidden = new Uint8Array(sequences.tokens.length);
    for (const end of test.ends) hidden[end] = 1;
    const train = cutFrame(frame, frame.asOf, (place) => hidden[place] === 0);
    return { train, asked: train, cases: test, protocol, bySession: false, family: "next" };
  }
  const before = (place: number): boolean => (sequences.times[place] as number) < testAt;
  if (options.split === "global_time") {
    const cases = casesAt(sequences, testAt, last + 1, { targets: "all", minHistory: 1 });
    const protocol = `global time (all that follows in the last ${options.testDays} days)`;
    const train = cutFrame(frame, testAt, before);
    return { train, asked: train, cases, protocol, bySession: false, family: "session" };
  }
  const sessions = regrouped(sequences, frame.sessions, () => true);
  const split = lastDaysSessions(sessions, { testDays: options.testDays, validationDays: 0 });
  const train = cutFrame(frame, testAt, before);
  return {
    train,
    asked: train,
    cases: split.test,
    protocol: split.protocol,
    bySession: true,
    family: "next",
  };
}

/** At most so many cases, drawn by the seed, in their order. */
export function sampled(cases: Cases, most: number, seed: number): Cases {
  if (cases.count <= most) return cases;
  const order = Int32Array.from({ length: cases.count }, (_, at) => at);
  createRandom(seed).split("cases").shuffle(order);
  const chosen = order.subarray(0, most).sort();
  const list = collectCases(cases.sequences);
  for (const at of chosen) {
    const [row, start] = [cases.rows[at] as number, cases.starts[at] as number];
    const [end, now] = [cases.ends[at] as number, cases.now[at] as number];
    list.add(row, start, end, now, targetsOfCase(cases, at));
  }
  return list.done();
}

/**
 * Each source alone, and the blend of the family. The blend, asked of the same history, uses what
 * the sources have said of it, and these are its caller's to release; its time is then that of the mixing.
 */
export function scorersOf(
  model: RecommendModel,
  asked: readonly Voice[],
  train: RecommendFrame,
  how: Pick<FrameSplit, "bySession" | "family"> & { readonly filterSeen: boolean },
): readonly Scorer[] {
  const { bought } = learnableOf(train, model.params.supportMin, () => true);
  const asking = (history: Asked["history"], row: number): Asked => ({
    history: collapsedHistory(history),
    bought:
      how.bySession || row >= bought.rows
        ? emptyHistory(history.now)
        : historyBefore(bought, row, history.now),
  });
  const voices = asked.map((voice) => heard(voice, model.groups.length));
  let last: { readonly of: Asked["history"]; readonly row: number; readonly as: Asked } | undefined;
  const askedOnce = (history: Asked["history"], row: number): Asked => {
    if (last?.of !== history || last.row !== row) {
      last = { of: history, row, as: asking(history, row) };
    }
    return last.as;
  };
  const alone = voices.map(
    ({ name, source }): Scorer => ({
      name,
      read: async (history, row) => source.read?.([askedOnce(history, row)], false),
      scoreInto: (history, row, out) => source.scoreInto(askedOnce(history, row), out),
    }),
  );
  const mask = new Uint8Array(model.groups.length);
  const { blend } = model.blends[how.family];
  const blended: Scorer = {
    name: "blend",
    scoreInto(history, row, out) {
      if (how.filterSeen) for (const token of history.tokens) mask[token] = 1;
      out.set(blendScores(voices, blend, askedOnce(history, row), mask.length, mask).total);
      for (const token of history.tokens) mask[token] = 0;
    },
  };
  return [...alone, blended];
}

/** Remembers its last answer. O(vocabulary) memory. */
function heard({ name, source }: Voice, vocabulary: number): Voice {
  const said = new Float32Array(vocabulary);
  let of: Asked | undefined;
  const scoreInto = (asked: Asked, out: Float32Array): void => {
    if (of !== asked) source.scoreInto(asked, said);
    of = asked;
    out.set(said);
  };
  return { name, source: { ...source, scoreInto } };
}
