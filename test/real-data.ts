import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/** Where the real, public data sets are; none of them is in the repository. */
export const dataRoot: string = resolve(process.env["SHOPKEEPER_DATA"] ?? "../shared/data");

/** The folder of one real data set, or undefined when it is not on this machine. */
export function dataFolder(name: string): string | undefined {
  const folder = join(dataRoot, name);
  return existsSync(folder) ? folder : undefined;
}

/**
 * A suite over real data. Without the set it says by name what it could not run; in CI, where
 * every set is, an absent one fails.
 */
export function describeWithData(name: string, suite: (folder: string) => void): void {
  const folder = dataFolder(name);
  if (folder !== undefined) {
    describe(`real data ${name}`, () => suite(folder));
  } else if (process.env["CI"]) {
    test(`real data ${name} is there`, () => {
      expect(folder, `${join(dataRoot, name)} is missing`).toBeDefined();
    });
  } else {
    test.todo(`real data ${name} (not in ${dataRoot}; set SHOPKEEPER_DATA)`);
  }
}
