import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../../../scripts/bench.ts";
import { type Sequences, sequencesOf } from "../../../algorithms/sequences.ts";
import { auc, calibrationError, logLoss } from "../../../evaluate/classification-metrics.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import { fitClassifier, purchaseChances } from "./fit-classifier.ts";

/**
 * Will this visit end in a purchase? Sessions of RetailRocket's buyers, parted by pauses of 30 minutes;
 * what is shown of a session is what came before its first purchase, and all of it where there was none,
 * so that no purchase is seen. The last fifth of the sessions in time is the test. Asked after the last
 * action shown. A session that begins with its purchase shows nothing and is left out.
 * Beside it the simplest that could do: how many actions there were, and how many carts.
 */
const GAP_MS = 30 * 60_000;
const TEST_SHARE = 0.2;
const SEEDS = [1, 2, 3, 4, 5];
/** Up to 10 s, a minute, 5 minutes, longer; the first action of a session has a number of its own. */
const PAUSES_MS = [10_000, 60_000, 300_000];
const KINDS = ["view", "cart"] as const;
const PER_KIND = 2 * (PAUSES_MS.length + 2);
const VOCABULARY = KINDS.length * PER_KIND;

/** The textbook's layers, with an embedding as small as its vocabulary. */
const shape = { vocabulary: VOCABULARY, width: 16, hidden: 64, length: 50, dropout: 0.2 };
const settings = { rows: 16, epochs: 10, learningRate: 3e-3, decay: 0, clipNorm: 5 };

interface Deed {
  readonly shopper: number;
  readonly item: number;
  readonly kind: string;
  readonly atMs: number;
}

interface Visit {
  readonly beganMs: number;
  readonly tokens: number[];
  readonly carts: number;
  readonly bought: 0 | 1;
}

export async function bench(run: BenchRun): Promise<unknown> {
  const all = visitsOf(await deedsOf(run.dataRoot));
  const results: Record<string, unknown> = {};
  for (const shown of ["views and carts", "views alone"] as const) {
    const visits = shown === "views alone" ? all.filter(({ carts }) => carts === 0) : all;
    const some = run.tiny ? visits.slice(0, 400) : visits;
    const runs = [];
    for (const seed of run.tiny ? [1] : SEEDS) {
      const found = await run.part(`${shown} seed ${seed}`, () => runSeed(some, seed, run));
      if (found !== undefined) runs.push(found);
    }
    const mean = runs.reduce((sum, one) => sum + one.auc, 0) / Math.max(1, runs.length);
    const spread = runs.reduce((sum, one) => sum + (one.auc - mean) ** 2, 0);
    const deviation = Math.sqrt(spread / Math.max(1, runs.length - 1));
    results[shown] = {
      ...baselines(some),
      meanAuc: round(mean),
      deviation: round(deviation),
      runs,
    };
  }
  return {
    data: "retailrocket-behaviour, split train",
    protocol:
      "sessions by pauses of 30 minutes, shown up to their first purchase, asked once at the end; " +
      "the last fifth in time is the test. Views alone: sessions without a cart before the purchase",
    shape,
    settings,
    results,
  };
}

async function deedsOf(root: string): Promise<Deed[]> {
  const tables = fileTables({
    memoryMib: 512,
    threads: 1,
    temporary: tmpdir(),
    maxLineBytes: 1_048_576,
    maxBadLines: 0,
  });
  const deeds: Deed[] = [];
  const path = join(root, "retailrocket-behaviour", "events.parquet");
  const options = { format: "parquet", afterLine: 0, batch: 50_000 } as const;
  for await (const batch of tables.read(path, { ...options, orderBy: "user_id, timestamp" })) {
    for (const { values } of batch.rows) {
      if (values["split"] !== "train" || values["timestamp"] === null) continue;
      deeds.push({
        shopper: Number(values["user_id"]),
        item: Number(values["item_id"]),
        kind: String(values["behavior"]),
        atMs: Number(values["timestamp"]) * 1_000,
      });
    }
  }
  await tables.close();
  return deeds;
}

