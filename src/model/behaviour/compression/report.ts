/**
 * How a behaviour model is to be made smaller, and what was found when it was: the part of a version's
 * card that says what it costs. Source of the bound's default: a fiftieth is about what two seeds of one
 * training differ by.
 */
export const compressionMethods = ["int8", "prune", "pq", "distill"] as const;
export type CompressionMethod = (typeof compressionMethods)[number];

export interface Compression {
  readonly method: CompressionMethod;
  /** Of the numbers that are left out, by `prune`. @unit 0..1 */
  readonly share: number;
  /** How many times smaller `pq` makes the item table. */
  readonly times: 8 | 16 | 32;
  /** By which `distill` softens what the teacher says. */
  readonly temperature: number;
  /** Largest part of NDCG@10 or HR@10 that may be lost. @unit 0..1 */
  readonly dropMost: number;
}

export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

export interface CompressionReport extends Compression {
  /** The version it was made of. */
  readonly of: string;
  /** Of the behaviour model. */
  readonly bytes: BeforeAfter;
  /** To read one history and score all items, on one thread, in turns: the median. @unit ms */
  readonly latencyMs: BeforeAfter;
  readonly ndcg10: BeforeAfter;
  readonly hitRate10: BeforeAfter;
  /** Held-out actions that were asked for; of a model that never saw them. */
  readonly cases: number;
  /** The larger of the parts lost of NDCG@10 and HR@10; below 0 where nothing was. */
  readonly drop: number;
  /** Whether the drop is within its bound: else there is no version. */
  readonly passed: boolean;
}
