import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** No scenario can dodge the suite: every folder here runs it and has what a scenario has. */
const here = import.meta.dirname;
const scenarios = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe("every scenario", () => {
  test("there is at least one", () => {
    expect(scenarios).toContain("recommend");
  });

  test.each(scenarios)("%s runs the conformance suite", (name) => {
    const suite = join(here, name, "conformance", `${name}-conformance.test.ts`);
    expect(existsSync(suite)).toBe(true);
    expect(readFileSync(suite, "utf8")).toContain("scenarioConformance(");
  });

  const files = [
    "README.md",
    "schema.ts",
    "gather.ts",
    "fit.ts",
    "decide.ts",
    "score.ts",
    "index.ts",
  ];
  test.each(scenarios.flatMap((name) => files.map((file) => [name, file])))(
    "%s has %s",
    (name, file) => {
      expect(existsSync(join(here, name, file))).toBe(true);
    },
  );
});