/** In order of time. */
function visitsOf(deeds: readonly Deed[]): Visit[] {
  const visits: Visit[] = [];
  let from = 0;
  deeds.forEach((deed, at) => {
    const next = deeds[at + 1];
    const goesOn = next?.shopper === deed.shopper && next.atMs - deed.atMs <= GAP_MS;
    if (goesOn) return;
    const visit = visitOf(deeds.slice(from, at + 1));
    if (visit.tokens.length > 0) visits.push(visit);
    from = at + 1;
  });
  return visits.sort((a, b) => a.beganMs - b.beganMs);
}

function visitOf(deeds: readonly Deed[]): Visit {
  const purchase = deeds.findIndex(({ kind }) => kind === "buy");
  const shown = purchase < 0 ? deeds : deeds.slice(0, purchase);
  const seen = new Set<number>();
  const tokens = shown.map(({ item, kind, atMs }, at) => {
    const pauseMs = atMs - (shown[at - 1]?.atMs ?? atMs);
    const longer = PAUSES_MS.filter((limit) => pauseMs > limit).length;
    const pause = at === 0 ? 0 : 1 + longer;
    const token = KINDS.indexOf(kind as "view") * PER_KIND + 2 * pause + (seen.has(item) ? 1 : 0);
    seen.add(item);
    return token;
  });
  return {
    beganMs: deeds[0]?.atMs ?? 0,
    tokens,
    carts: shown.filter(({ kind }) => kind === "cart").length,
    bought: purchase < 0 ? 0 : 1,
  };
}

const halves = (
  visits: readonly Visit[],
): { before: readonly Visit[]; after: readonly Visit[] } => {
  const cut = Math.floor(visits.length * (1 - TEST_SHARE));
  return { before: visits.slice(0, cut), after: visits.slice(cut) };
};

const sequencesFrom = (visits: readonly Visit[]): Sequences =>
  sequencesOf(
    visits.map(({ tokens }) => tokens),
    VOCABULARY,
  );
const bought = (visits: readonly Visit[]): number[] => visits.map((visit) => visit.bought);

async function runSeed(
  visits: readonly Visit[],
  seed: number,
  run: BenchRun,
): Promise<{ seed: number; auc: number; logLoss: number; ece: number; finalLoss: number }> {
  const { before, after } = halves(visits);
  const fitted = await fitClassifier({
    sequences: sequencesFrom(before),
    bought: bought(before),
    shape,
    settings: run.tiny ? { ...settings, epochs: 2 } : settings,
    seed,
    threads: 1,
    signal: undefined,
  });
  const histories = after.map(({ tokens }) => Int32Array.from(tokens));
  const chances = await purchaseChances(fitted, histories, 1);
  const labels = bought(after);
  const found = {
    seed,
    auc: round(auc(labels, chances)),
    logLoss: round(logLoss(labels, chances, 1e-6)),
    ece: round(calibrationError(labels, chances, 10, "equal-mass")),
    finalLoss: round(fitted.losses.at(-1) ?? 0),
  };
  run.note(`seed ${seed}: AUC ${found.auc}`);
  return found;
}

/** AUC of counts, on the test. */
function baselines(visits: readonly Visit[]): object {
  const { before, after } = halves(visits);
  const of = (score: (visit: Visit) => number): number =>
    round(auc(bought(after), after.map(score)));
  return {
    trainSessions: before.length,
    testSessions: after.length,
    boughtShare: round(bought(after).reduce((sum, one) => sum + one, 0) / after.length),
    aucOfActions: of(({ tokens }) => tokens.length),
    aucOfCarts: of(({ carts }) => carts),
  };
}

const round = (value: number): number => Math.round(1e4 * value) / 1e4;
