import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The door of a running server for programs of the same machine and user: a file in the data
 * folder, readable by its owner alone, that says where the server listens and holds a token that is
 * good as an owner's key until the server stops. So the command line can talk to the one process
 * that owns the files without being given a key.
 */
export interface Door {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
}

const FILE = "server.json";
const OWNER_ONLY = 0o600;

/** Writes the door, whole or not at all; the function it gives back removes it. */
export async function openDoor(folder: string, door: Door): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, FILE);
  const draft = `${path}.${door.pid}.new`;
  await writeFile(draft, `${JSON.stringify(door)}\n`, { mode: OWNER_ONLY });
  await rename(draft, path);
  return async () => {
    const now = await readDoor(folder);
    if (now?.token === door.token) await rm(path, { force: true });
  };
}

/** The door of the folder's server, if one was left open; it may have died since. */
export async function readDoor(folder: string): Promise<Door | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), "utf8")) as Door;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT";
