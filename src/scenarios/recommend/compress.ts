import { problem } from "../../errors.ts";
import { CODED_ROWS_LEAST } from "../../model/behaviour/compression/compress.ts";
import { hasBlocks } from "../../model/behaviour/compression/distill.ts";
import type { Compression, CompressionReport } from "../../model/behaviour/compression/report.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { JobControl } from "../../storage/jobs.ts";
import type { RecommendModel } from "./fit.ts";
import type { BehaviourModel } from "./learning/behaviour-source.ts";
import type { CompressArgument, CompressedBehaviour } from "./learning/compress-behaviour.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import type { Learning } from "./learning/source.ts";
import type { CompressedVersion } from "./recommend.ts";
import {
  fingerprint,
  frameOf,
  learn,
  register,
  SCENARIO,
  stageOf,
  type TrainingParts,
} from "./training.ts";

/**
 * A version made smaller, as a new version beside it, or not made at all where its answers would lose more
 * than they may. Like weights that return from elsewhere: the log is read as of the version's moment and
 * must say the same as then, all other sources learn as ever, and the blends are tuned and judged with the
 * compressed model among them.
 */
export async function compressVersion(
  parts: TrainingParts,
  { shop, version: named, how }: CompressOrder,
  current: () => boolean,
  control: JobControl,
): Promise<CompressedVersion> {
  const stage = stageOf(control, ["gather", "try", "fit", "register"]);
  stage("gather");
  const { version, model, behaviour } = await compressible(parts, shop, named, how);
  const { params, seed } = model;
  const frame = asLearned(await frameOf(parts, shop, version.asOf), model);
  if (fingerprint(frame) !== version.dataFingerprint) {
    const why = "events came late, or a shopper was erased";
    throw problem("stale-model", `the log no longer says what "${named}" learned from: ${why}`);
  }
  stage("try");
  const { provider, threads } = parts.config.compute;
  const argument: CompressArgument = { frame, params, seed, provider, threads, behaviour, how };
  const module = new URL("./learning/compress-behaviour.ts", import.meta.url).href;
  const { trial, made } = await control.compute<CompressedBehaviour, Learning>(
    { module, name: "compressBehaviour", argument },
    (said) => control.progress({ ...said, unit: "epochs", measured: [said.measured] }),
  );
  const report: CompressionReport = { ...how, of: named, ...trial, passed: made !== undefined };
  if (made === undefined) return { version: null, report };
  stage("fit");
  const elsewhere = { how: `compressed by ${how.method} from ${named}`, ...made };
  const learned = await learn(parts, { frame, params, seed, elsewhere }, control);
  stage("register");
  const registered = await register(parts, { ...learned, compression: report }, current);
  return { version: registered.version, report };
}

/** What items said of themselves then: titles and prices may have changed since, and weights are of those. */
const asLearned = (
  frame: RecommendFrame,
  { bags, features, prices = {} }: RecommendModel,
): RecommendFrame => ({ ...frame, bags, features, prices });

export interface CompressOrder {
  readonly shop: string;
  readonly version: string;
  readonly how: Compression;
}

interface Compressible {
  readonly version: ModelVersion;
  readonly model: RecommendModel;
  readonly behaviour: BehaviourModel;
}

/** @throws problem `unknown-model`, `not-compressible`, `conflict` for one that was withdrawn */
async function compressible(
  { models }: TrainingParts,
  shop: string,
  named: string,
  { method }: Compression,
): Promise<Compressible> {
  const version = await models.get(shop, named);
  const refuse = (why: string): Error => problem("not-compressible", `"${named}" ${why}`);
  if (version.scenario !== SCENARIO) throw refuse(`is of ${version.scenario}, not of ${SCENARIO}`);
  const model = (await models.load(shop, named)) as RecommendModel;
  const behaviour = model.sources.find(({ name }) => name === "behaviour")?.model as
    | BehaviourModel
    | undefined;
  if (behaviour === undefined) throw refuse("has no behaviour model");
  const { shape, parameters } = behaviour;
  if (Object.values(parameters).some((kept) => "kind" in kept)) {
    throw refuse(`was compressed already: compress "${version.compression?.of}" in its place`);
  }
  if (method === "pq" && shape.vocabulary < CODED_ROWS_LEAST) {
    const few = `${shape.vocabulary} groups, and codes are for ${CODED_ROWS_LEAST} or more`;
    throw refuse(`knows ${few}: int8 is the smaller there`);
  }
  if (method === "distill" && !hasBlocks(shape)) {
    throw refuse(`is a ${shape.architecture}, which has no blocks to halve`);
  }
  if (method === "distill" && shape.blocks < 2) {
    throw refuse("has one block: a student has half of them, so train with behaviour.blocks=2");
  }
  return { version, model, behaviour };
}
