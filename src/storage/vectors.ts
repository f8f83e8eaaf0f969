/** Vectors: nearest items by inner product, exact, with a mask as a free filter. */
export interface Vectors {
  /**
   * Replaces the table atomically.
   * @shape ids [n], matrix [n, width] row-major
   */
  load(table: string, ids: readonly string[], matrix: Float32Array, width: number): Promise<void>;
  /**
   * The `k` best rows by inner product, best first; ties by row order. O(n width).
   * @shape query [width], mask [n] with 1 = allowed
   */
  search(table: string, query: Float32Array, k: number, mask?: Uint8Array): Promise<readonly Hit[]>;
  size(table: string): Promise<number>;
  drop(table: string): Promise<void>;
}

export interface Hit {
  readonly id: string;
  readonly score: number;
}
