import { createHash } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { type Clock, monotonicMs } from "../../clock.ts";
import type { Collect } from "../../collect/collect.ts";
import type { Config } from "../../config.ts";
import { fieldErrors, problem } from "../../errors.ts";
import type { Catalogues } from "../../features/catalogue.ts";
import type { Past } from "../../features/past.ts";
import type { Recent } from "../../features/recent.ts";
import type { ModelRegistry, ModelVersion, NewVersion } from "../../model/registry.ts";
import type { JobControl } from "../../storage/jobs.ts";
import type { Records } from "../../storage/records.ts";
import { compose, decide, decisionOf, type RecommendNeeds } from "./decide.ts";
import { explain } from "./explain.ts";
import { recordExposure } from "./exposure.ts";
import { type FitArgument, metricsOf, type RecommendModel } from "./fit.ts";
import { gather } from "./gather.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import type { Learning } from "./learning/source.ts";
import type { MeasureArgument, RecommendReport } from "./measure.ts";
import type { EvaluateOptions, Recommend, RecommendPreview } from "./recommend.ts";
import { openRuleBook, parseRule } from "./rules/rule-book.ts";
import {
  type RecommendParams,
  type RecommendRequest,
  type Rule,
  type RuleSet,
  recommendParamsSchema,
  recommendRequestSchema,
} from "./schema.ts";
import { verdictOn } from "./score.ts";
import { openShelves, type Shelves } from "./shelves.ts";

/** Everything the scenario stands on. */
export interface RecommendParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly records: Records;
  readonly catalogues: Catalogues;
  readonly recent: Recent;
  readonly collect: Collect;
  readonly models: ModelRegistry;
  past(shop: string): Promise<Past>;
  /** Ids of answers; time-ordered UUIDs unless a test brings its own. */
  readonly newRequestId?: () => string;
}

interface Learned extends NewVersion {
  readonly shop: string;
  readonly model: RecommendModel;
}

const SCENARIO = "recommend";
const TRAINING = ["gather", "fit", "register", "promote"];
/** Versions kept beside the one in service. */
const VERSIONS_KEPT = 5;

/**
 * The scenario in service. A model is loaded when its shop is first asked for and exchanged whole:
 * a request in flight keeps the shelf it began with. Erasure: a model holds no person and no row
 * of one, only counts between groups and unnamed sessions; when a shopper is erased all versions but
 * the one in service are deleted, so that none can be gone back to, and the next training, which
 * reads the log without them, removes their influence. A training that runs meanwhile ends in a
 * conflict and leaves no version.
 */
export function openRecommend(parts: RecommendParts): Recommend {
  const { clock, collect, models } = parts;
  const shelves = openShelves(parts);
  const rules = openRuleBook(parts.records, clock, parts.config.recommend.rulesPerShop);
  const erasures = new Map<string, number>();
  const erasuresOf = (shop: string): number => erasures.get(shop) ?? 0;
  collect.listen({
    items: (shop, items, removed) => shelves.noticed(shop, items, removed),
    erased: async (shop) => {
      erasures.set(shop, erasuresOf(shop) + 1);
      await models.prune(shop, SCENARIO, 0);
    },
  });
  const needs = (shop: string, request: RecommendRequest, set?: RuleSet) =>
    needsOf(parts, shelves, shop, request, set ?? rules.current(shop));
  return {
    rules,
    async decide(shop, input) {
      const request = parseRequest(input);
      const around = await needs(shop, request);
      return decide(around.shelf.model, request, around);
    },
    async explain(shop, input, item) {
      const request = parseRequest(input);
      return explain(request, item, await needs(shop, request));
    },
    async preview(shop, input, proposed) {
      const request = parseRequest(input);
      const set = await rules.current(shop);
      return preview(request, await needs(shop, request, set), proposed);
    },
    async train(shop, params, seed, control) {
      const before = erasuresOf(shop);
      const model = await learn(parts, shop, params, seed, control);
      const current = (): boolean => erasuresOf(shop) === before;
      return serve(parts, shelves, model, current, control);
    },
    evaluate: (shop, options, control) => evaluate(parts, shop, options, control),
    reload: async (shop) => {
      await shelves.reload(shop);
    },
    close: () => shelves.close(),
  };
}

/** @throws problem `invalid-request` with every field that is wrong */
function parseRequest(input: unknown): RecommendRequest {
  const parsed = recommendRequestSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error.issues);
  const words = errors.map((error) => `${error.pointer || "/"}: ${error.detail}`).join("; ");
  throw problem("invalid-request", words, { errors });
}

