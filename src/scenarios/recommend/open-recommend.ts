import { uuidv7 } from "uuidv7";
import type { Clock } from "../../clock.ts";
import type { Collect } from "../../collect/collect.ts";
import { picturePath } from "../../collect/pictures/pictures.ts";
import type { Config } from "../../config.ts";
import { fieldErrors, problem } from "../../errors.ts";
import { openAcknowledged } from "../../evaluate/acknowledged.ts";
import type { Catalogues } from "../../features/catalogue.ts";
import type { ShopsLooks } from "../../features/looks/looks.ts";
import type { Past } from "../../features/past.ts";
import type { Recent } from "../../features/recent.ts";
import type { ModelRegistry, ModelVersion } from "../../model/registry.ts";
import type { Blobs } from "../../storage/blobs.ts";
import type { JobControl, Measured } from "../../storage/jobs.ts";
import type { Records } from "../../storage/records.ts";
import type { Tables } from "../../storage/tables.ts";
import { compressVersion } from "./compress.ts";
import { decide, type RecommendNeeds } from "./decide.ts";
import { exportVersion, importVersion } from "./exchange.ts";
import { explain } from "./explain.ts";
import { recordExposure } from "./exposure.ts";
import { gather } from "./gather.ts";
import { type OnwardParts, openErasures } from "./going-on.ts";
import type { Learning } from "./learning/source.ts";
import type { MeasureArgument, RecommendReport } from "./measure.ts";
import { preview } from "./preview.ts";
import type { EvaluateOptions, Recommend, SearchOrder } from "./recommend.ts";
import { openRuleBook } from "./rules/rule-book.ts";
import {
  type RecommendParams,
  type RecommendRequest,
  type RuleSet,
  recommendParamsSchema,
  recommendRequestSchema,
} from "./schema.ts";
import type { SearchArgument, SearchReport } from "./search-params.ts";
import { openShelves, type Shelves } from "./shelves.ts";
import { type TrainingOrder, trainRecommend } from "./train-recommend.ts";
import { frameOf, SCENARIO, stageOf } from "./training.ts";
import { openUnfinished, type UnfinishedBook } from "./unfinished.ts";

/** Everything the scenario stands on. */
export interface RecommendParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly records: Records;
  readonly catalogues: Catalogues;
  readonly looks: ShopsLooks;
  readonly recent: Recent;
  readonly collect: Collect;
  readonly models: ModelRegistry;
  /** Where a training keeps how far it is. */
  readonly blobs: Blobs;
  /** Where a version's training data is written for others. */
  readonly tables: Tables;
  past(shop: string): Promise<Past>;
  /** Ids of answers; time-ordered UUIDs unless a test brings its own. */
  readonly newRequestId?: () => string;
}

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
  const unfinished = openUnfinished(parts);
  const acknowledged = openAcknowledged();
  collect.listen(acknowledged.listener);
  const erased = openErasures(parts.records, clock);
  const { noteErasure, sinceNow } = watchErasures();
  const training = { parts: { ...parts, erasures: erased }, unfinished, shelves, sinceNow };
  collect.listen({
    items: (shop, items, removed) => shelves.noticed(shop, items, removed),
    erased: async (shop) => {
      noteErasure(shop);
      shelves.forget(shop);
      await erased.note(shop);
      await unfinished.forget(shop);
      await models.prune(shop, SCENARIO, 0);
    },
  });
  const needs = (shop: string, request: RecommendRequest, set?: RuleSet) =>
    needsOf(parts, shelves, shop, request, set ?? rules.current(shop));
  return {
    rules,
    async decide(shop, input) {
      const request = parseRequest(input);
      const asked = acknowledged.moment();
      const around = await needs(shop, request);
      const decision = await decide(around.shelf.model, request, around);
      acknowledged.hold(shop, asked, decision.items);
      return decision;
    },
    async warm(shop) {
      await Promise.all([shelves.of(shop, ""), rules.current(shop)]);
    },
    async explain(shop, input, item) {
      const request = parseRequest(input);
      return explain(request, item, await needs(shop, request));
    },
    async preview(shop, input, proposed) {
      const request = parseRequest(input);
      const set = await rules.current(shop);
      const { previewStepsMost } = parts.config.recommend;
      return preview(request, await needs(shop, request, set), proposed, previewStepsMost);
    },
    ...trainings(training),
    search: (shop, order, control) => search(parts, shop, order, control),
    exportModel: (shop, version, folder, control) =>
      exportVersion(parts, shop, version, folder, control),
    async importModel(shop, request, control) {
      const found = await importVersion(parts, shop, request, sinceNow(shop), control);
      if (found.promoted) await shelves.reload(shop);
      return found;
    },
    compressModel: (shop, version, how, control) =>
      compressVersion(parts, { shop, version, how }, sinceNow(shop), control),
    evaluate: (shop, options, control) => evaluate(parts, shop, options, control),
    reload: async (shop) => {
      await shelves.reload(shop);
    },
    held: acknowledged.of,
    newcomers: (shop) => shelves.newcomers(shop),
    close: () => shelves.close(),
  };
}

