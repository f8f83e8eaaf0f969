import { createHash } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { type Clock, monotonicMs } from "../../clock.ts";
import type { Collect } from "../../collect/collect.ts";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import type { Past } from "../../features/past.ts";
import type { Timelines } from "../../features/timelines.ts";
import { timelinesAsOf } from "../../features/timelines-as-of.ts";
import type { ModelRegistry, ModelVersion, NewVersion } from "../../model/registry.ts";
import type { JobControl } from "../../storage/jobs.ts";
import { judging } from "./chance-voices.ts";
import { decide } from "./decide.ts";
import { keepCounts } from "./everybody/kept-counts.ts";
import { outcomesReport } from "./everybody/outcomes.ts";
import { pageOf, segmentsOf } from "./everybody/pages.ts";
import { recordPredictions } from "./everybody/record-predictions.ts";
import { type FitArgument, metricsOf, type PredictModel } from "./fit.ts";
import { gather, SESSION_GAP_MINUTES } from "./gather.ts";
import { openOracles } from "./oracles.ts";
import type { Predict, PredictOutcomes, PredictReport } from "./predict.ts";
import type { PredictParams } from "./schema.ts";
import { verdictOn } from "./score.ts";
import { sliceShares } from "./slices.ts";

/** Everything the scenario stands on. */
export interface PredictParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly collect: Collect;
  readonly models: ModelRegistry;
  past(shop: string): Promise<Past>;
  /** Ids of answers; time-ordered UUIDs unless a test brings its own. */
  readonly newRequestId?: () => string;
}

const SCENARIO = "predict";
const TRAINING = ["gather", "fit", "register", "promote"];
/** Versions kept beside the one in service. */
const VERSIONS_KEPT = 5;

/**
 * The scenario in service. Histories are read from the log as of the moment of the question, so an event
 * changes the next answer. Erasure: a model holds no person; all versions but the one in service are
 * deleted, the next training reads the log without them, and one that runs meanwhile ends in a conflict.
 */
export function openPredict(parts: PredictParts): Predict {
  const { clock, collect, config, models, newRequestId = uuidv7 } = parts;
  const oracles = openOracles(models, SCENARIO, config.compute);
  const segments = keepCounts(clock, (shop) =>
    oracles.use(shop, async (lent) => segmentsOf(lent, await parts.past(shop), clock())),
  );
  const outcomesOf = async (shop: string, model: string | null): Promise<PredictOutcomes> => {
    const most = config.predict.outcomesMost;
    return outcomesReport(await parts.past(shop), clock(), { model, most });
  };
  const outcomes = keepCounts(clock, (shop) => outcomesOf(shop, null));
  const reload = async (shop: string): Promise<void> => {
    await oracles.reload(shop);
    segments.forget(shop);
  };
  const erasures = new Map<string, number>();
  const erasuresOf = (shop: string): number => erasures.get(shop) ?? 0;
  collect.listen({
    erased: async (shop) => {
      erasures.set(shop, erasuresOf(shop) + 1);
      segments.forget(shop);
      outcomes.forget(shop);
      await models.prune(shop, SCENARIO, 0);
    },
  });
  return {
    decide: (shop, request) =>
      oracles.use(shop, async ({ oracle, version }) => {
        const asOf = clock();
        const person = collect.personOf(shop, request);
        // The event of this very instant is known too.
        const past = await parts.past(shop);
        const timelines = await historyOf(past, asOf + 1, person, oracle.model.currency);
        const needs = { oracle, timelines, asOf, request: newRequestId(), version };
        return decide(oracle.model, request, needs);
      }),
    page: (shop, page) =>
      oracles.use(shop, async (lent) => pageOf(lent, await parts.past(shop), clock(), page)),
    segments: (shop) => segments.of(shop),
    report: (shop) =>
      oracles.use(shop, async ({ oracle, version }) => reportOf(oracle.model, version)),
    record: (shop, order, asOf, control) =>
      oracles.use(shop, async (lent) => {
        const { eventsPerBatch } = config.collect;
        const past = await parts.past(shop);
        const to = { collect, past, lent, eventsPerBatch };
        return recordPredictions(to, order, asOf, control).finally(() => outcomes.forget(shop));
      }),
    outcomes: (shop, { model }) =>
      model === undefined ? outcomes.of(shop) : outcomesOf(shop, model),
    async train(shop, params, seed, control) {
      const before = erasuresOf(shop);
      const learned = await learn(parts, shop, params, seed, control);
      const current = (): boolean => erasuresOf(shop) === before;
      return serve(parts, reload, shop, learned, current, control);
    },
    reload,
    close: () => oracles.close(),
  };
}

