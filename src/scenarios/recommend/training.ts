import { createHash } from "node:crypto";
import { type Clock, monotonicMs } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import type { PriceBands } from "../../features/item-text.ts";
import type { Past } from "../../features/past.ts";
import type { ModelRegistry, ModelVersion, NewVersion } from "../../model/registry.ts";
import type { JobControl, Measured } from "../../storage/jobs.ts";
import { courseOf, type FitArgument, metricsOf, type RecommendModel } from "./fit.ts";
import { gather } from "./gather.ts";
import type { BehaviourModel } from "./learning/behaviour-source.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import type { KeptRun, Learning } from "./learning/source.ts";
import type { RecommendParams } from "./schema.ts";
import { type Verdict, verdictOn } from "./score.ts";

/**
 * From a shop's past to a version in the registry, stage by stage; who calls it says what becomes of
 * the version.
 */
export const SCENARIO = "recommend";

/** What learning stands on. */
export interface TrainingParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly models: ModelRegistry;
  past(shop: string): Promise<Past>;
}

/** Says that a stage of a job begins; it can be cancelled before each. @throws problem `cancelled` */
export type Stage<Name extends string> = (name: Name) => void;

export function stageOf<const Name extends string>(
  control: JobControl,
  names: readonly Name[],
): Stage<Name> {
  return (name) => {
    if (control.signal.aborted) throw problem("cancelled", `stopped before ${name}`);
    const done = names.indexOf(name);
    control.progress({ stage: name, done, total: names.length, unit: "stages" });
  };
}

/** The shop's past until a moment. @throws problem `too-little-data` */
export async function frameOf(
  parts: TrainingParts,
  shop: string,
  asOf: number,
  prices?: PriceBands,
): Promise<RecommendFrame> {
  const frame = await gather(await parts.past(shop), asOf, prices);
  if (frame.sequences.tokens.length > 0) return frame;
  throw problem("too-little-data", `shop "${shop}" has no events with items before ${asOf}`);
}

export interface Learned extends NewVersion {
  readonly shop: string;
  readonly model: RecommendModel;
}

/** Fits a model to what was gathered, in a worker thread. */
export async function learn(
  { config }: TrainingParts,
  asked: Omit<FitArgument, "threads" | "provider">,
  control: JobControl,
  notes: Notes = noNotes,
): Promise<Learned> {
  const started = monotonicMs();
  const argument: FitArgument = { ...asked, ...config.compute };
  const module = new URL("./fit.ts", import.meta.url).href;
  const model = await control.compute<RecommendModel, Learning | KeptRun>(
    { module, name: "fitRecommend", argument },
    (said) => {
      if ("bytes" in said) notes.keep(said);
      else control.progress({ ...said, unit: "epochs", measured: notes.add(said.measured) });
    },
  );
  const { frame, params, seed } = asked;
  return {
    scenario: SCENARIO,
    shop: frame.shop,
    asOf: frame.asOf,
    seed,
    params: sized(params, model),
    dataFingerprint: fingerprint(frame),
    metrics: metricsOf(model),
    course: courseOf(model),
    onward: model.onward,
    fitSeconds: (monotonicMs() - started) / 1_000,
    model,
  };
}

/** The params with the sizes that the log chose where they were left out. */
function sized(params: RecommendParams, { sources }: RecommendModel): RecommendParams {
  const found = sources.find(({ name }) => name === "behaviour");
  if (found === undefined) return params;
  const { blocks, length, dropout } = (found.model as BehaviourModel).shape;
  return { ...params, behaviour: { ...params.behaviour, blocks, length, dropout } };
}

/** Takes down how a training goes. */
export interface Notes {
  /** Takes a measurement down; all so far, the earliest first. */
  add(measured: Measured): readonly Measured[];
  keep(run: KeptRun): void;
}

/** For trainings that do not go on once they were stopped. */
const noNotes: Notes = { add: (measured) => [measured], keep: () => undefined };

export interface Registered {
  /** Withdrawn where the verdict is bad. */
  readonly version: ModelVersion;
  readonly verdict: Verdict;
}

/**
 * Registers the model, and withdraws it if it is not good; does not put it in service.
 * @param current whether nobody has been erased since what it was learned from was read
 */
export async function register(
  { models }: TrainingParts,
  { shop, ...learned }: Learned,
  current: () => boolean,
): Promise<Registered> {
  if (!current()) throw erasedMeanwhile();
  const version = await models.add(shop, learned);
  if (!current()) {
    await models.prune(shop, SCENARIO, 0);
    throw erasedMeanwhile();
  }
  const verdict = verdictOn(learned.model);
  if (verdict.good) return { version, verdict };
  const why = `not promoted: ${verdict.why}`;
  return { version: await models.withdraw(shop, version.version, why), verdict };
}

const erasedMeanwhile = (): Error =>
  problem("conflict", "a shopper was erased while the model was being trained: train again");

/** SHA-256 over what was learned from. */
export function fingerprint(frame: RecommendFrame): string {
  const hash = createHash("sha256").update(JSON.stringify([frame.shop, frame.asOf, frame.groups]));
  const { offsets, tokens, times, weights } = frame.sequences;
  const { bags } = frame;
  const arrays = [offsets, tokens, times, weights, frame.sessions, frame.baskets];
  for (const array of [...arrays, bags.offsets, bags.columns, bags.values]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}
