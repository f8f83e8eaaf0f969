import type { EpochMs } from "../../schema.ts";
import type { OldRow } from "../../storage/event-log.ts";
import type { EraseOptions } from "../erase.ts";
import { discard, type OldQuarantined, oldQuarantined } from "../files/quarantine.ts";
import type {
  Affected,
  RetentionCertificate,
  RetentionControl,
  RetentionPreview,
  RetentionRules,
} from "./retention.ts";

/**
 * Letting go of what is too old. Rows are found by when they happened, in steps of places so that
 * the event loop is never held for long, and leave the log first, then all that was derived; a
 * crash in between is found when the tables are next compared with the log.
 */
export type SweepOptions = EraseOptions;

export const CERTIFICATE = "retention-certificate";
const DAY_MS = 86_400_000;
/** Places looked at in one step. */
const SPAN = 2_000;
/** Rows that leave in one transaction. */
const ROWS_AT_ONCE = 2_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER as EpochMs;

/** Says of a row whose it is, and the moment before which such rows go. */
type Judge = (row: OldRow) => { readonly whose: "shoppers" | "anonymous"; readonly limit: number };

function judgeOf(
  { people, clock }: SweepOptions,
  shop: string,
  { shopperDays, anonymousDays }: RetentionRules,
): Judge {
  const now = clock();
  const before = (days: number | null): number => momentBefore(days, now);
  const shoppers = { whose: "shoppers", limit: before(shopperDays) } as const;
  const anonymous = { whose: "anonymous", limit: before(anonymousDays) } as const;
  return ({ person }) => (person !== null && people.isShopper(shop, person) ? shoppers : anonymous);
}

/** Nothing happened before 1970. */
const momentBefore = (days: number | null, now: number): number =>
  days === null ? 0 : Math.max(0, now - days * DAY_MS);

/** No row that happened later is too old by either rule. */
const latestOf = ({ shopperDays, anonymousDays }: RetentionRules, now: number): EpochMs =>
  Math.max(momentBefore(shopperDays, now), momentBefore(anonymousDays, now)) as EpochMs;

/** What the rules would let go of now. O(events). */
export async function previewOf(
  options: SweepOptions,
  shop: string,
  rules: RetentionRules,
): Promise<RetentionPreview> {
  const judge = judgeOf(options, shop, rules);
  const shoppers = openCount();
  const anonymous = openCount();
  for await (const rows of options.log.before(shop, FOR_EVER, SPAN)) {
    for (const row of rows) {
      const { whose, limit } = judge(row);
      (whose === "shoppers" ? shoppers : anonymous).add(row, row.at < limit);
    }
  }
  const affected = ({ events, gone, oldestAt }: Count): Affected => ({
    events,
    goes: gone,
    oldestAt: gone === 0 ? null : oldestAt,
  });
  const { rows, ids, oldestAt } = await tooOldRefused(options, shop, rules);
  const quarantine = {
    ...{ events: rows, goes: ids.length, oldestAt: ids.length === 0 ? null : oldestAt },
  };
  return {
    at: options.clock(),
    ...{ shoppers: affected(shoppers), anonymous: affected(anonymous), quarantine },
  };
}

const tooOldRefused = (
  { records, clock }: SweepOptions,
  shop: string,
  rules: RetentionRules,
): Promise<OldQuarantined> => {
  const now = clock();
  return oldQuarantined(records, shop, latestOf(rules, now), now);
};

interface Count {
  readonly events: number;
  readonly gone: number;
  /** Of those that go. */
  readonly oldestAt: number;
  readonly newestAt: number;
  add(row: OldRow, goes: boolean): void;
}

function openCount(): Count {
  const count = {
    ...{ events: 0, gone: 0, oldestAt: Number.MAX_SAFE_INTEGER, newestAt: 0 },
    add({ at }: OldRow, goes: boolean): void {
      count.events += 1;
      if (!goes) return;
      count.gone += 1;
      count.oldestAt = Math.min(count.oldestAt, at);
      count.newestAt = Math.max(count.newestAt, at);
    },
  };
  return count;
}

