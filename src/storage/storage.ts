import type { Analytics } from "./analytics.ts";
import type { Blobs } from "./blobs.ts";
import type { EventLog } from "./event-log.ts";
import type { Jobs } from "./jobs.ts";
import type { Records } from "./records.ts";
import type { Tables } from "./tables.ts";
import type { Vectors } from "./vectors.ts";

/** All ports of one installation, opened and closed together. */
export interface Storage {
  readonly log: EventLog;
  readonly records: Records;
  readonly analytics: Analytics;
  readonly blobs: Blobs;
  readonly jobs: Jobs;
  readonly vectors: Vectors;
  readonly tables: Tables;
  /** A consistent copy into an empty folder while everything keeps running. */
  backup(folder: string, progress: (share: number) => void): Promise<BackupReport>;
  /** Free and used bytes of the data folder's disk. */
  disk(): Promise<{ readonly freeBytes: number; readonly usedBytes: number }>;
  close(): Promise<void>;
}

export interface BackupReport {
  readonly folder: string;
  readonly events: number;
  readonly records: number;
  readonly blobs: number;
  readonly bytes: number;
}
