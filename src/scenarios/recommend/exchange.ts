import { isDeepStrictEqual } from "node:util";
import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import { unpacked } from "../../model/behaviour/compression/kept.ts";
import { behaviourCard, type Measured } from "../../model/exchange/behaviour-card.ts";
import {
  type LeavingReport,
  type Origin,
  readOrigin,
  readReturned,
  writeLeaving,
} from "../../model/exchange/exchange-folder.ts";
import { fingerprintOf } from "../../model/exchange/lesson.ts";
import { servingGraph, weightsOf } from "../../model/exchange/serving-graph.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { JobControl } from "../../storage/jobs.ts";
import type { Tables } from "../../storage/tables.ts";
import type { RecommendModel } from "./fit.ts";
import type { BehaviourLesson, LessonArgument } from "./learning/behaviour-lesson.ts";
import type { BehaviourModel } from "./learning/behaviour-source.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import { families } from "./learning/held-out.ts";
import type { ReturnedVersion, ReturnRequest } from "./recommend.ts";
import { frameOf, learn, register, SCENARIO, stageOf, type TrainingParts } from "./training.ts";

/**
 * The way out and back: a version's behaviour model leaves with what it learned from, is trained
 * elsewhere, and returns as a new version. Weights that return learned from the log as it was at the
 * version's moment, so the log is read as of that moment again, and they are refused when it does not
 * say the same: a shopper may have been erased since. All other sources learn here as ever, and the
 * blends are tuned and judged anew, on what is held out of the weights' lesson too.
 */
export interface ExchangeParts extends TrainingParts {
  readonly tables: Tables;
}

/** A version with a behaviour model that can leave. */
interface Departing {
  readonly version: ModelVersion;
  readonly model: RecommendModel;
  readonly behaviour: BehaviourModel;
}

export async function exportVersion(
  parts: ExchangeParts,
  shop: string,
  named: string,
  folder: string,
  control: JobControl,
): Promise<LeavingReport> {
  const stage = stageOf(control, ["gather", "write"]);
  stage("gather");
  const left = await departing(parts, shop, named);
  const { version, model, behaviour } = left;
  const frame = await frameOf(parts, shop, version.asOf);
  const { lesson, settings } = await lessonFor(frame, left, control);
  if (!isDeepStrictEqual(lesson.groups, model.groups)) {
    throw problem("stale-model", `the log holds other groups than when "${named}" was trained`);
  }
  stage("write");
  const { shape } = behaviour;
  const serving = await servingGraph(shape);
  const { asOf, seed } = version;
  const fingerprint = fingerprintOf(lesson);
  const plan = {
    format: 1,
    shop,
    version: named,
    asOf,
    seed,
    fingerprint,
    shape,
    settings,
  } as const;
  const weights = weightsOf(serving, unpacked(behaviour.parameters));
  const data = { rows: lesson.all.tokens.length, fingerprint };
  const card = behaviourCard({ version, serving, data, measured: measuredOf(version) });
  const leaving = { plan, model: { card, graph: serving.graph, weights }, lesson };
  return writeLeaving(folder, leaving, parts.tables);
}

/** Of the behaviour model alone, by what was asked. */
const measuredOf = ({ metrics }: ModelVersion): readonly Measured[] =>
  families.map((family) => ({
    name: `NDCG@10 ${family}`,
    value: metrics[`${family}.behaviour.ndcg10`] ?? 0,
    cases: metrics[`${family}.cases`] ?? 0,
  }));