/** What one person did before a moment; without rows where nobody is named or nothing is known. */
export function historyOf(
  past: Past,
  asOf: number,
  person: string | null,
  currency: string | null,
): Promise<Timelines> {
  return timelinesAsOf(past, asOf, {
    of: { person: person ?? "" },
    currency,
    sessionGapMinutes: SESSION_GAP_MINUTES,
  });
}

function reportOf(model: PredictModel, version: string): PredictReport {
  return {
    model: version,
    asOf: model.asOf,
    protocol: {
      seed: model.seed,
      ...sliceShares,
      bins: judging.bins,
      segmentCasesLeast: judging.casesLeast,
    },
    heads: model.chances.map(({ head, voice, calibrator, chosen, learnedFrom, judged, lift }) => ({
      head: head.name,
      days: head.days,
      voice,
      calibration: calibrator.kind,
      chosen,
      learnedFrom,
      judged,
      lift,
    })),
    notes: model.notes,
  };
}

// ---- training

interface Learned extends NewVersion {
  readonly model: PredictModel;
}

async function learn(
  parts: PredictParts,
  shop: string,
  params: PredictParams,
  seed: number,
  control: JobControl,
): Promise<Learned> {
  const stage = stages(control, TRAINING);
  stage(0);
  const asOf = parts.clock();
  const frame = await gather(await parts.past(shop), asOf);
  stage(1);
  const begun = monotonicMs();
  const argument: FitArgument = { frame, params, seed, ...parts.config.compute };
  const module = new URL("./fit.ts", import.meta.url).href;
  const model = await control.compute<PredictModel>({ module, name: "fitPredict", argument });
  const fitSeconds = (monotonicMs() - begun) / 1000;
  const dataFingerprint = fingerprint(frame);
  const metrics = metricsOf(model);
  return {
    ...{ scenario: SCENARIO, asOf, seed, params, dataFingerprint, metrics, fitSeconds },
    model,
  };
}

/** @param current whether nobody has been erased since what it was learned from was read */
async function serve(
  { models }: PredictParts,
  reload: (shop: string) => Promise<void>,
  shop: string,
  learned: Learned,
  current: () => boolean,
  control: JobControl,
): Promise<ModelVersion> {
  const stage = stages(control, TRAINING);
  stage(2);
  if (!current()) throw erasedMeanwhile();
  const version = await models.add(shop, learned);
  if (!current()) {
    await models.prune(shop, SCENARIO, 0);
    throw erasedMeanwhile();
  }
  stage(3);
  const { good, why } = verdictOn(learned.model);
  if (!good) return models.withdraw(shop, version.version, `not promoted: ${why}`);
  await models.promote(shop, version.version);
  await models.prune(shop, SCENARIO, VERSIONS_KEPT);
  await reload(shop);
  return version;
}

const erasedMeanwhile = (): Error =>
  problem("conflict", "a shopper was erased while the model was being trained: train again");

function stages(control: JobControl, names: readonly string[]): (at: number) => void {
  return (at) => {
    if (control.signal.aborted) throw problem("cancelled", `stopped before ${names[at]}`);
    control.progress({ stage: names[at] ?? "", done: at, total: names.length, unit: "stages" });
  };
}

/** SHA-256 over what was learned from. */
function fingerprint(frame: Timelines): string {
  const hash = createHash("sha256").update(JSON.stringify([frame.shop, frame.asOf, frame.groups]));
  const { offsets, times, names, surfaces, tokens, pieces, priceMinor, paidMinor } = frame;
  const all = [offsets, times, names, surfaces, tokens, pieces, priceMinor, paidMinor];
  for (const array of all) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}