/** What trainings stand on. */
interface Training {
  readonly parts: OnwardParts;
  readonly unfinished: UnfinishedBook;
  readonly shelves: Shelves;
  /** Tells later whether nobody of the shop has been erased since. */
  sinceNow(shop: string): () => boolean;
}

function trainings({
  parts,
  unfinished,
  shelves,
  sinceNow,
}: Training): Pick<Recommend, "train" | "trainOn" | "unfinished"> {
  const trained = async (
    asked: Omit<TrainingOrder, "current">,
    control: JobControl,
  ): Promise<ModelVersion> => {
    const order = { ...asked, current: sinceNow(asked.shop) };
    const { version, promoted } = await trainRecommend(parts, unfinished, order, control);
    if (promoted) await shelves.reload(order.shop);
    return version;
  };
  return {
    train: (shop, params, seed, control, keptSince) =>
      trained({ shop, params, seed, onward: undefined, keptSince }, control),
    trainOn: (shop, { params, seed, replayShare }, control, keptSince) =>
      trained({ shop, params, seed, onward: { replayShare }, keptSince }, control),
    async unfinished(shop) {
      const found = await unfinished.of(shop);
      if (found === undefined) return undefined;
      const { at, asOf, measured } = found;
      return { at, asOf, measured };
    },
  };
}

/** While the process lives: trainings end with it. */
function watchErasures() {
  const erasures = new Map<string, number>();
  const erasuresOf = (shop: string): number => erasures.get(shop) ?? 0;
  return {
    noteErasure: (shop: string): void => void erasures.set(shop, erasuresOf(shop) + 1),
    /** Whether nobody has been erased since. */
    sinceNow: (shop: string): (() => boolean) => {
      const before = erasuresOf(shop);
      return () => erasuresOf(shop) === before;
    },
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
    pictureOf(group) {
      const version = stocked.shelf.looks.versionOf(group);
      return version === undefined ? undefined : picturePath(shop, group, version);
    },
    record: (decision) => recordExposure(collect, shop, request, decision),
  };
}

async function search(
  parts: RecommendParts,
  shop: string,
  { params, seed, budgetMinutes, candidatesMost }: SearchOrder,
  control: JobControl,
): Promise<SearchReport> {
  const stage = stageOf(control, ["gather", "search"]);
  stage("gather");
  const frame = await frameOf(parts, shop, parts.clock());
  stage("search");
  const argument: SearchArgument = {
    frame,
    params: params ?? (await paramsInService(parts, shop)),
    seed,
    ...parts.config.compute,
    budgetSeconds: 60 * budgetMinutes,
    candidatesMost,
  };
  const module = new URL("./search-params.ts", import.meta.url).href;
  const measured: Measured[] = [];
  return control.compute<SearchReport, Learning>(
    { module, name: "searchParams", argument },
    (said) => {
      measured.push(said.measured);
      control.progress({ ...said, unit: "trials", measured: [...measured] });
    },
  );
}

async function paramsInService(
  { models }: Pick<RecommendParts, "models">,
  shop: string,
): Promise<RecommendParams> {
  const inService = await models.inService(shop, SCENARIO);
  return recommendParamsSchema.parse(inService?.params ?? {}) as RecommendParams;
}

async function evaluate(
  parts: RecommendParts,
  shop: string,
  options: EvaluateOptions,
  control: JobControl,
): Promise<RecommendReport> {
  const stage = stageOf(control, ["gather", "fit and measure"]);
  stage("gather");
  const frame = await gather(await parts.past(shop), parts.clock());
  stage("fit and measure");
  const argument: MeasureArgument = {
    frame,
    params: await paramsInService(parts, shop),
    options,
    ...parts.config.compute,
    bootstrapRounds: parts.config.evaluate.bootstrapRounds,
  };
  const module = new URL("./measure.ts", import.meta.url).href;
  return control.compute<RecommendReport, Learning>(
    { module, name: "measure", argument },
    ({ measured: _, ...progress }) => control.progress({ ...progress, unit: "epochs" }),
  );
}
