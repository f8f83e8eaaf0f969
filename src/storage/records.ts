/**
 * Records: small JSON documents that change, found by shop, kind and id: catalogue items, keys,
 * rules, identities, jobs, quarantine, model versions. Every write is durable when it resolves and
 * every document has a version, so that a writer can refuse to overwrite what it has not seen.
 */
export interface Stored<T> {
  readonly id: string;
  readonly value: T;
  /** 1 for a new document, one more at each write. */
  readonly version: number;
}

export interface Page<T> {
  readonly rows: readonly Stored<T>[];
  /** Give this as `after` to go on; undefined on the last page. */
  readonly next: string | undefined;
}

/** One change of a batch. `expect` 0: must not exist; n: must be at version n; absent: any. */
export type Change =
  | { readonly put: unknown; readonly kind: string; readonly id: string; readonly expect?: number }
  | { readonly remove: true; readonly kind: string; readonly id: string; readonly expect?: number };

export interface Records {
  get<T>(shop: string, kind: string, id: string): Promise<Stored<T> | undefined>;
  /** In the order of `ids`; undefined where there is none. */
  getMany<T>(
    shop: string,
    kind: string,
    ids: readonly string[],
  ): Promise<readonly (Stored<T> | undefined)[]>;
  /**
   * Applies all changes or none, in order; resolves with the new version of each (0 for a removal).
   * @throws problem `conflict` when an expectation does not hold; nothing is then changed.
   */
  write(shop: string, changes: readonly Change[]): Promise<readonly number[]>;
  /** In ascending order of id (by code point), ids greater than `after`. */
  list<T>(shop: string, kind: string, options: ListOptions): Promise<Page<T>>;
  count(shop: string, kind: string): Promise<number>;
  /** Removes every document of the kind; returns how many. */
  clear(shop: string, kind: string): Promise<number>;
}

export interface ListOptions {
  readonly after?: string | undefined;
  readonly limit: number;
  /** Only ids that begin with this. */
  readonly prefix?: string | undefined;
}

/** What belongs to the installation and to no shop (keys, shops) is kept under this shop name. */
export const INSTALLATION = "";
