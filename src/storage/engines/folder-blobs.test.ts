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
      port: await openFolderBlobs(folder),
      reopen: async () => await openFolderBlobs(folder),
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
  const blobs = await openFolderBlobs(folder);
  const id = await blobs.put(Uint8Array.of(1));
  await writeFile(join(folder, id.slice(0, 2), ".x.unfinished"), "half");
  const again = await openFolderBlobs(folder);
  expect(await readdir(join(folder, id.slice(0, 2)))).toEqual([id]);
  expect(await again.has(id)).toBe(true);
  await rm(folder, { recursive: true });
});

test("a deletion waits while everything is to be kept", async () => {
  const folder = await fresh();
  const blobs = await openFolderBlobs(folder);
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
