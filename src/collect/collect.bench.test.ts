import { dirname } from "node:path";
import { expect, test } from "vitest";
import { describeWithData } from "../../test/real-data.ts";
import { bench } from "./collect.bench.ts";

describeWithData("movielens-100k", (folder) => {
  test("the bench runs, small", async () => {
    const notes: string[] = [];
    const results = await bench({
      tiny: true,
      dataRoot: dirname(folder),
      note: (line) => void notes.push(line),
      part: (_, work) => work(),
    });
    expect(notes).toHaveLength(4);
    expect(results).toMatchObject({
      synthetic: { events: 5_000, syncs: 1 },
      imported: { events: 100_000, items: 1_682, quarantined: 0 },
    });
  });
});
