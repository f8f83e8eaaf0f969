import type { BadLine, Tables } from "../storage/tables.ts";

/**
 * An adapter turns one published data set, or any file with a mapping, into items and events. Ids
 * and event ids are made from the source alone, so that importing twice changes nothing.
 */
export interface Adapter {
  /** Name on the command line, e.g. "amazon-beauty". */
  readonly name: string;
  /** One line for `shopkeeper import --help`. */
  readonly about: string;
  /** Parts in the order they must be read, e.g. items before events. */
  parts(tables: Tables, from: string, batchRows: number): Promise<readonly Part[]>;
}

export interface Part {
  readonly name: string;
  /** Rows in all, for progress. */
  readonly total: number;
  /** Batches from after `afterLine` on. */
  read(afterLine: number): AsyncIterable<PartBatch>;
}

export interface PartBatch {
  /** Sources that become items, in file order. */
  readonly items: readonly Candidate[];
  readonly events: readonly Candidate[];
  readonly bad: readonly BadLine[];
  /** Source rows this batch covers. */
  readonly rows: number;
  /** Of them, rows that are left out by the documented protocol of the data set. */
  readonly skipped: number;
  /** The last line this batch covers: the resume point once the batch is durable. */
  readonly line: number;
}

/** An input with where it came from, so that a refusal can be quarantined and replayed. */
export interface Candidate {
  readonly line: number;
  readonly input: unknown;
  /** The row that a mapping made it from: kept, so that a better mapping can try again. */
  readonly row?: unknown;
}

export interface ImportRequest {
  /** Adapter name, or "csv" | "tsv" | "jsonl" | "parquet" | "merchant-tsv" | "merchant-xml". */
  readonly source: string;
  /** File or folder. */
  readonly from: string;
  /** Path of a mapping file for plain tables. */
  readonly mapping?: string | undefined;
  /**
   * What the import is known by, where its path says nothing (an upload in a temporary file): what
   * is refused then takes the place of what was refused at the same lines the last time.
   */
  readonly name?: string | undefined;
}

export interface ImportReport {
  readonly source: string;
  readonly rows: number;
  readonly events: number;
  readonly items: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Rows left out by the documented protocol of a data set. */
  readonly skipped: number;
  /** Good events not kept, because the shopper does not allow measuring. */
  readonly withheld: number;
  readonly seconds: number;
  /** True when it went on where an interrupted run had stopped. */
  readonly resumed: boolean;
}

/** What was refused, with all that is needed to look at it and to try again. */
export interface Quarantined {
  readonly id: string;
  readonly source: string;
  readonly part: string;
  readonly line: number;
  readonly reason: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  readonly kind: "event" | "item" | "line";
  readonly input: unknown;
  /** The row that a mapping made the input from. */
  readonly row?: unknown;
  /** When it was first refused as it is: by this it grows too old. @unit epoch ms */
  readonly at: number;
}

/** Files into the shop, and what was refused on the way. */
export interface Importer {
  run(shop: string, request: ImportRequest, control: ImportControl): Promise<ImportReport>;
  /** Names and one-line descriptions of what can be imported. */
  sources(): readonly { readonly name: string; readonly about: string }[];
  quarantined(
    shop: string,
    options: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{ readonly rows: readonly Quarantined[]; readonly next: string | undefined }>;
  /**
   * Tries the entries again, all of them when no ids are given, as they were or as `fix` puts them
   * right; what passes leaves the quarantine.
   */
  replay(shop: string, ids?: readonly string[], fix?: Fix): Promise<Replayed>;
  discard(shop: string, ids: readonly string[]): Promise<number>;
}

/** What an entry should have said; empty leaves it where it is. */
export type Fix = (
  entry: Quarantined,
) => readonly { readonly kind: "event" | "item"; readonly input: unknown }[];

export interface Replayed {
  readonly taken: number;
  readonly refused: number;
}

export interface ImportControl {
  readonly signal: AbortSignal;
  progress(progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number | null;
    readonly unit: string;
  }): void;
}
