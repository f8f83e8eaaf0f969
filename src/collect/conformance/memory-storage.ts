import { problem } from "../../errors.ts";
import type { EventLog, LogRow, StoredRow } from "../../storage/event-log.ts";
import type { Change, Records, Stored } from "../../storage/records.ts";
import type { Cell, TableBatch, Tables } from "../../storage/tables.ts";

/** The two ports that collect writes through, in memory: for tests of this room alone. */
export function memoryLog(): EventLog {
  const shops = new Map<string, StoredRow[]>();
  let seq = 0;
  const of = (shop: string): StoredRow[] => shops.get(shop) ?? [];
  return {
    syncs: 0,
    append(shop, rows, onWritten) {
      const kept = of(shop);
      shops.set(shop, kept);
      const known = new Set(kept.map((row) => row.eventId));
      const fresh = rows.map((row: LogRow) => {
        if (known.has(row.eventId)) return false;
        known.add(row.eventId);
        kept.push({ ...row, seq: ++seq });
        return true;
      });
      const appended = fresh.filter(Boolean).length;
      onWritten?.();
      return Promise.resolve({ appended, duplicates: rows.length - appended, fresh });
    },
    async *read(shop, { after, batch }) {
      const rows = of(shop).filter((row) => row.seq > after);
      for (let at = 0; at < rows.length; at += batch) yield rows.slice(at, at + batch);
    },
    recent: async (shop, person, limit) =>
      of(shop)
        .filter((row) => row.person === person)
        .slice(-limit),
    find: async (shop, ids) => of(shop).filter((row) => ids.includes(row.eventId)),
    async reassign(shop, from, to) {
      let moved = 0;
      shops.set(
        shop,
        of(shop).map((row) => {
          if (row.person !== from) return row;
          moved++;
          return { ...row, person: to };
        }),
      );
      return moved;
    },
    async erase(shop, persons) {
      const before = of(shop);
      const kept = before.filter((row) => row.person === null || !persons.includes(row.person));
      shops.set(shop, kept);
      return before.length - kept.length;
    },
    async *before(shop, moment, span) {
      const rows = of(shop).filter(({ at }) => at < moment);
      for (let at = 0; at < rows.length; at += span) yield rows.slice(at, at + span);
    },
    async remove(shop, places) {
      const before = of(shop);
      const gone = new Set(places);
      shops.set(
        shop,
        before.filter(({ seq: place }) => !gone.has(place)),
      );
      return before.length - of(shop).length;
    },
    head: async (shop) => of(shop).at(-1)?.seq ?? 0,
    count: async (shop) => of(shop).length,
    shops: async () => [...shops.keys()],
  };
}

export function memoryRecords(): Records {
  const kinds = new Map<string, Map<string, Stored<string>>>();
  const of = (shop: string, kind: string): Map<string, Stored<string>> => {
    const key = JSON.stringify([shop, kind]);
    const found = kinds.get(key) ?? new Map<string, Stored<string>>();
    kinds.set(key, found);
    return found;
  };
  const read = <T>(one: Stored<string> | undefined): Stored<T> | undefined =>
    one && { ...one, value: JSON.parse(one.value) as T };
  const apply = (shop: string, change: Change): number => {
    const kept = of(shop, change.kind);
    if ("remove" in change) {
      kept.delete(change.id);
      return 0;
    }
    const version = (kept.get(change.id)?.version ?? 0) + 1;
    kept.set(change.id, { id: change.id, value: JSON.stringify(change.put), version });
    return version;
  };
  return {
    get: async <T>(shop: string, kind: string, id: string) => read<T>(of(shop, kind).get(id)),
    getMany: async <T>(shop: string, kind: string, ids: readonly string[]) =>
      ids.map((id) => read<T>(of(shop, kind).get(id))),
    async write(shop, changes) {
      for (const { kind, id, expect } of changes) {
        const version = of(shop, kind).get(id)?.version ?? 0;
        if (expect !== undefined && expect !== version) throw problem("conflict", `${kind} ${id}`);
      }
      return changes.map((change) => apply(shop, change));
    },
    async list<T>(
      shop: string,
      kind: string,
      options: { after?: string | undefined; limit: number; prefix?: string | undefined },
    ) {
      const { after, limit, prefix = "" } = options;
      const ids = [...of(shop, kind).keys()]
        .filter((id) => id.startsWith(prefix) && (after === undefined || id > after))
        .sort((a, b) => (a < b ? -1 : 1));
      const shown = ids.slice(0, limit);
      const rows = shown.flatMap((id) => read<T>(of(shop, kind).get(id)) ?? []);
      return { rows, next: ids.length > limit ? shown.at(-1) : undefined };
    },
    count: async (shop, kind) => of(shop, kind).size,
    async clear(shop, kind) {
      const { size } = of(shop, kind);
      of(shop, kind).clear();
      return size;
    },
  };
}

/** Tables whose rows are given: each element is a row, or the text of a line that is none. */
export function memoryTables(
  files: Readonly<Record<string, readonly (Readonly<Record<string, Cell>> | string)[]>>,
): Tables {
  const of = (path: string): readonly (Readonly<Record<string, Cell>> | string)[] => {
    const rows = files[path];
    if (rows === undefined) throw problem("missing-data", path);
    return rows;
  };
  return {
    async *read(path, { afterLine, batch }) {
      const all = of(path);
      for (let at = afterLine; at < all.length; at += batch) {
        const lines = all
          .slice(at, at + batch)
          .map((row, index) => ({ row, line: at + index + 1 }));
        const taken: TableBatch = {
          rows: lines.flatMap(({ row, line }) =>
            typeof row === "string" ? [] : [{ line, values: row }],
          ),
          bad: lines.flatMap(({ row, line }) =>
            typeof row === "string" ? [{ line, text: row, reason: "not a row" }] : [],
          ),
          share: Math.min(1, (at + batch) / all.length),
        };
        yield taken;
      }
    },
    count: async (path) => of(path).length,
    write: () => Promise.reject(new Error("not for writing")),
  };
}
