import type { Clock } from "../../clock.ts";
import { INSTALLATION, type Records } from "../../storage/records.ts";
import { oneAfterTheOther } from "./in-turn.ts";

/**
 * Who changed what, and when. Entries are numbered without a gap and never changed; with more than
 * the limit the oldest go, in the very write that adds the newest. One list for all shops: an entry
 * names its shop, and who may see one shop is told of no other.
 */
export interface AuditEntry {
  /** Its number, as text. */
  readonly id: string;
  readonly at: number;
  /** Id of the key, or `user:` and the name, or `local` for the command line of the machine. */
  readonly who: string;
  /** "" is the installation. */
  readonly shop: string;
  /** Name of the operation in the OpenAPI document. */
  readonly route: string;
  /** What was changed: a rule, a key, a job, a version. */
  readonly target: string | null;
  /** What was asked for, without secrets and cut short. */
  readonly detail: string;
  readonly outcome: "done" | "refused";
  /** Where it was asked from. */
  readonly address: string;
}

export type AuditNote = Omit<AuditEntry, "id" | "at">;

export interface AuditFilter {
  /** Null: all shops, and what is of the installation. */
  readonly shop: string | null;
  readonly who?: string | undefined;
  readonly route?: string | undefined;
  /** @unit epoch ms */
  readonly since?: number | undefined;
}

export interface AuditPage {
  readonly rows: readonly AuditEntry[];
  /** Give this as `before` to go on; undefined on the last page. */
  readonly next: string | undefined;
}

export interface Audit {
  add(note: AuditNote): Promise<void>;
  /**
   * Newest first, at most `limit`. Where few entries match a page may be short, or empty, and yet
   * have a next one: no more than some thousand entries are looked at for a page.
   */
  list(
    filter: AuditFilter,
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditPage>;
}

const KIND = "audit";
const DIGITS = 12;
/** A limit that was lowered is reached in steps. */
const DROPPED_MOST = 100;
const LOOKED_AT_MOST = 4_000;
const READ_AT_ONCE = 500;

const idOf = (number: number): string => String(number).padStart(DIGITS, "0");

export async function openAudit(
  records: Records,
  clock: Clock,
  entriesMost: number,
): Promise<Audit> {
  const [oldest] = (await records.list(INSTALLATION, KIND, { limit: 1 })).rows;
  /** Entries are numbered from `first` to just below `next`. */
  let first = Number(oldest?.id ?? 1);
  let next = first + (await records.count(INSTALLATION, KIND));
  const inTurn = oneAfterTheOther();
  const read = async (from: number, to: number): Promise<readonly AuditEntry[]> => {
    const page = await records.list<AuditEntry>(INSTALLATION, KIND, {
      after: idOf(from - 1),
      limit: to - from,
    });
    return page.rows.map(({ value }) => value).reverse();
  };
  async function* backwards(below: number, stop: number): AsyncGenerator<AuditEntry> {
    for (let to = below; to > stop; to -= READ_AT_ONCE) {
      yield* await read(Math.max(stop, to - READ_AT_ONCE), to);
    }
  }

  return {
    add: (note) =>
      inTurn(async () => {
        const id = idOf(next);
        const leaving = Math.min(Math.max(0, next + 1 - first - entriesMost), DROPPED_MOST);
        const put = { put: { id, at: clock(), ...note }, kind: KIND, id, expect: 0 };
        const gone = Array.from({ length: leaving }, (_, nth) => idOf(first + nth));
        const removals = gone.map((old) => ({ remove: true, kind: KIND, id: old }) as const);
        await records.write(INSTALLATION, [put, ...removals]);
        next++;
        first += leaving;
      }),
    async list(filter, { limit, before }) {
      const to = Math.min(Number(before ?? next), next);
      const stop = Math.max(first, to - LOOKED_AT_MOST);
      const rows: AuditEntry[] = [];
      let at = stop;
      for await (const entry of backwards(to, stop)) {
        if (entry.at < (filter.since ?? 0)) return { rows, next: undefined };
        if (isAsked(entry, filter)) rows.push(entry);
        at = Number(entry.id);
        if (rows.length === limit) break;
      }
      return { rows, next: at > first ? idOf(at) : undefined };
    },
  };
}

const isAsked = (entry: AuditEntry, { shop, who, route }: AuditFilter): boolean =>
  (shop === null || entry.shop === shop) &&
  (who === undefined || entry.who === who) &&
  (route === undefined || entry.route === route);
