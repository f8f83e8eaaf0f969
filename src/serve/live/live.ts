import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Readable } from "node:stream";
import { monotonicMs } from "../../clock.ts";
import type { CollectListener } from "../../collect/collect.ts";
import { problem } from "../../errors.ts";
import type { Platform } from "../../platform.ts";
import { type Counts, openCounts } from "./counts.ts";
import {
  askedFor,
  happensNow,
  isOfShoppers,
  type LiveEvent,
  type LiveSnapshot,
  liveEvent,
  NEWEST_MOST,
  newestOf,
} from "./snapshot.ts";

/**
 * Shops as they are right now, told once a second as server-sent events to whoever watches. One
 * timer for all, one snapshot for all who watch a shop, and neither while nobody does: then an
 * event costs an addition. Who does not read is cut off, and so is who may not watch any more.
 */
export interface Live {
  /** @throws problem `overloaded` when as many watch as may */
  watch(shop: string, watcher: WatcherOptions): Promise<Readable>;
  /** Ends every stream; none begins after. */
  close(): void;
}

export interface WatcherOptions {
  /** Ends the stream after so many snapshots. */
  readonly snapshots: number;
  isStillIn(): boolean;
}

interface Watcher {
  readonly stream: Readable;
  readonly isStillIn: () => boolean;
  left: number;
}

/** A shop that somebody watches. */
interface Watched {
  readonly watchers: Set<Watcher>;
  newest: LiveEvent[];
  /** Of the snapshot before. */
  before: { readonly total: number; readonly ms: number } | undefined;
}

export interface LiveOptions {
  readonly watchersMost: number;
  /** What went wrong with a snapshot; the next is tried. */
  failed(error: unknown): void;
}

const TICK_MS = 1_000;
const RETRY_AFTER_SECONDS = 30;
/** Some forty snapshots that were not read. */
const UNREAD_BYTES_MOST = 262_144;
const LOOP_RESOLUTION_MS = 10;

