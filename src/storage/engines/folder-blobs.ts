import { createHash } from "node:crypto";
import { access, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import type { Blobs } from "../blobs.ts";
import { makeFolder, removeUnfinished, sync, writeBytesDurably } from "./durable-file.ts";
import { worldProblem } from "./world-problem.ts";

/**
 * Blobs as files named by the SHA-256 of their bytes, in 256 folders by its first byte. What was
 * read is hashed again: a disk that lies is found out.
 */
export interface FolderBlobs extends Blobs {
  readonly folder: string;
  pathOf(id: string): string;
  /** Runs the work while no blob is deleted: deletions wait until it is done. */
  keepingAll<T>(work: () => Promise<T>): Promise<T>;
}

const ID = /^[0-9a-f]{64}$/;

/** @unit maxBytes bytes of all blobs together; more is problem `limit-reached` */
export async function openFolderBlobs(folder: string, maxBytes: number): Promise<FolderBlobs> {
  await makeFolder(folder);
  for (const shelf of await shelves(folder)) await removeUnfinished(join(folder, shelf));
  const held = { bytes: await bytesOf(folder) };
  const kept = { until: Promise.resolve() as Promise<unknown> };
  const pathOf = (id: string): string => {
    assert(ID.test(id), "a blob's id is a SHA-256 in hex");
    return join(folder, id.slice(0, 2), id);
  };
  return {
    folder,
    pathOf,
    put: async (bytes) => {
      const id = sha256(bytes);
      if (await exists(pathOf(id))) return id;
      if (held.bytes + bytes.length > maxBytes) {
        throw problem("limit-reached", `blobs would take more than ${maxBytes} bytes`);
      }
      held.bytes += bytes.length;
      await write(folder, pathOf(id), id, bytes);
      return id;
    },
    get: async (id) => await read(pathOf(id), id),
    has: async (id) => await exists(pathOf(id)),
    delete: async (id) => {
      await kept.until;
      const freed = await remove(join(folder, id.slice(0, 2)), pathOf(id));
      held.bytes -= freed ?? 0;
      return freed !== undefined;
    },
    list: () => listIds(folder),
    keepingAll: async (work) => {
      const done = work();
      kept.until = Promise.allSettled([kept.until, done]);
      return await done;
    },
  };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw worldProblem(error, path);
    },
  );
}

async function write(folder: string, path: string, id: string, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolder(join(folder, id.slice(0, 2)));
    await writeBytesDurably(path, bytes);
  } catch (error) {
    throw worldProblem(error, path);
  }
}

async function read(path: string, id: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw worldProblem(error, path);
  });
  if (bytes === undefined) return undefined;
  if (sha256(bytes) === id) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw problem("storage-damaged", `${path} no longer holds the bytes it was written with`);
}

/** Bytes freed; undefined when there was no such file. */
async function remove(shelf: string, path: string): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    await rm(path);
    await sync(shelf);
    return size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw worldProblem(error, path);
  }
}

async function shelves(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^[0-9a-f]{2}$/.test(name)).sort();
}

async function bytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const id of listIds(folder)) {
    bytes += (await stat(join(folder, id.slice(0, 2), id))).size;
  }
  return bytes;
}

async function* listIds(folder: string): AsyncGenerator<string> {
  for (const shelf of await shelves(folder)) {
    const names = await readdir(join(folder, shelf));
    for (const name of names.filter((each) => ID.test(each)).sort()) yield name;
  }
}
