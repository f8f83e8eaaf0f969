import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own that can be filled without harm to others. */
export interface SmallDisk {
  readonly folder: string;
  remove(): void;
}

/**
 * A small disk in memory; undefined where this user may not mount one. Continuous integration may,
 * and there its absence is a failure.
 * @unit sizeMib MiB
 */
export function mountSmallDisk(sizeMib: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "shopkeeper-disk-"));
  const options = ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", folder];
  if (spawnSync("mount", options).status !== 0) {
    rmSync(folder, { recursive: true });
    if (process.env["CI"]) throw new Error("a disk to fill cannot be mounted here");
    return undefined;
  }
  return {
    folder,
    remove() {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
