import { monotonicMs } from "../clock.ts";
import type { CollectListener } from "../collect/collect.ts";
import { problem } from "../errors.ts";
import type { Analytics, CursorMove } from "../storage/analytics.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Progress } from "../storage/jobs.ts";
import type { Records } from "../storage/records.ts";
import { actionsTable, addActions, emptyActions } from "./actions-table.ts";
import {
  flattenMerges,
  type ItemEntry,
  itemsAmiss,
  mergesAmiss,
  projectionDdl,
  projectionVersion,
  type Writing,
  writeErasure,
  writeExpiry,
  writeItems,
  writeMerges,
  writeNothing,
} from "./projection-tables.ts";

/**
 * The projection: the log as analytics tables, always a little behind and never wrong. Idea: read
 * the log after a cursor, append rows and move the cursor in one transaction; what changes rows
 * already written (ids joined, shoppers erased, items regrouped) waits in order and is applied
 * after the rows that were read before it. What a crash may have swallowed is found when a shop is
 * first caught up: the numbers of events, aliases and items are compared with the log and records.
 * Left out: projecting in a thread of its own; the log is read in small steps instead, so that the
 * event loop is never held for long.
 */
export interface Projector {
  /** Resolves when everything durable at the time of the call is in the tables. */
  catchUp(shop?: string): Promise<void>;
  /** Drops every table and replays the logs of all shops. */
  rebuild(progress: (progress: Progress) => void, signal?: AbortSignal): Promise<void>;
  /** Keeps the tables within about a second of the log, without being asked. */
  readonly listener: CollectListener;
  /** Stops following; what runs ends first. */
  close(): Promise<void>;
}

export interface ProjectorOptions {
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly records: Records;
  /** Is told how long a run took that brought something. @unit ms */
  readonly took: (shop: string, ms: number) => void;
  /** Is told of what went wrong while following in the background; the next call tries again. */
  readonly warn: (error: unknown) => void;
}

/**
 * Rows read from the log in one step, and lines written in one transaction: both hold the event
 * loop. Ten times as many are no faster, and make the worst one in a hundred wait 80 ms, not 16.
 */
const READ_ROWS = 250;
const WRITE_LINES = 2_000;
/** Joins that may wait for a run. */
const NOTICES_MOST = 100_000;
/** Least pause between two runs in the background. @unit ms */
const REST_MS = 300;

/** Opens the projection; drops tables that an older version has written. */
export async function openProjector(options: ProjectorOptions): Promise<Projector> {
  await prepare(options.analytics);
  const shops = new Map<string, ShopState>();
  const following: Following = { timer: undefined, closed: false };
  const inTurn = oneAtATime();
  const stateOf = (shop: string): ShopState => {
    const known = shops.get(shop);
    if (known !== undefined) return known;
    const made = newShop(shop, () => inTurn(() => catchUpShop(options, stateOf(shop))));
    shops.set(shop, made);
    return made;
  };
  const catchUp = async (shop?: string): Promise<void> => {
    const wanted = shop === undefined ? await options.log.shops() : [shop];
    for (const one of wanted) await stateOf(one).run();
  };
  const follow = (state: ShopState): void => {
    state.dirty = true;
    if (following.timer !== undefined || following.closed) return;
    following.timer = setTimeout(() => void round(), REST_MS);
    following.timer.unref();
  };
  const round = async (): Promise<void> => {
    const wanted = [...shops.values()].filter((state) => state.dirty);
    for (const state of wanted) {
      if (following.closed) return;
      await state.run().catch(options.warn);
    }
    following.timer = undefined;
    const again = [...shops.values()].find((state) => state.dirty);
    if (again !== undefined) follow(again);
  };
  return {
    catchUp,
    rebuild: (progress, signal) =>
      inTurn(async () => {
        for (const state of shops.values()) state.checked = false;
        await rebuild(options, stateOf, progress, signal);
      }),
    listener: listenerOf(options, stateOf, follow),
    async close() {
      following.closed = true;
      clearTimeout(following.timer);
      await inTurn(async () => undefined);
    },
  };
}

interface Following {
  timer: NodeJS.Timeout | undefined;
  closed: boolean;
}

async function prepare(analytics: Analytics): Promise<void> {
  await analytics.migrate(projectionDdl);
  const [found] = await analytics.rows<{ version: number }>("SELECT version FROM projection");
  if (found?.version === projectionVersion) return;
  await startAfresh(analytics);
}

async function startAfresh(analytics: Analytics): Promise<void> {
  await analytics.drop();
  await analytics.migrate(projectionDdl);
  await analytics.run("INSERT INTO projection VALUES (?)", [projectionVersion]);
}

