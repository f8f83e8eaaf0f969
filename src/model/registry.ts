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
  readonly model: unknown;
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
  /** Puts a version in service; the one before is remembered for `rollback`. */
  promote(shop: string, version: string): Promise<ModelVersion>;
  /** Back to the version that was in service before. @throws problem `unknown-model` if none. */
  rollback(shop: string, scenario: string): Promise<ModelVersion>;
  /** Undefined when none was promoted yet. */
  inService(shop: string, scenario: string): Promise<ModelVersion | undefined>;
  /** Marks a version as one never to be loaded or promoted again; one in service leaves service. */
  withdraw(shop: string, version: string, why: string): Promise<ModelVersion>;
  /** Deletes versions that are not in service, keeping the newest `keep`. */
  prune(shop: string, scenario: string, keep: number): Promise<number>;
}