async function needsOf(
  parts: RecommendParts,
  shelves: Shelves,
  shop: string,
  request: RecommendRequest,
  rules: RuleSet | Promise<RuleSet>,
): Promise<RecommendNeeds> {
  const { config, collect, newRequestId = uuidv7 } = parts;
  const person = request.personalise ? collect.personOf(shop, request) : null;
  const id = newRequestId();
  const [stocked, catalogue, recent, set] = await Promise.all([
    shelves.of(shop, person ?? id),
    parts.catalogues.of(shop),
    person === null ? [] : parts.recent.of(shop, person),
    rules,
  ]);
  return {
    shelf: stocked.shelf,
    version: stocked.version,
    catalogue,
    recent,
    rules: set,
    asOf: parts.clock(),
    request: id,
    limits: { ...config.recommend, sessionGapMinutes: config.features.sessionGapMinutes },
    record: (decision) => recordExposure(collect, shop, request, decision),
  };
}

/** Both lists are made at one moment with one chance, so that only the rules differ. */
async function preview(
  request: RecommendRequest,
  needs: RecommendNeeds,
  proposed: readonly Rule[],
): Promise<RecommendPreview> {
  const rules = proposed.map(parseRule);
  const then: RecommendNeeds = { ...needs, rules: { ...needs.rules, rules } };
  const composed = await compose(request, then);
  return {
    now: decisionOf(request, needs, await compose(request, needs)),
    // biome-ignore lint/suspicious/noThenProperty: a decision, not a function; the word is the API's
    then: decisionOf(request, then, composed),
    effects: Object.fromEntries(composed.effects),
  };
}

/** Fits a model to the shop's past. */
async function learn(
  parts: RecommendParts,
  shop: string,
  params: RecommendParams,
  seed: number,
  control: JobControl,
): Promise<Learned> {
  const stage = stages(control, TRAINING);
  stage(0);
  const asOf = parts.clock();
  const frame = await gather(await parts.past(shop), asOf);
  if (frame.sequences.tokens.length === 0) {
    throw problem("too-little-data", `shop "${shop}" has no events with items before ${asOf}`);
  }
  stage(1);
  const started = monotonicMs();
  const argument: FitArgument = { frame, params, seed, threads: parts.config.compute.threads };
  const module = new URL("./fit.ts", import.meta.url).href;
  const model = await control.compute<RecommendModel, Learning>(
    { module, name: "fitRecommend", argument },
    (progress) => control.progress({ ...progress, unit: "epochs" }),
  );
  const fitSeconds = (monotonicMs() - started) / 1_000;
  const dataFingerprint = fingerprint(frame);
  const metrics = metricsOf(model);
  return {
    scenario: SCENARIO,
    shop,
    asOf,
    seed,
    params,
    dataFingerprint,
    metrics,
    fitSeconds,
    model,
  };
}

/**
 * Registers the model and puts it in service if it is good.
 * @param current whether nobody has been erased since what it was learned from was read
 */
async function serve(
  { models }: RecommendParts,
  shelves: Shelves,
  { shop, ...learned }: Learned,
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
  await shelves.reload(shop);
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
function fingerprint(frame: RecommendFrame): string {
  const hash = createHash("sha256").update(JSON.stringify([frame.shop, frame.asOf, frame.groups]));
  const { offsets, tokens, times, weights } = frame.sequences;
  const { bags } = frame;
  const arrays = [offsets, tokens, times, weights, frame.sessions, frame.baskets];
  for (const array of [...arrays, bags.offsets, bags.columns, bags.values]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}

async function evaluate(
  parts: RecommendParts,
  shop: string,
  options: EvaluateOptions,
  control: JobControl,
): Promise<RecommendReport> {
  const stage = stages(control, ["gather", "fit and measure"]);
  stage(0);
  const frame = await gather(await parts.past(shop), parts.clock());
  stage(1);
  const inService = await parts.models.inService(shop, SCENARIO);
  const argument: MeasureArgument = {
    frame,
    params: recommendParamsSchema.parse(inService?.params ?? {}) as RecommendParams,
    options,
    threads: parts.config.compute.threads,
    bootstrapRounds: parts.config.evaluate.bootstrapRounds,
  };
  const module = new URL("./measure.ts", import.meta.url).href;
  return control.compute<RecommendReport>({ module, name: "measure", argument });
}
