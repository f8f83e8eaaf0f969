import type { CompressionReport } from "./behaviour/compression/report.ts";
import type { CurvePoint, Verdict } from "./behaviour/training/curves.ts";

/**
 * The model registry: every fitted model of every scenario as a version with its metrics, the
 * fingerprint of its data and its bytes, and which version of a scenario is in service.
 */
export interface ModelVersion {
  readonly shop: string;
  readonly scenario: string;
  /** "recommend-000012": ascending, never reused. */
  readonly version: string;
  readonly createdAt: number;
  readonly asOf: number;
  readonly seed: number;
  readonly params: unknown;
  /** SHA-256 over what was learned from. */
  readonly dataFingerprint: string;
  /** SHA-256 of the stored bytes: the blob's id. */
  readonly blob: string;
  readonly bytes: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
  /** How it learned, where it learned in epochs; of several that were tried, each. */
  readonly course?: readonly TrainingRun[] | undefined;
  /** What it cost to make it smaller than the version it was made of. */
  readonly compression?: CompressionReport | undefined;
  /** The version it learned on from; absent where it learned everything anew. */
  readonly onward?: OnwardFrom | undefined;
  /** Set when the version must no longer be used, e.g. after an erasure. */
  readonly withdrawn?: string | undefined;
}

export interface NewVersion {
  readonly scenario: string;
  readonly asOf: number;
  readonly seed: number;
  readonly params: unknown;
  readonly dataFingerprint: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
  readonly course?: readonly TrainingRun[] | undefined;
  readonly compression?: CompressionReport | undefined;
  readonly onward?: OnwardFrom | undefined;
  readonly model: unknown;
}

/** How a version came of another one, by what happened since. */
export interface OnwardFrom {
  readonly version: string;
  /** Until when that one had learned. @unit epoch ms */
  readonly since: number;
  /** Until when the last had learned in the line of versions that learned everything anew. @unit epoch ms */
  readonly anewAt: number;
  /** Actions that were learned from in a pass: of since, and older. */
  readonly fresh: number;
  readonly older: number;
  /** 0 where no pass answered better than the weights it began with. */
  readonly passes: number;
  /** Questions that both were asked, what comes next, and NDCG@10 of the answers before and now. */
  readonly cases: number;
  readonly ndcgBefore: number;
  readonly ndcg: number;
}

/** One training from its first epoch to its last, and what it says of the fit. */
export interface TrainingRun {
  /** What was tried: "ids", "content". */
  readonly run: string;
  /** Whether it is what the version answers with. */
  readonly chosen: boolean;
  readonly points: readonly CurvePoint[];
  readonly verdict: Verdict;
}

/** What answers now: a version for everybody, or all but those on whom another is tried. */
export interface Serving {
  readonly inService: ModelVersion | undefined;
  readonly canary: Canary | undefined;
}

/** A version that is tried on some before it is promoted or dropped. */
export interface Canary {
  readonly version: ModelVersion;
  /** Of the shoppers, 0..1. */
  readonly share: number;
}

/** One version on trial beside another, from the moment that both and the share were as they are. */
export interface Trial {
  /** "trial-000003": ascending within a scenario. */
  readonly id: string;
  readonly version: string;
  /** What was in service beside it. */
  readonly against: string;
  /** Of the shoppers, on whom it is tried. @unit 0..1 */
  readonly share: number;
  /** @unit epoch ms */
  readonly since: number;
  /** Null while it runs. @unit epoch ms */
  readonly until: number | null;
}

export interface ModelRegistry {
  /** Stores the model's bytes and its record; does not put it in service. */
  add(shop: string, version: NewVersion): Promise<ModelVersion>;
  /** Newest first. */
  list(shop: string, scenario?: string): Promise<readonly ModelVersion[]>;
  /** @throws problem `unknown-model` */
  get(shop: string, version: string): Promise<ModelVersion>;
  /** The bytes back as the model. @throws problem `storage-damaged` when they do not match. */
  load(shop: string, version: string): Promise<unknown>;
  /** Puts a version in service and ends a trial; the one before is remembered for `rollback`. */
  promote(shop: string, version: string): Promise<ModelVersion>;
  /** Back to the version that was in service before. @throws problem `unknown-model` if none. */
  rollback(shop: string, scenario: string): Promise<ModelVersion>;
  /**
   * Tries a version on a share of the shoppers, in place of one that was tried before; 0 ends the trial.
   * @throws problem `conflict` when nothing is in service beside it, or it is in service itself
   */
  tryOut(shop: string, version: string, share: number): Promise<ModelVersion>;
  serving(shop: string, scenario: string): Promise<Serving>;
  /** Newest first, at most twenty; the first may still run. Another share or version begins another. */
  trials(shop: string, scenario: string): Promise<readonly Trial[]>;
  /** Undefined when none was promoted yet. */
  inService(shop: string, scenario: string): Promise<ModelVersion | undefined>;
  /** Marks a version as one never to be loaded or promoted again; one in service or tried out is so no more. */
  withdraw(shop: string, version: string, why: string): Promise<ModelVersion>;
  /** Deletes versions that are neither in service nor tried out, keeping the newest `keep`. */
  prune(shop: string, scenario: string, keep: number): Promise<number>;
}