type Notice =
  | { readonly kind: "merged"; readonly from: string; readonly to: string }
  | { readonly kind: "expired"; readonly places: readonly number[] }
  | {
      readonly kind: "erased";
      readonly persons: readonly string[];
      /** Place that no row erased lies beyond; who comes back later is written after it. */
      readonly upTo: Promise<number>;
    };

interface ShopState {
  readonly shop: string;
  readonly cursor: string;
  /** Joins, erasures and expiries, in order; at most what came since the last run. */
  notices: Notice[];
  items: Map<string, ItemEntry>;
  /** Highest place read from the log since this process began. */
  read: number;
  /** Compared with log and records since this process began. */
  checked: boolean;
  /** Something came since the last run began. */
  dirty: boolean;
  pass: number;
  /** Catches up; callers that come while it runs share the next run. */
  readonly run: () => Promise<void>;
}

function newShop(shop: string, work: () => Promise<void>): ShopState {
  return {
    shop,
    cursor: `${actionsTable}:${shop}`,
    notices: [],
    items: new Map(),
    read: 0,
    checked: false,
    dirty: false,
    pass: 0,
    run: coalesced(work),
  };
}

function listenerOf(
  options: ProjectorOptions,
  stateOf: (shop: string) => ShopState,
  follow: (state: ShopState) => void,
): CollectListener {
  return {
    derives: "analytics",
    events: (shop) => follow(stateOf(shop)),
    items(shop, items, removed) {
      const state = stateOf(shop);
      for (const { item, group, createdAt } of items) state.items.set(item, { group, createdAt });
      for (const id of removed) state.items.set(id, undefined);
      follow(state);
    },
    merged(shop, from, to) {
      const state = stateOf(shop);
      if (state.notices.length >= NOTICES_MOST) forgetJoins(state);
      else state.notices.push({ kind: "merged", from, to });
      follow(state);
    },
    erased(shop, persons) {
      const state = stateOf(shop);
      state.notices.push({ kind: "erased", persons, upTo: knownPlace(options, state) });
      return state.run();
    },
    expired(shop, { places }) {
      const state = stateOf(shop);
      state.notices.push({ kind: "expired", places });
      return state.run();
    },
  };
}

/**
 * The highest place of any row so far. The log's own head is not enough: the newest rows may be
 * those that were erased. Where it cannot be told, no later row is spared.
 */
async function knownPlace(
  { log, analytics }: ProjectorOptions,
  { shop, cursor, read }: ShopState,
): Promise<number> {
  const places = Promise.all([log.head(shop), analytics.cursor(cursor)]);
  const [head, at] = await places.catch(() => [Number.MAX_SAFE_INTEGER, 0] as const);
  return Math.max(head, at, read);
}

/** Too many wait: they will be found again by comparing with the records. */
function forgetJoins(state: ShopState): void {
  state.notices = state.notices.filter((notice) => notice.kind !== "merged");
  state.checked = false;
}

async function catchUpShop(options: ProjectorOptions, state: ShopState): Promise<void> {
  const begunMs = monotonicMs();
  let brought = state.notices.length + state.items.size;
  state.dirty = false;
  await replay(options, state, (rows) => {
    brought += rows;
  });
  await applyNotices(options, state);
  if (!state.checked) state.checked = await reconcile(options, state);
  if (brought > 0) options.took(state.shop, monotonicMs() - begunMs);
}

/** Appends what the log has after the cursor. */
async function replay(
  { log, analytics }: ProjectorOptions,
  state: ShopState,
  progress: (rows: number) => void,
): Promise<void> {
  let from = await analytics.cursor(state.cursor);
  let batch = emptyActions();
  let to = from;
  const flush = async (): Promise<void> => {
    if (to === from) return;
    const lines = { table: actionsTable, columns: batch.columns };
    await analytics.apply({ cursor: state.cursor, from, to }, [lines], []);
    from = to;
    batch = emptyActions();
  };
  for await (const rows of log.read(state.shop, { after: from, batch: READ_ROWS })) {
    for (const row of rows) addActions(batch, state.shop, row);
    to = rows.at(-1)?.seq ?? to;
    state.read = Math.max(state.read, to);
    progress(rows.length);
    if (batch.lines >= WRITE_LINES) await flush();
    await aTurn();
  }
  await flush();
}

/** Applies what waits, in order; what cannot be applied now stays. */
async function applyNotices(options: ProjectorOptions, state: ShopState): Promise<void> {
  while (state.notices.length > 0) {
    const first = state.notices[0] as Notice;
    if (first.kind !== "merged") {
      await write(options, state, await writingOf(state.shop, first));
      state.notices.shift();
      // The rows leave the file now, not when the engine would next tidy up; it may be busy.
      await options.analytics.run("CHECKPOINT").catch(() => undefined);
      continue;
    }
    const end = state.notices.findIndex((notice) => notice.kind !== "merged");
    const joins = state.notices.slice(0, end < 0 ? undefined : end) as MergeNotice[];
    await write(
      options,
      state,
      writeMerges(state.shop, flattenMerges(joins), await nextPass(options, state)),
    );
    state.notices.splice(0, joins.length);
  }
  if (state.items.size === 0) return;
  const changed = state.items;
  state.items = new Map();
  try {
    await write(options, state, writeItems(state.shop, changed, await nextPass(options, state)));
  } catch (error) {
    state.items = new Map([...changed, ...state.items]);
    throw error;
  }
}

