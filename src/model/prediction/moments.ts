/**
 * Moments that a network is asked about: after which event, what was counted by hand until then, and
 * what came of it where that is known. @shape every array [count] or [count, width]
 */
export interface Moments {
  readonly count: number;
  /** Place of the last event before the moment. */
  readonly ends: Int32Array;
  /** Of mean 0 and variance 1. @shape [count, counted] */
  readonly counted: Float32Array;
  /** 1 where it happened. @shape [count, chances] */
  readonly happened: Uint8Array;
  /** 1 where it is known whether it happened. @shape [count, chances] */
  readonly known: Uint8Array;
  /** What was next; -1 where it is not known. */
  readonly next: Int32Array;
  /** NaN where it is not known. */
  readonly values: Float32Array;
}