/** @param current whether nobody has been erased since the import began */
export async function importVersion(
  parts: ExchangeParts,
  shop: string,
  { folder, promote }: ReturnRequest,
  current: () => boolean,
  control: JobControl,
): Promise<ReturnedVersion> {
  const stage = stageOf(control, ["read", "gather", "fit", "register"]);
  stage("read");
  const { version: named, fingerprint } = await originIn(folder, shop);
  const left = await departing(parts, shop, named);
  const { shapes } = await servingGraph(left.behaviour.shape);
  const returned = await readReturned(folder, { fingerprint, shapes });
  stage("gather");
  const frame = await frameOf(parts, shop, left.version.asOf);
  const { lesson } = await lessonFor(frame, left, control);
  if (fingerprintOf(lesson) !== fingerprint) {
    const why = "events came late, or a shopper was erased";
    throw problem("stale-model", `the log no longer says what "${named}" left with: ${why}`);
  }
  stage("fit");
  const elsewhere = {
    how: "trained elsewhere",
    judged: withParameters(left.behaviour, returned.judged),
    whole: withParameters(left.behaviour, returned.whole),
  };
  const { params, seed } = left.model;
  const learned = await learn(parts, { frame, params, seed, elsewhere }, control);
  stage("register");
  const { version, verdict } = await register(parts, learned, current);
  const why = verdict.good ? comparisonOf(version, left.version) : verdict.why;
  const promoted = promote && verdict.good && isNoWorse(version, left.version);
  if (promoted) await parts.models.promote(shop, version.version);
  return { version, from: named, promoted, why };
}

async function originIn(folder: string, shop: string): Promise<Origin> {
  const origin = await readOrigin(folder);
  if (origin.shop === shop) return origin;
  const detail = `${folder} left shop "${origin.shop}", not "${shop}"`;
  throw problem("invalid-request", detail, { errors: [{ pointer: "/folder", detail }] });
}

/** @throws problem `unknown-model`, `not-exportable` */
async function departing(
  { models }: ExchangeParts,
  shop: string,
  named: string,
): Promise<Departing> {
  const version = await models.get(shop, named);
  if (version.scenario !== SCENARIO) {
    throw problem("not-exportable", `"${named}" is of ${version.scenario}, not of ${SCENARIO}`);
  }
  const model = (await models.load(shop, named)) as RecommendModel;
  const source = model.sources.find(({ name }) => name === "behaviour");
  if (source === undefined) {
    const why = model.notes.find((note) => note.startsWith("behaviour")) ?? "it was left out";
    throw problem("not-exportable", `"${named}" has no behaviour model (${why})`);
  }
  return { version, model, behaviour: byIds(source.model as BehaviourModel, named) };
}

/** A model that reads content leaves with the items it composed of it, as one that knows ids alone. */
function byIds(behaviour: BehaviourModel, named: string): BehaviourModel {
  const { content: _, ...shape } = behaviour.shape;
  const { architecture = "transformer", context } = shape;
  if (architecture === "transformer" && context === undefined) return { ...behaviour, shape };
  const what = architecture === "transformer" ? "reads more than items" : `is a ${architecture}`;
  throw problem("not-exportable", `the behaviour model of "${named}" ${what}`);
}

/** What the version's behaviour model was taught, made again in a worker thread. */
function lessonFor(
  frame: RecommendFrame,
  { model: { params, seed } }: Departing,
  { compute }: JobControl,
): Promise<BehaviourLesson> {
  const argument: LessonArgument = { frame, params, seed };
  const module = new URL("./learning/behaviour-lesson.ts", import.meta.url).href;
  return compute<BehaviourLesson>({ module, name: "behaviourLesson", argument });
}

function withParameters(
  behaviour: BehaviourModel,
  parameters: ReadonlyMap<string, Float32Array>,
): BehaviourModel {
  const items = parameters.get("items");
  assert(items !== undefined, "the weights that returned were held against the network's");
  const { course: _, ...own } = behaviour;
  return { ...own, parameters: { ...Object.fromEntries(parameters), items } };
}

/** NDCG@10 of what comes next, of the blend and of the behaviour model alone. */
const BLEND = "next.blend.ndcg10";
const ALONE = "next.behaviour.ndcg10";
const metricOf = ({ metrics }: ModelVersion, name: string): number => metrics[name] ?? 0;

const isNoWorse = (returned: ModelVersion, left: ModelVersion): boolean =>
  metricOf(returned, BLEND) >= metricOf(left, BLEND);

function comparisonOf(returned: ModelVersion, left: ModelVersion): string {
  const shown = (version: ModelVersion, name: string): string => metricOf(version, name).toFixed(4);
  const blends = `the blend ${shown(returned, BLEND)}, before ${shown(left, BLEND)}`;
  const alone = `the behaviour model alone ${shown(returned, ALONE)}, before ${shown(left, ALONE)}`;
  return `NDCG@10 of what comes next: ${blends}; ${alone}`;
}