const writingOf = async (
  shop: string,
  notice: Exclude<Notice, { kind: "merged" }>,
): Promise<Writing> =>
  notice.kind === "expired"
    ? writeExpiry(shop, notice.places)
    : writeErasure(shop, notice.persons, await notice.upTo);

type MergeNotice = Extract<Notice, { kind: "merged" }>;

/** What a crash may have swallowed: items, joins, erasures. True when log and tables were compared. */
async function reconcile(options: ProjectorOptions, state: ShopState): Promise<boolean> {
  const { records, analytics, log } = options;
  const { shop } = state;
  const items = await itemsAmiss(records, analytics, shop);
  if (items.size > 0) {
    await write(options, state, writeItems(shop, items, await nextPass(options, state)));
  }
  const joined = await mergesAmiss(records, analytics, shop);
  if (joined.size > 0) {
    await write(options, state, writeMerges(shop, joined, await nextPass(options, state)));
  }
  const stand = await standOf(log, shop);
  if (stand === undefined) return false;
  await replay(options, state, () => undefined);
  if (await isComplete(analytics, shop, stand)) return true;
  const at = await analytics.cursor(state.cursor);
  const { statements } = writeNothing(shop);
  await analytics.apply({ cursor: state.cursor, from: at, to: 0 }, [], statements);
  await replay(options, state, () => undefined);
  return true;
}

/** The log at one moment. */
interface Stand {
  readonly events: number;
  readonly head: number;
}

const STAND_TRIES = 5;

/** Undefined when the log moved on each time between the two looks at its head. */
async function standOf(log: EventLog, shop: string): Promise<Stand | undefined> {
  for (let tried = 0; tried < STAND_TRIES; tried++) {
    const head = await log.head(shop);
    const events = await log.count(shop);
    if ((await log.head(shop)) === head) return { events, head };
  }
  return undefined;
}

/** As many events in the table as there were in the log; it may have moved on since. */
async function isComplete(analytics: Analytics, shop: string, stand: Stand): Promise<boolean> {
  const [row] = await analytics.rows<{ n: number }>(
    `SELECT count(*) AS n FROM ${actionsTable} WHERE shop = ? AND line = 0 AND seq <= ?`,
    [shop, stand.head],
  );
  return row?.n === stand.events;
}

async function rebuild(
  options: ProjectorOptions,
  stateOf: (shop: string) => ShopState,
  progress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { log, analytics } = options;
  await startAfresh(analytics);
  const shops = await log.shops();
  const counts = await Promise.all(shops.map((shop) => log.count(shop)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let done = 0;
  const tell = (rows: number): void => {
    if (signal?.aborted) throw problem("cancelled", "the rebuild was cancelled; the rest follows");
    done += rows;
    progress({ stage: "replaying the log", done, total, unit: "events" });
  };
  for (const shop of shops) {
    const state = stateOf(shop);
    await replay(options, state, tell);
    await catchUpShop(options, state);
  }
}

/** Writes beside the log: the cursor stays where it is. */
async function write(
  { analytics }: ProjectorOptions,
  state: ShopState,
  { batches, statements }: Writing,
): Promise<void> {
  const at = await analytics.cursor(state.cursor);
  const stay: CursorMove = { cursor: state.cursor, from: at, to: at };
  await analytics.apply(stay, batches, statements);
}

/** A number above every pass so far. */
async function nextPass({ analytics }: ProjectorOptions, state: ShopState): Promise<number> {
  if (state.pass === 0) {
    const [row] = await analytics.rows<{ pass: number }>(
      `SELECT greatest(coalesce((SELECT max(pass) FROM items WHERE shop = ?), 0),
                       coalesce((SELECT max(pass) FROM merges WHERE shop = ?), 0)) AS pass`,
      [state.shop, state.shop],
    );
    state.pass = Number(row?.pass ?? 0);
  }
  state.pass += 1;
  return state.pass;
}

const aTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Runs given works one after the other, in order of asking; one that fails does not stop others. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Callers that come before a run has begun share it; those that come later share the next one. */
function coalesced(work: () => Promise<void>): () => Promise<void> {
  let waiting: Promise<void> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined;
      const now = work();
      running = now.catch(() => undefined);
      return now;
    });
    return waiting;
  };
}
