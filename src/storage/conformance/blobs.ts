import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Blobs } from "../blobs.ts";
import type { Open, Opened } from "./opened.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function all(blobs: Blobs): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of blobs.list()) ids.push(id);
  return ids;
}

/** What every blob store does. `damage` changes one stored byte behind the store's back. */
export function blobsConformance(
  engine: string,
  open: Open<Blobs>,
  damage: (blobs: Blobs, id: string) => Promise<void>,
): void {
  describe(`blobs on ${engine}`, () => {
    let opened: Opened<Blobs>;
    let blobs: Blobs;
    beforeEach(async () => {
      opened = await open();
      blobs = opened.port;
    });
    afterEach(async () => await opened.close());

    test("the id is the SHA-256 of the bytes", async () => {
      // FIPS 180-4, the one-block example "abc"
      expect(await blobs.put(bytes("abc"))).toBe(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      );
    });

    test("an empty store answers emptily", async () => {
      const id = createHash("sha256").digest("hex");
      expect(await blobs.get(id)).toBeUndefined();
      expect(await blobs.has(id)).toBe(false);
      expect(await blobs.delete(id)).toBe(false);
      expect(await all(blobs)).toEqual([]);
    });

    test("bytes come back equal: none, one, a megabyte", async () => {
      const large = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) & 255);
      for (const given of [new Uint8Array(0), Uint8Array.of(0), large]) {
        const id = await blobs.put(given);
        const read = await blobs.get(id);
        expect(Buffer.compare(read ?? bytes("gone"), given)).toBe(0);
      }
    });

    test("the same bytes are one blob, also when put at the same time", async () => {
      const ids = await Promise.all([1, 2, 3, 4].map(() => blobs.put(bytes("tea"))));
      expect(new Set(ids).size).toBe(1);
      expect(await all(blobs)).toEqual([ids[0]]);
    });

    test("a deleted blob is gone, once, and may come back", async () => {
      const id = await blobs.put(bytes("a"));
      const other = await blobs.put(bytes("b"));
      expect(await blobs.delete(id)).toBe(true);
      expect(await blobs.delete(id)).toBe(false);
      expect(await blobs.has(id)).toBe(false);
      expect(await all(blobs)).toEqual([other]);
      expect(await blobs.put(bytes("a"))).toBe(id);
    });

    test("changed bytes are found out", async () => {
      const id = await blobs.put(bytes("trust"));
      await damage(blobs, id);
      await expect(blobs.get(id)).rejects.toMatchObject({ code: "storage-damaged" });
    });

    test("blobs outlive closing and opening", async () => {
      const id = await blobs.put(bytes("kept"));
      blobs = await opened.reopen();
      expect(await blobs.get(id)).toEqual(bytes("kept"));
    });
  });
}
