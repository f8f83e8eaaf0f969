import { defineConfig } from "vitest/config";
import { ClosingLine } from "./config/closing-line.ts";
import { LongestFirst } from "./config/longest-first.ts";

/** Two processes: the smallest machine we promise has two cores, and tests should tell of it. */
export default defineConfig({
  test: {
    include: ["{src,client/src,tracker/src,examples,test}/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    globalSetup: "scripts/kernels.mjs",
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ["default", new ClosingLine()],
    coverage: { include: ["src/**/*.ts"], exclude: ["src/**/*.test.ts", "src/**/*.bench.ts"] },
  },
});
