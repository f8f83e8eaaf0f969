import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { countColumns } from "../algorithms/csr.ts";
import type { Sequences } from "../algorithms/sequences.ts";
import { monotonicMs } from "../clock.ts";
import { historyOfCase } from "../features/cases.ts";
import { cutRows, leaveOneOut, type Split } from "../features/splits.ts";
import { createRandom } from "../tensor/random.ts";
import { readSequences } from "./conformance/read-sequences.ts";
import { evaluateRanking, type Scorer } from "./ranking.ts";

/**
 * How many cases a second are judged on the full catalogue, and what that costs beside the naive
 * way (sort the catalogue for every case). On amazon-beauty by leave-one-out, popularity as the
 * method because it costs next to nothing itself. Five seeds: ties are broken anew by each.
 */
export async function bench({ tiny, dataRoot, note }: BenchRun): Promise<unknown> {
  const whole = await readSequences(join(dataRoot, "amazon-beauty", "interactions.parquet"), {
    row: "user_id",
    token: "item_id",
    position: "position",
  });
  const sequences = tiny ? cutRows(whole, firstRows(whole, 200)) : whole;
  const split = leaveOneOut(sequences);
  const seeds = tiny ? [1] : [1, 2, 3, 4, 5];
  const rounds = tiny ? 10 : 1_000;
  const runs = [];
  for (const seed of seeds) {
    runs.push(await judged(split, seed, rounds));
    note(`seed ${seed}: ${JSON.stringify(runs.at(-1))}`);
  }
  const naive = sorting(split, tiny ? 20 : 500);
  const counted = median(runs.map((run) => run.casesPerSecond));
  return {
    data: "amazon-beauty",
    split: split.protocol,
    cases: split.test.count,
    vocabulary: sequences.vocabulary,
    seeds,
    "popularity hr@10": runs.map((run) => run.hitRate),
    casesPerSecond: { median: counted, runs: runs.map((run) => run.casesPerSecond) },
    bootstrapAndTests: { rounds, msMedian: median(runs.map((run) => run.restMs)) },
    baseline: { name: "sorting the catalogue for every case", casesPerSecond: naive },
    timesFaster: Math.round((10 * counted) / naive) / 10,
  };
}

const firstRows =
  (sequences: Sequences, rows: number) =>
  (row: number): number =>
    sequences.offsets[row < rows ? row + 1 : row] as number;

const scorerOf = (name: string, { train }: Split): Scorer => {
  const counts = Float32Array.from(countColumns(train.tokens, train.vocabulary));
  return { name, scoreInto: (_history, _row, out) => out.set(counts) };
};

interface Judged {
  readonly casesPerSecond: number;
  readonly hitRate: number;
  /** Intervals and significance. */
  readonly restMs: number;
}

async function judged(split: Split, seed: number, rounds: number): Promise<Judged> {
  const began = monotonicMs();
  const report = await evaluateRanking(
    split.test,
    [scorerOf("popularity", split), scorerOf("again", split)],
    {
      split: split.protocol,
      ks: [10],
      filterSeen: true,
      candidates: undefined,
      popularity: countColumns(split.train.tokens, split.train.vocabulary),
      similarity: undefined,
      baselines: ["popularity"],
      primary: "ndcg@10",
      seed,
      bootstrapRounds: rounds,
      confidence: 0.95,
    },
  );
  const seconds = report.scorers.reduce((sum, scorer) => sum + scorer.seconds, 0);
  return {
    casesPerSecond: Math.round((2 * split.test.count) / seconds),
    hitRate: report.scorers[0]?.metrics["hr@10"]?.mean ?? 0,
    restMs: Math.max(0, Math.round(monotonicMs() - began - 1_000 * seconds)),
  };
}

/** Cases a second when the whole catalogue is sorted. */
function sorting(split: Split, cases: number): number {
  const { test } = split;
  const scorer = scorerOf("popularity", split);
  const scores = new Float32Array(test.sequences.vocabulary);
  const random = createRandom(1);
  let hits = 0;
  const began = monotonicMs();
  for (let i = 0; i < cases; i++) {
    const at = random.int(test.count);
    const history = historyOfCase(test, at);
    scorer.scoreInto(history, test.rows[at] as number, scores);
    for (const token of history.tokens) scores[token] = Number.NEGATIVE_INFINITY;
    const order = Int32Array.from(scores.keys());
    order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
    hits += order.indexOf(test.targets[at] as number) < 10 ? 1 : 0;
  }
  const seconds = (monotonicMs() - began) / 1_000;
  return hits >= 0 ? Math.round(cases / seconds) : 0;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
