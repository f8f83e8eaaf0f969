import type { LiftRow } from "../../evaluate/lift.ts";
import type { SegmentJudgement } from "../../evaluate/segments.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { JobControl } from "../../storage/jobs.ts";
import type {
  ChanceName,
  PredictDecision,
  PredictParams,
  PredictRequest,
  SegmentName,
  VoiceName,
} from "./schema.ts";

/** The scenario in service for every shop of an installation: what routes and jobs call. */
export interface Predict {
  /** @throws problem `no-model` */
  decide(shop: string, request: PredictRequest): Promise<PredictDecision>;
  /** All shoppers in order of their ids, a page at a time, without reasons. @throws problem `no-model` */
  page(shop: string, page: PredictPageRequest): Promise<PredictPage>;
  /** What each segment of shoppers is expected to do, as of an hour ago at most. @throws problem `no-model` */
  segments(shop: string): Promise<SegmentForecasts>;
  /** How good the version in service was on the last time of its past. @throws problem `no-model` */
  report(shop: string): Promise<PredictReport>;
  /**
   * Asks about everybody as of a moment and writes what is expected of each into the log. Done again for
   * the same moment it changes nothing. @unit asOf epoch ms @throws problem `no-model`, `cancelled`
   */
  record(
    shop: string,
    order: RecordOrder,
    asOf: number,
    control: JobControl,
  ): Promise<PredictionsRecorded>;
  /** How predictions on record came true; of one version, or all. */
  outcomes(shop: string, asked: { readonly model?: string | undefined }): Promise<PredictOutcomes>;
  /** Gather, fit in a worker, validate, register, promote. */
  train(
    shop: string,
    params: PredictParams,
    seed: number,
    control: JobControl,
  ): Promise<ModelVersion>;
  /** Loads the version in service (after promote, rollback, start). Requests in flight keep theirs. */
  reload(shop: string): Promise<void>;
  /** Gives back what the runtime holds, when the last question is answered. */
  close(): Promise<void>;
}

export interface PredictPageRequest {
  /** Only shoppers whose ids come after this one. */
  readonly after: string;
  readonly limit: number;
}

/** A shopper as a row of a table: chances by head, none of a session. */
export interface PredictRow {
  readonly person: string;
  readonly segment: SegmentName;
  readonly chances: Readonly<Partial<Record<ChanceName, number>>>;
  readonly expectedMinor: number | null;
  readonly currency: string | null;
}

export interface PredictPage {
  readonly rows: readonly PredictRow[];
  /** Give this as `after` to go on; null on the last page. */
  readonly next: string | null;
  readonly model: string;
  /** @unit epoch ms */
  readonly asOf: number;
}

export interface SegmentForecast {
  readonly segment: SegmentName;
  readonly shoppers: number;
  /** Mean probability: times `shoppers`, how many are expected to. @unit 0..1 */
  readonly chances: Readonly<Partial<Record<ChanceName, number>>>;
  /** Sum over the segment. @unit minor */
  readonly expectedMinor: number | null;
  readonly currency: string | null;
}

export interface SegmentForecasts {
  readonly segments: readonly SegmentForecast[];
  readonly model: string;
  /** @unit epoch ms */
  readonly asOf: number;
}

export interface HeadReport {
  readonly head: ChanceName;
  readonly days: number | null;
  readonly voice: VoiceName;
  /** How probabilities are calibrated: identity, platt, beta or isotonic. */
  readonly calibration: string;
  /** Log loss of each voice on the moments that chose, nats. */
  readonly chosen: Readonly<Partial<Record<VoiceName, number>>>;
  /** Moments of the past that the voices learned from. */
  readonly learnedFrom: number;
  readonly judged: SegmentJudgement;
  readonly lift: readonly LiftRow[];
}

/** Under which rules the numbers of a report came about: without them none can be read. */
export interface PredictProtocol {
  readonly seed: number;
  /** Shares of the moments of the past, in order of time. They add up to 1. @unit 0..1 */
  readonly learnShare: number;
  readonly stopShare: number;
  readonly calibrateShare: number;
  readonly judgeShare: number;
  /** Bins of equally many cases that a calibration error is the mean over, at most. */
  readonly bins: number;
  /** Segments with fewer judged cases are left out. */
  readonly segmentCasesLeast: number;
}

export interface PredictReport {
  readonly model: string;
  readonly protocol: PredictProtocol;
  /** @unit epoch ms */
  readonly asOf: number;
  readonly heads: readonly HeadReport[];
  readonly notes: readonly string[];
}

export interface RecordOrder {
  /** Only shoppers of these; of all where none is named. */
  readonly segments: readonly SegmentName[];
}

export interface PredictionsRecorded {
  readonly model: string;
  /** @unit epoch ms */
  readonly asOf: number;
  /** Shoppers asked about. */
  readonly asked: number;
  /** Predictions that are in the log now and were not before. */
  readonly recorded: number;
  /** In the log before: the work went on from where it was broken off. */
  readonly before: number;
  /** Of shoppers of whom nothing may be measured: not written. */
  readonly withheld: number;
}

/** How what was said of one head came true. */
export interface OutcomeHead {
  readonly head: ChanceName;
  readonly days: number;
  /** Predictions whose time is over. */
  readonly cases: number;
  /** Of those, how many came true, and how many were expected to: the sum of their chances. */
  readonly happened: number;
  readonly expected: number;
  /** Null with fewer than a hundred cases, or where all ended alike. */
  readonly judged: SegmentJudgement | null;
  readonly lift: readonly LiftRow[];
}

/** What was spent, against what was expected to be. */
export interface OutcomeValue {
  readonly days: number;
  readonly cases: number;
  readonly currency: string;
  /** Sums over the cases. @unit minor */
  readonly expectedMinor: number;
  readonly paidMinor: number;
  /** How well the expected order the spent, -1..1; see `evaluate/value-gini.ts`. */
  readonly gini: number;
}

/** How many each version has on record. */
export interface RecordedModel {
  readonly model: string;
  readonly recorded: number;
  /** Moments of the first and the last. @unit epoch ms */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface PredictOutcomes {
  /** @unit epoch ms */
  readonly asOf: number;
  /** What each version has on record, the latest first. */
  readonly models: readonly RecordedModel[];
  /** Predictions of which anything is known; drawn by lot where there are more than the limit. */
  readonly judged: number;
  readonly heads: readonly OutcomeHead[];
  readonly values: readonly OutcomeValue[];
}
