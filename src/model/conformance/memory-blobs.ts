import { createHash } from "node:crypto";
import type { Blobs } from "../../storage/blobs.ts";

/** Blobs in memory, for tests of what stands on them. */
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
