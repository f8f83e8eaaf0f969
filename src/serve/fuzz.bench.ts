import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { monotonicMs } from "../clock.ts";
import { parseConfig } from "../config.ts";
import { openPlatform } from "../platform.ts";
import { fuzz } from "./conformance/fuzz.ts";
import { fuzzHeaders, sampleAccess } from "./conformance/signed-in.ts";
import { openServer } from "./server.ts";

/**
 * Ten thousand generated requests to the engines on disk: how many were answered, how many refused,
 * what was wrong with any, and whether every event that was acknowledged between them is in the log
 * when it is opened again.
 */
const SEEDS = [1, 2, 3, 4, 5];
/** They read or write folders of the machine that the request names. */
const BEYOND = ["startBackup", "exportModel", "importModel", "startImport"];

interface FuzzRow {
  readonly seed: number;
  readonly requests: number;
  readonly good: number;
  readonly refused: number;
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly lost: number;
  readonly seconds: number;
}

export async function bench({ tiny, note }: BenchRun): Promise<{ rows: readonly FuzzRow[] }> {
  const rows: FuzzRow[] = [];
  for (const seed of tiny ? [1] : SEEDS) {
    const row = await fuzzOnDisk(seed, tiny ? 100 : 2_000);
    note(`seed ${seed}: ${row.requests} requests, ${row.faults.length} faults, ${row.lost} lost`);
    rows.push(row);
  }
  return { rows };
}

async function fuzzOnDisk(seed: number, requests: number): Promise<FuzzRow> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-fuzz-"));
  const config = parseConfig({
    folder,
    server: {
      logLevel: "silent",
      rateSecretPerMinute: 10_000_000,
      liveWatchersMost: 10_000,
      // That load is shed is judged elsewhere.
      overloadDelayMs: 60_000,
    },
  });
  try {
    const begun = monotonicMs();
    const { acknowledged, ...report } = await fuzzFolder(config, seed, requests);
    const seconds = Math.round((monotonicMs() - begun) / 10) / 100;
    const again = await openPlatform(config);
    const kept = await again.storage.log.find("demo", acknowledged);
    await again.close();
    const lost = acknowledged.length - kept.length;
    const { good, refused, faults } = report;
    return {
      ...{ seed, requests, good, refused, faults, lost, seconds },
      acknowledged: acknowledged.length,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fuzzFolder(config: ReturnType<typeof parseConfig>, seed: number, requests: number) {
  const platform = await openPlatform(config);
  try {
    await platform.shops.ensure("demo");
    const access = await sampleAccess(platform);
    const server = await openServer(platform, { access, localToken: "lk_fuzz" });
    const headersFor = await fuzzHeaders(access, "lk_fuzz", "demo");
    const report = await fuzz(server, { requests, seed, without: BEYOND, headersFor });
    await server.close();
    return report;
  } finally {
    await platform.close();
  }
}
