import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blobsConformance } from "../conformance/blobs.ts";
import { type FolderBlobs, openFolderBlobs } from "./folder-blobs.ts";

const fresh = async () => await mkdtemp(join(tmpdir(), "shopkeeper-blobs-"));

blobsConformance(
  "a folder",
  async () => {
    const folder = await fresh();
    return {
      port: await openFolderBlobs(folder, 10_000_000),
      reopen: async () => await openFolderBlobs(folder, 10_000_000),
      close: async () => await rm(folder, { recursive: true }),
    };
  },
  async (blobs, id) => {
    const path = (blobs as FolderBlobs).pathOf(id);
    const bytes = await readFile(path);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await writeFile(path, bytes);
  },
);

test("what a crash left half written is cleared away at the next opening", async () => {
  const folder = await fresh();
  const blobs = await openFolderBlobs(folder, 10_000_000);
  const id = await blobs.put(Uint8Array.of(1));
  await writeFile(join(folder, id.slice(0, 2), ".x.unfinished"), "half");
  const again = await openFolderBlobs(folder, 10_000_000);
  expect(await readdir(join(folder, id.slice(0, 2)))).toEqual([id]);
  expect(await again.has(id)).toBe(true);
  await rm(folder, { recursive: true });
});

test("a deletion waits while everything is to be kept", async () => {
  const folder = await fresh();
  const blobs = await openFolderBlobs(folder, 10_000_000);
  const id = await blobs.put(Uint8Array.of(1));
  const order: string[] = [];
  const keeping = blobs.keepingAll(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push((await blobs.has(id)) ? "kept" : "lost");
  });
  const deleting = blobs.delete(id).then(() => order.push("deleted"));
  await Promise.all([keeping, deleting]);
  expect(order).toEqual(["kept", "deleted"]);
  await rm(folder, { recursive: true });
});

test("blobs together stay below the limit, counted anew at opening", async () => {
  const folder = await fresh();
  const first = await openFolderBlobs(folder, 3);
  const id = await first.put(Uint8Array.of(1, 2));
  const blobs = await openFolderBlobs(folder, 3);
  await expect(blobs.put(Uint8Array.of(3, 4))).rejects.toMatchObject({ code: "limit-reached" });
  expect(await blobs.put(Uint8Array.of(1, 2))).toBe(id);
  await blobs.delete(id);
  expect(await blobs.has(await blobs.put(Uint8Array.of(3, 4)))).toBe(true);
  await rm(folder, { recursive: true });
});