/** What has gone so far. */
interface Gone {
  readonly shoppers: Count;
  readonly anonymous: Count;
  readonly persons: Set<string>;
  refused: OldQuarantined;
}

/** Lets go of what is too old, until told to stop; what has gone is certified. O(events). */
export async function sweep(
  options: SweepOptions,
  shop: string,
  rules: RetentionRules,
  control: RetentionControl,
): Promise<RetentionCertificate | null> {
  const refused = { rows: 0, ids: [], oldestAt: Number.MAX_SAFE_INTEGER, newestAt: 0 };
  const counts = { shoppers: openCount(), anonymous: openCount() };
  const gone: Gone = { ...counts, persons: new Set(), refused };
  const certified = (complete: boolean): Promise<RetentionCertificate | null> =>
    certify(options, shop, rules, gone, complete);
  try {
    await letGo(options, shop, rules, control, gone);
    if (!control.signal.aborted) await letGoRefused(options, shop, rules, gone);
  } catch (error) {
    await certified(false);
    throw error;
  }
  return await certified(!control.signal.aborted);
}

async function letGo(
  options: SweepOptions,
  shop: string,
  rules: RetentionRules,
  { signal, progress }: RetentionControl,
  gone: Gone,
): Promise<void> {
  const judge = judgeOf(options, shop, rules);
  const total = await options.log.head(shop);
  let looked = 0;
  let due: OldRow[] = [];
  const flush = async (): Promise<void> => {
    await remove(options, shop, due);
    for (const row of due) {
      gone[judge(row).whose].add(row, true);
      if (row.person !== null) gone.persons.add(row.person);
    }
    due = [];
  };
  const latest = latestOf(rules, options.clock());
  if (latest === 0) return;
  for await (const rows of options.log.before(shop, latest, SPAN)) {
    if (signal.aborted) return;
    due.push(...rows.filter((row) => row.at < judge(row).limit));
    if (due.length >= ROWS_AT_ONCE) await flush();
    looked = Math.min(looked + SPAN, total);
    progress({ stage: "letting go of old events", done: looked, total, unit: "places of the log" });
  }
  await flush();
}

async function letGoRefused(
  options: SweepOptions,
  shop: string,
  rules: RetentionRules,
  gone: Gone,
): Promise<void> {
  const found = await tooOldRefused(options, shop, rules);
  for (let at = 0; at < found.ids.length; at += ROWS_AT_ONCE) {
    await discard(options.records, shop, found.ids.slice(at, at + ROWS_AT_ONCE));
  }
  gone.refused = found;
}

const told = ({ listeners }: SweepOptions) =>
  listeners.filter((listener) => listener.expired !== undefined);

async function remove(options: SweepOptions, shop: string, rows: readonly OldRow[]): Promise<void> {
  if (rows.length === 0) return;
  const places = rows.map(({ seq }) => seq);
  const persons = new Set(rows.flatMap(({ person }) => person ?? []));
  await options.log.remove(shop, places);
  const gone = { places, persons: [...persons] };
  await Promise.all(told(options).map((listener) => listener.expired?.(shop, gone)));
}

async function certify(
  options: SweepOptions,
  shop: string,
  { shopperDays, anonymousDays }: RetentionRules,
  { shoppers, anonymous, persons, refused }: Gone,
  complete: boolean,
): Promise<RetentionCertificate | null> {
  const quarantined = refused.ids.length;
  if (shoppers.gone + anonymous.gone + quarantined === 0) return null;
  const certificate: RetentionCertificate = {
    id: options.newId(),
    at: options.clock(),
    rules: { shopperDays, anonymousDays },
    shopperEvents: shoppers.gone,
    anonymousEvents: anonymous.gone,
    persons: persons.size,
    quarantined,
    oldestAt: Math.min(shoppers.oldestAt, anonymous.oldestAt, refused.oldestAt),
    newestAt: Math.max(shoppers.newestAt, anonymous.newestAt, refused.newestAt),
    derived: ["event log", "quarantine", ...told(options).flatMap(({ derives }) => derives ?? [])],
    complete,
  };
  const { id } = certificate;
  await options.records.write(shop, [{ put: certificate, kind: CERTIFICATE, id }]);
  return certificate;
}