export function openLive(platform: Platform, options: LiveOptions): Live {
  const { clock, collect } = platform;
  const counts = openCounts();
  const shops = new Map<string, Watched>();
  const pulse = openPulse(() => tick().catch(options.failed));
  let isClosed = false;
  collect.listen(listener(counts, shops, clock));

  const leave = (shop: string, watcher: Watcher): void => {
    const watched = shops.get(shop);
    watched?.watchers.delete(watcher);
    if (watched?.watchers.size === 0) shops.delete(shop);
    if (shops.size === 0) pulse.rest();
  };
  const textOf = async (shop: string, watched: Watched): Promise<string> => {
    if (watched.newest.length === 0) await readNewest(platform, shop, watched);
    const asked = await askedFor(platform, shop);
    const now = clock();
    const { newest } = watched;
    const snapshot: LiveSnapshot = {
      at: now,
      shop,
      eventsPerSecond: rateOf(watched, counts.total(shop)),
      minutes: counts.minutes(shop, now),
      ...pulse.vitals(),
      ...asked,
      newest,
      lastEventAt: newest[0]?.receivedAt ?? null,
    };
    return `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
  };
  const tick = async (): Promise<void> => {
    pulse.measure();
    for (const [shop, watched] of [...shops]) {
      const text = await textOf(shop, watched);
      for (const watcher of [...watched.watchers]) {
        if (!tell(watcher, text)) leave(shop, watcher);
      }
    }
  };

  return {
    async watch(shop, { snapshots, isStillIn }) {
      if (isClosed || watchersOf(shops) >= options.watchersMost) throw tooMany(options);
      const watched = shops.get(shop) ?? { watchers: new Set(), newest: [], before: undefined };
      const stream = new Readable({ read: () => undefined });
      const watcher: Watcher = { stream, isStillIn, left: snapshots };
      shops.set(shop, watched);
      watched.watchers.add(watcher);
      stream.once("close", () => leave(shop, watcher));
      pulse.wake();
      const first = await textOf(shop, watched).catch(givingUp(stream));
      // Ended while the snapshot was made.
      if (!watched.watchers.has(watcher)) return stream;
      stream.push("retry: 3000\n\n");
      if (!tell(watcher, first)) leave(shop, watcher);
      return stream;
    },
    close() {
      isClosed = true;
      endAll(shops);
      pulse.rest();
    },
  };
}

const givingUp =
  (stream: Readable) =>
  (error: unknown): never => {
    stream.destroy();
    throw error;
  };

/** Events a second since the snapshot before. */
function rateOf(watched: Watched, total: number): number | null {
  const { before } = watched;
  const ms = monotonicMs();
  watched.before = { total, ms };
  return before ? ((total - before.total) * 1_000) / (ms - before.ms) : null;
}

function endAll(shops: Map<string, Watched>): void {
  for (const { watchers } of shops.values()) {
    for (const { stream } of watchers) end(stream);
    watchers.clear();
  }
  shops.clear();
}

const watchersOf = (shops: ReadonlyMap<string, Watched>): number =>
  [...shops.values()].reduce((sum, { watchers }) => sum + watchers.size, 0);

const tooMany = ({ watchersMost }: LiveOptions): Error =>
  problem("overloaded", `server.liveWatchersMost lets ${watchersMost} watch at once`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

/** Of what was in the log before anybody watched. What comes in meanwhile stands in both. */
async function readNewest(platform: Platform, shop: string, watched: Watched): Promise<void> {
  const kept = await newestOf(platform, shop);
  const missing = kept.filter((one) => watched.newest.every(isOther(one)));
  watched.newest = [...watched.newest, ...missing].slice(0, NEWEST_MOST);
}

/** What is taken in is counted; what is watched is kept, but of nobody who was erased. */
const listener = (
  counts: Counts,
  shops: ReadonlyMap<string, Watched>,
  clock: Platform["clock"],
): CollectListener => ({
  events(shop, events) {
    const taken = events.filter(isOfShoppers);
    counts.addEvents(shop, taken.length, taken.filter(happensNow).length, clock());
    // Every list that is shown to a shopper is on record, whoever asked for it.
    for (const event of events) {
      if (event.name === "exposure" && happensNow(event)) counts.addList(shop, clock());
    }
    const watched = shops.get(shop);
    if (watched === undefined) return;
    const fresh = taken.slice(-NEWEST_MOST).map(liveEvent).reverse();
    watched.newest = [...fresh, ...watched.newest].slice(0, NEWEST_MOST);
  },
  erased: (shop) => forgetNewest(shops.get(shop)),
  expired: (shop) => forgetNewest(shops.get(shop)),
});

function forgetNewest(watched: Watched | undefined): void {
  if (watched) watched.newest = [];
}

const isOther =
  ({ eventId }: LiveEvent) =>
  (one: LiveEvent): boolean =>
    one.eventId !== eventId;

/** Whether there is more to tell. */
function tell(watcher: Watcher, text: string): boolean {
  const { stream } = watcher;
  if (stream.readableLength > UNREAD_BYTES_MOST || !watcher.isStillIn()) {
    end(stream);
    return false;
  }
  stream.push(text);
  watcher.left--;
  if (watcher.left > 0) return true;
  stream.push(null);
  return false;
}

/** Who has not read what there is, is not waited for. */
function end(stream: Readable): void {
  if (stream.readableLength > 0) stream.destroy();
  else stream.push(null);
}

interface Pulse {
  wake(): void;
  rest(): void;
  /** Reads how late the process was, and begins anew. */
  measure(): void;
  vitals(): Pick<LiveSnapshot, "loopDelayMs" | "rssBytes">;
}

/** A beat a second while awake; one that takes longer leaves the next out. */
function openPulse(beat: () => Promise<void>): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let histogram: IntervalHistogram | undefined;
  let isBeating = false;
  let loopDelayMs = 0;
  const beatOnce = async (): Promise<void> => {
    if (isBeating) return;
    isBeating = true;
    await beat();
    isBeating = false;
  };
  return {
    wake() {
      if (timer) return;
      histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
      histogram.enable();
      timer = setInterval(() => void beatOnce(), TICK_MS);
    },
    rest() {
      clearInterval(timer);
      histogram?.disable();
      timer = undefined;
    },
    measure() {
      if (!histogram || histogram.count === 0) return;
      loopDelayMs = Math.max(0, histogram.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
      histogram.reset();
    },
    vitals: () => ({ loopDelayMs, rssBytes: process.memoryUsage.rss() }),
  };
}
