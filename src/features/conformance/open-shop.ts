import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, fixedClock } from "../../clock.ts";
import type { Collect } from "../../collect/collect.ts";
import type { EventInput } from "../../collect/event.ts";
import { openCollect } from "../../collect/open-collect.ts";
import { type Config, parseConfig } from "../../config.ts";
import type { Analytics } from "../../storage/analytics.ts";
import { openDuckdb } from "../../storage/engines/duckdb.ts";
import { groupCommit } from "../../storage/engines/group-commit.ts";
import { openSqlite } from "../../storage/engines/sqlite.ts";
import { sqliteLog } from "../../storage/engines/sqlite-log.ts";
import { sqliteRecords } from "../../storage/engines/sqlite-records.ts";
import { migrate } from "../../storage/engines/sqlite-schema.ts";
import type { EventLog } from "../../storage/event-log.ts";
import type { Records } from "../../storage/records.ts";
import type { Past } from "../past.ts";
import { openProjector, type Projector } from "../projection.ts";

/** A shop on real engines in a folder of its own, with its projection: what tests gather from. */
export interface OpenShop {
  readonly shop: string;
  readonly log: EventLog;
  readonly records: Records;
  readonly analytics: Analytics;
  readonly collect: Collect;
  readonly projector: Projector;
  readonly config: Config;
  readonly past: Past;
  /** Lets events in, in batches, and waits until they are projected. */
  happen(...events: readonly EventInput[]): Promise<void>;
  /** Ends this process's part and begins another over the same files. */
  reopen(): Promise<OpenShop>;
  close(): Promise<void>;
}

/** Midday of 1 July 2026: the moment it is when a test's shop opens. */
export const noon = 1_782_907_200_000;

export async function openShop(clock: Clock = fixedClock(noon, 1)): Promise<OpenShop> {
  return await openAt(await mkdtemp(join(tmpdir(), "shopkeeper-features-")), clock);
}

async function openAt(folder: string, clock: Clock): Promise<OpenShop> {
  const shop = "corner";
  const config = parseConfig({});
  const stored = await openSqlite(join(folder, "log.sqlite"), {
    cacheKib: 8_192,
    maxPages: 0,
  });
  migrate(stored);
  const commit = groupCommit(stored, { rowsWaiting: 100_000, logPages: 1_000 });
  const log = sqliteLog(stored, commit);
  const records = sqliteRecords(stored, commit);
  const analytics = await openDuckdb(join(folder, "analytics.duckdb"), {
    memoryMib: 512,
    threads: 2,
    readers: 2,
    maxWaiting: 100,
  });
  const collect = await openCollect({ log, records, clock, config: config.collect });
  const warn = (error: unknown): void => {
    throw error;
  };
  const projector = await openProjector({ log, records, analytics, took: () => undefined, warn });
  collect.listen(projector.listener);
  const end = async (): Promise<void> => {
    await projector.close();
    await analytics.close();
    await commit.close();
    stored.close();
  };
  return {
    shop,
    log,
    records,
    analytics,
    collect,
    projector,
    config,
    past: { shop, log, records, analytics },
    async happen(...events) {
      for (let at = 0; at < events.length; at += 500) {
        const { rejected } = await collect.events(shop, events.slice(at, at + 500));
        if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
      }
      await projector.catchUp(shop);
    },
    async reopen() {
      await end();
      return await openAt(folder, clock);
    },
    async close() {
      await end();
      await rm(folder, { recursive: true });
    },
  };
}
