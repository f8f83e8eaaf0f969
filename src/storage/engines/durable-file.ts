import { randomUUID } from "node:crypto";
import { constants, copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Files that are there whole or not at all, also after a power cut: written beside their place,
 * synced, renamed into it, and the folder synced. @source "Files are hard", danluu.com/file-consistency
 */
const UNFINISHED = ".unfinished";

/** Calls `write` with the path of a temporary file, then moves what it wrote into place. */
export async function writeDurably(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}-${randomUUID()}${UNFINISHED}`);
  try {
    await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(dirname(path));
}

export async function writeBytesDurably(path: string, bytes: Uint8Array): Promise<void> {
  await writeDurably(path, async (temporary) => {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  });
}

/** Shares the blocks with the original where the file system can. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await writeDurably(to, async (temporary) => {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
  });
}

/** Syncs a file or folder. Windows cannot sync folders and does not need it. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (process.platform === "win32" && (error.code === "EISDIR" || error.code === "EPERM")) return;
    throw error;
  });
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A folder only its owner can enter, made with the folders above it, and durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) await sync(dirname(first));
}

/** Removes what a crash left half written. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
  }
}
