import { availableParallelism } from "node:os";
import type { BenchRun } from "../../../../scripts/bench.ts";
import { countColumns } from "../../../algorithms/csr.ts";
import { evaluateRanking, type Scorer } from "../../../evaluate/ranking.ts";
import { placesIn } from "../../../model/behaviour/training/onward.ts";
import { type TimedSet, timedSet } from "../conformance/timed-sets.ts";
import { fitRecommend, type RecommendModel } from "../fit.ts";
import { scorersOf } from "../measure.ts";
import { type RecommendParams, recommendParamsSchema } from "../schema.ts";
import { verdictOn } from "../score.ts";
import type { Voice } from "./blending.ts";
import type { Before } from "./onward.ts";
import { translated } from "./onward.ts";
import { readyVoices } from "./sources.ts";

/**
 * What it costs to keep up: a model of some time ago as it is, the same after it learned on, and one that
 * learned everything anew, all asked what shoppers did next. Everything that trains goes the way of the
 * product (held-out actions, early stop, then everything); the questions are asked once.
 */
interface Plan {
  readonly name: string;
  readonly usersMost: number;
  readonly filterSeen: boolean;
}

const plans: readonly Plan[] = [
  { name: "movielens-1m", usersMost: 2_000, filterSeen: true },
  { name: "retailrocket-behaviour", usersMost: 400, filterSeen: false },
];
const MOMENTS = { before: 0.85, after: 0.95 };
const SEEDS = [1, 2, 3];
const SHARES = [0.5, 0.8, 0.9];
/** What the other sources add is the same three times; two are a blend. By ids alone: half the time. */
const params = (tiny: boolean): RecommendParams =>
  recommendParamsSchema.parse({
    without: [
      "markov",
      "item_knn",
      "session_knn",
      "ease",
      "als",
      "bought_together",
      "content",
      "personal",
    ],
    behaviour: { content: false, epochsMost: 20 },
    ...(tiny ? { blendCasesMax: 100, behaviour: { width: 8, length: 8, epochsMost: 2 } } : {}),
  }) as RecommendParams;

export async function bench(run: BenchRun): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const plan of run.tiny ? plans.slice(0, 1) : plans) {
    const set = await timedSet(run.dataRoot, plan.name, MOMENTS, run.tiny ? 500 : plan.usersMost);
    const seeds = [];
    for (const seed of run.tiny ? [1] : SEEDS) {
      const one = await run.part(`${plan.name} ${seed}`, () => compared(run, plan, set, seed));
      if (one !== undefined) seeds.push(one);
    }
    if (seeds.length > 0) found[plan.name] = summary(set, seeds);
  }
  return found;
}

interface Measured {
  readonly seconds: number;
  /** Of all cores: what it costs, whoever else is at work on the machine. */
  readonly cpuSeconds: number;
  /** NDCG@10 of the blend and of the behaviour model alone. */
  readonly blend: number;
  readonly behaviour: number;
  /** 1 where it would go into service, else 0; as a mean, the share of the seeds. */
  readonly isPromoted: number;
}

type Compared = Readonly<Record<string, Measured>>;

async function compared(run: BenchRun, plan: Plan, set: TimedSet, seed: number): Promise<Compared> {
  const threads = Math.min(2, availableParallelism());
  const trained = async (frame: TimedSet["after"], before?: Before) => {
    const [started, worked] = [performance.now(), process.cpuUsage()];
    const fit = {
      frame,
      params: params(run.tiny),
      seed,
      provider: "cpu",
      threads,
      before,
    } as const;
    const model = await fitRecommend(fit);
    const { user, system } = process.cpuUsage(worked);
    const seconds = (performance.now() - started) / 1_000;
    return { model, spent: { seconds, cpuSeconds: (user + system) / 1e6 } };
  };
  const first = await trained(set.before);
  const found: Record<string, Measured> = {
    unchanged: {
      seconds: 0,
      cpuSeconds: 0,
      isPromoted: 1,
      ...(await judged(plan, set, first.model, seed)),
    },
  };
  const shares = run.tiny ? [0.5] : SHARES;
  for (const replayShare of shares) {
    const before = { version: "before", model: first.model, replayShare };
    const { model, spent } = await trained(set.after, before);
    found[`incremental, replay ${replayShare}`] = {
      ...spent,
      // What would serve: a version that answers new actions worse than the one before does not.
      isPromoted: Number(verdictOn(model).good),
      ...(await judged(plan, set, model, seed)),
    };
    run.note(`${plan.name} ${seed} replay ${replayShare}: ${JSON.stringify(model.onward)}`);
  }
  const full = await trained(set.after);
  found["full"] = { ...full.spent, isPromoted: 1, ...(await judged(plan, set, full.model, seed)) };
  run.note(`${plan.name} ${seed}: ${JSON.stringify(found)}`);
  return found;
}

async function judged(
  { filterSeen }: Plan,
  { after, whole, cases, protocol }: TimedSet,
  model: RecommendModel,
  seed: number,
): Promise<Pick<Measured, "blend" | "behaviour">> {
  const known = placesIn(model.groups, after.groups);
  const voices = readyVoices(model.sources, "cpu").map(
    ({ name, source }): Voice => ({ name, source: translated(source, known, model.groups.length) }),
  );
  const asked = { ...model, groups: after.groups };
  try {
    const how = { bySession: false, family: "next", filterSeen } as const;
    const scorers: readonly Scorer[] = scorersOf(asked, voices, whole, how);
    const report = await evaluateRanking(cases, scorers, {
      ...{ split: protocol, ks: [10], filterSeen, candidates: undefined, seed },
      ...{
        popularity: countColumns(after.sequences.tokens, after.groups.length),
        similarity: undefined,
        baselines: [],
      },
      ...{ primary: "ndcg@10", bootstrapRounds: 0, confidence: 0.95 },
    });
    const of = (name: string): number =>
      report.scorers.find((one) => one.name === name)?.metrics["ndcg@10"]?.mean ?? 0;
    return { blend: of("blend"), behaviour: of("behaviour") };
  } finally {
    for (const { source } of voices) await source.release?.();
  }
}

function summary(
  { before, after, cases, protocol }: TimedSet,
  seeds: readonly Compared[],
): unknown {
  const names = Object.keys(seeds[0] ?? {});
  const mean = (name: string, of: keyof Measured): number =>
    seeds.reduce((sum, one) => sum + (one[name]?.[of] ?? 0), 0) / seeds.length;
  const methods = Object.fromEntries(
    names.map((name) => [
      name,
      {
        seconds: round(mean(name, "seconds"), 1),
        cpuSeconds: round(mean(name, "cpuSeconds"), 1),
        cpuToFull: round(mean(name, "cpuSeconds") / mean("full", "cpuSeconds"), 3),
        ndcg10: round(mean(name, "blend"), 4),
        ndcg10ToFull: round(mean(name, "blend") / mean("full", "blend"), 3),
        promotedShare: round(mean(name, "isPromoted"), 2),
        behaviourNdcg10: round(mean(name, "behaviour"), 4),
      },
    ]),
  );
  return {
    protocol,
    seeds: seeds.length,
    actions: { before: before.sequences.tokens.length, after: after.sequences.tokens.length },
    groups: { before: before.groups.length, after: after.groups.length },
    cases: cases.count,
    params: params(false),
    methods,
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
