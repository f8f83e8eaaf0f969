import type { EmbeddedConfig } from "../engines/open.ts";

/** Small enough for tests to open it often. */
export const embeddedConfig: EmbeddedConfig = {
  analyticsMemoryMb: 256,
  analyticsThreads: 2,
  workerThreads: 1,
  jobsQueued: 10,
  jobsKept: 10,
  blobsLimitMb: 64,
};
