import { createHash } from "node:crypto";
import { problem } from "../../errors.ts";
import type { Blobs } from "../../storage/blobs.ts";
import type { Change, ListOptions, Page, Records, Stored } from "../../storage/records.ts";

/**
 * Records and blobs in memory, for tests of what stands on them. Documents are kept as JSON text,
 * so that a caller who changes what it wrote or read changes nothing here.
 */
export function memoryRecords(): Records {
  const rows = new Map<string, { text: string; version: number }>();
  const key = (shop: string, kind: string, id: string): string => [shop, kind, id].join("\u0000");
  const read = <T>(shop: string, kind: string, id: string): Stored<T> | undefined => {
    const row = rows.get(key(shop, kind, id));
    return row && { id, value: JSON.parse(row.text) as T, version: row.version };
  };
  const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  const idsOf = (shop: string, kind: string): string[] => {
    const start = key(shop, kind, "");
    const ids = [...rows.keys()].filter((one) => one.startsWith(start));
    return ids.map((one) => one.slice(start.length)).sort(byCode);
  };
  const check = (shop: string, change: Change): void => {
    const version = rows.get(key(shop, change.kind, change.id))?.version ?? 0;
    if (change.expect === undefined || change.expect === version) return;
    throw problem("conflict", `${change.id} is at version ${version}, not ${change.expect}`);
  };
  const apply = (shop: string, change: Change): number => {
    const at = key(shop, change.kind, change.id);
    if ("remove" in change) {
      rows.delete(at);
      return 0;
    }
    const version = (rows.get(at)?.version ?? 0) + 1;
    rows.set(at, { text: JSON.stringify(change.put), version });
    return version;
  };
  return {
    get: async (shop, kind, id) => read(shop, kind, id),
    getMany: async (shop, kind, ids) => ids.map((id) => read(shop, kind, id)),
    async write(shop, changes) {
      for (const change of changes) check(shop, change);
      return changes.map((change) => apply(shop, change));
    },
    async list<T>(shop: string, kind: string, options: ListOptions): Promise<Page<T>> {
      const { after = "", prefix = "", limit } = options;
      const ids = idsOf(shop, kind).filter((id) => id > after && id.startsWith(prefix));
      const page = ids.slice(0, limit);
      const found = page.flatMap((id) => read<T>(shop, kind, id) ?? []);
      return { rows: found, next: ids.length > limit ? page.at(-1) : undefined };
    },
    count: async (shop, kind) => idsOf(shop, kind).length,
    async clear(shop, kind) {
      const ids = idsOf(shop, kind);
      for (const id of ids) rows.delete(key(shop, kind, id));
      return ids.length;
    },
  };
}

export function memoryBlobs(): Blobs {
  const kept = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const id = createHash("sha256").update(bytes).digest("hex");
      kept.set(id, bytes.slice());
      return id;
    },
    get: async (id) => kept.get(id)?.slice(),
    has: async (id) => kept.has(id),
    delete: async (id) => kept.delete(id),
    async *list() {
      yield* kept.keys();
    },
  };
}
