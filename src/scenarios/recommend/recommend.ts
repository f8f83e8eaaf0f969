import type { Held } from "../../evaluate/acknowledged.ts";
import type { Lately } from "../../evaluate/lately.ts";
import type { Compression, CompressionReport } from "../../model/behaviour/compression/report.ts";
import type { LeavingReport } from "../../model/exchange/exchange-folder.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { JobControl, Measured } from "../../storage/jobs.ts";
import type { Resting } from "./rules/ruling.ts";
import type {
  ItemExplanation,
  RecommendDecision,
  RecommendParams,
  RecommendRequest,
  Rule,
  RuleSet,
} from "./schema.ts";
import type { SearchReport } from "./search-params.ts";

/** The scenario in service for every shop of an installation: what routes and jobs call. */
export interface Recommend {
  decide(shop: string, request: RecommendRequest): Promise<RecommendDecision>;
  /** Reads what the next answers need: the catalogue, the model in service, the rules. */
  warm(shop: string): Promise<void>;
  /** Why an item stands in the list that this request gives now, or why it does not. */
  explain(shop: string, request: RecommendRequest, item: string): Promise<ItemExplanation>;
  /** The list under other rules, nothing recorded: what a merchandiser sees before saving. */
  preview(
    shop: string,
    request: RecommendRequest,
    rules: readonly Rule[],
  ): Promise<RecommendPreview>;
  readonly rules: RuleBook;
  /**
   * Gather, fit in a worker, validate, register, promote if not worse. With `keptSince` it goes on from
   * where a training was stopped, if that was kept at or after this moment and what it learned from is
   * still the same; its own params and seed then hold. @unit keptSince epoch ms
   */
  train(
    shop: string,
    params: RecommendParams,
    seed: number,
    control: JobControl,
    keptSince?: number,
  ): Promise<ModelVersion>;
  /**
   * The same, going on from the weights of the version in service: a few passes over what happened since,
   * beside a share of what came before. A version that answers the newest held-out actions worse than the
   * one in service does not go into service. @throws problem `no-model`, `needs-full-training`
   */
  trainOn(
    shop: string,
    order: TrainOnOrder,
    control: JobControl,
    keptSince?: number,
  ): Promise<ModelVersion>;
  /**
   * Looks for better parameters of the behaviour model within a time; trains no version.
   * @throws problem `too-little-data`, `limit-reached`
   */
  search(shop: string, order: SearchOrder, control: JobControl): Promise<SearchReport>;
  /** A training that was stopped on its way and can go on. */
  unfinished(shop: string): Promise<UnfinishedTraining | undefined>;
  /**
   * Writes a version and what its behaviour model learned from into a new folder, for training elsewhere.
   * @throws problem `unknown-model`, `not-exportable`, `stale-model`, `invalid-request`
   */
  exportModel(
    shop: string,
    version: string,
    folder: string,
    control: JobControl,
  ): Promise<LeavingReport>;
  /**
   * What was trained in such a folder as a new version, judged on what is held out.
   * @throws problem `missing-data`, `invalid-model-file`, `stale-model`, `unknown-model`
   */
  importModel(shop: string, request: ReturnRequest, control: JobControl): Promise<ReturnedVersion>;
  /**
   * The version with a smaller behaviour model as a new version; none where it would lose too much.
   * @throws problem `unknown-model`, `not-compressible`, `stale-model`, `too-little-data`
   */
  compressModel(
    shop: string,
    version: string,
    how: Compression,
    control: JobControl,
  ): Promise<CompressedVersion>;
  /** Measures every source and the blend on the shop's log by the named protocol. */
  evaluate(shop: string, options: EvaluateOptions, control: JobControl): Promise<unknown>;
  /** How long new groups took of late until a list could hold them; null before the first. */
  newcomers(shop: string): Lately | null;
  /** Whether lists kept what was acknowledged of price, stock and sight, since the start. */
  held(shop: string): Held;
  /** Loads the version in service (after promote, rollback, start). Requests in flight keep theirs. */
  reload(shop: string): Promise<void>;
  /** Gives back what the models in service hold of the runtime. */
  close(): Promise<void>;
}

export interface SearchOrder {
  /** What candidates are changes of; those of the version in service where absent. */
  readonly params?: RecommendParams | undefined;
  readonly seed: number;
  readonly budgetMinutes: number;
  readonly candidatesMost: number;
}

export interface TrainOnOrder {
  /** Those of the version in service where absent. */
  readonly params?: RecommendParams | undefined;
  readonly seed: number;
  /** Of what the behaviour model learns from, what is older than that version. @unit 0..1 */
  readonly replayShare: number;
}

export interface UnfinishedTraining {
  /** When it was kept last. @unit epoch ms */
  readonly at: number;
  /** It learns from what had happened until then. @unit epoch ms */
  readonly asOf: number;
  readonly measured: readonly Measured[];
}

export interface ReturnRequest {
  readonly folder: string;
  /** Goes into service if its blend answers no worse than that of the version that left. */
  readonly promote: boolean;
}

export interface ReturnedVersion {
  readonly version: ModelVersion;
  /** The version that left. */
  readonly from: string;
  readonly promoted: boolean;
  /** What was found of it, in words. */
  readonly why: string;
}

export interface CompressedVersion {
  /** Null where it would have lost too much. */
  readonly version: ModelVersion | null;
  readonly report: CompressionReport;
}

export interface RecommendPreview {
  readonly now: RecommendDecision;
  readonly then: RecommendDecision;
  /** Per rule id, how many candidates it removed or moved. */
  readonly effects: Readonly<Record<string, number>>;
  /** The proposed rules that are not in force here and now. */
  readonly resting: readonly { readonly rule: string; readonly why: Resting }[];
  /** From the list without rules to the one with all, in the order in which they are applied. */
  readonly steps: readonly RuleStep[];
}

/** What the list became by one more rule. */
export interface RuleStep {
  /** One rule; the last step stands for all that are left when there are very many. */
  readonly rules: readonly string[];
  readonly changes: readonly PlaceChange[];
}

export interface PlaceChange {
  readonly item: string;
  readonly title: string;
  /** 0-based place before the step; null: it was not in the list. */
  readonly from: number | null;
  /** 0-based place after it; null: it is no longer in the list. */
  readonly to: number | null;
  /** True where the step is about this very item, false where it only made or lost room by it. */
  readonly touched: boolean;
}

export interface EvaluateOptions {
  readonly split: "leave_one_out" | "global_time" | "last_days";
  /** Measures several parts of the past in place of the one that `split` names. */
  readonly folds?: FoldOptions | undefined;
  /** For `global_time` and `last_days`: how long the test period is. @unit days */
  readonly testDays: number;
  readonly ks: readonly number[];
  readonly filterSeen: boolean;
  readonly casesMax: number;
  readonly seed: number;
}

export interface FoldOptions {
  readonly by: "shopper" | "time";
  readonly count: number;
}

export interface RuleBook {
  current(shop: string): Promise<RuleSet>;
  /** @throws problem `unknown-rule` when there is no such version. */
  version(shop: string, version: number): Promise<RuleSet>;
  /** Newest first. */
  history(shop: string, limit: number): Promise<readonly RuleSet[]>;
  /** Adds or replaces one rule. `expect` is the version the writer saw. */
  put(shop: string, rule: unknown, by: string, expect?: number): Promise<RuleSet>;
  remove(shop: string, id: string, by: string, expect?: number): Promise<RuleSet>;
  /** Makes an old version the newest again. */
  restore(shop: string, version: number, by: string): Promise<RuleSet>;
}
