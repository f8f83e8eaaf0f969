import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest goes first, so that no process stands idle at the end; the rest by size, as usual. */
const LONG: readonly string[] = ["test/benches.test.ts", "test/admin-", "test/faults.test.ts"];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.includes(`/${name}`));
      return at < 0 ? LONG.length : at;
    };
    return usual.toSorted((a, b) => rank(a) - rank(b));
  }
}
