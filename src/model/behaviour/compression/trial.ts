import { assert } from "../../../assert.ts";
import { monotonicMs } from "../../../clock.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import { type Hits, hitsOf, type RankQuestion, rankOf } from "../rank.ts";
import { bytesOf } from "./kept.ts";
import { type KeptModel, type OpenKept, openKept } from "./open-kept.ts";
import type { BeforeAfter, CompressionReport } from "./report.ts";

/**
 * A model and what it was compressed into, asked the same questions by the way that serves. Ranks are of
 * the whole catalogue; times are of one question after the other, the two models in turns, so that what
 * slows the machine slows both.
 */
export type Trial = Pick<
  CompressionReport,
  "bytes" | "latencyMs" | "ndcg10" | "hitRate10" | "cases" | "drop"
>;

export interface TrialOptions {
  readonly provider: Provider;
  readonly threads: number;
  readonly filterSeen: boolean;
  /** Questions that are timed. */
  readonly timedMost: number;
  /** Told now and then; throws to stop. */
  readonly onward: () => void;
}

const K = 10;
const BATCH = 64;

export async function tried(
  before: KeptModel,
  after: KeptModel,
  questions: readonly RankQuestion[],
  options: TrialOptions,
): Promise<Trial> {
  assert(questions.length > 0, "there are questions to try by");
  const how = { provider: options.provider, threads: options.threads, batch: BATCH };
  const models = [before, after].map((model) => ({ model, open: openKept(model, how) }));
  try {
    const [first, second] = models as [Tried, Tried];
    const [whole, small] = [
      await hitsBy(first, questions, options),
      await hitsBy(second, questions, options),
    ];
    const ndcg10 = { before: whole.ndcg, after: small.ndcg };
    const hitRate10 = { before: whole.hitRate, after: small.hitRate };
    return {
      bytes: { before: sizeOf(before), after: sizeOf(after) },
      latencyMs: await timed([first, second], questions.slice(0, options.timedMost)),
      ndcg10,
      hitRate10,
      cases: questions.length,
      drop: Math.max(lost(ndcg10), lost(hitRate10)),
    };
  } finally {
    for (const { open } of models) await open.reader.release();
  }
}

/** Nothing can be lost of nothing. @unit result share, below 0 for a gain */
const lost = ({ before, after }: BeforeAfter): number => (before === 0 ? 0 : 1 - after / before);

const sizeOf = ({ parameters }: KeptModel): number =>
  Object.values(parameters).reduce((sum, kept) => sum + bytesOf(kept), 0);

interface Tried {
  readonly model: KeptModel;
  readonly open: OpenKept;
}

const BLOCK = 512;

/** O(questions vocabulary width). */
async function hitsBy(
  { model: { shape }, open }: Tried,
  questions: readonly RankQuestion[],
  { filterSeen, onward }: TrialOptions,
): Promise<Hits> {
  const { width, vocabulary } = shape;
  const scores = new Float32Array(vocabulary);
  const ranks: number[] = [];
  for (let from = 0; from < questions.length; from += BLOCK) {
    onward();
    const part = questions.slice(from, from + BLOCK);
    const states = await open.reader.read(part.map(({ history }) => history));
    part.forEach((question, at) => {
      open.scoreInto(states.subarray(at * width, (at + 1) * width), scores);
      ranks.push(rankOf(scores, question, { filterSeen, among: undefined }));
    });
  }
  return hitsOf(ranks, K);
}

/** The first few are not counted: memory is laid out by them. */
const WARM_UP = 3;

async function timed(
  models: readonly [Tried, Tried],
  questions: readonly RankQuestion[],
): Promise<BeforeAfter> {
  const times: [number[], number[]] = [[], []];
  for (const [turn, { history }] of questions.entries()) {
    for (const [at, { model, open }] of models.entries()) {
      const scores = new Float32Array(model.shape.vocabulary);
      const began = monotonicMs();
      const state = await open.reader.read([history]);
      open.scoreInto(state, scores);
      if (turn >= Math.min(WARM_UP, questions.length - 1)) times[at]?.push(monotonicMs() - began);
    }
  }
  return { before: median(times[0]), after: median(times[1]) };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
