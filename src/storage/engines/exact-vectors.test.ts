import { expect, test } from "vitest";
import { vectorsConformance } from "../conformance/vectors.ts";
import { exactVectors } from "./exact-vectors.ts";

/** Sums of 64 products in [-1, 1] in another order: 64 rounding steps of float64 at most. */
const ROUNDING = 64 * 64 * Number.EPSILON;

vectorsConformance(
  "a typed-array loop",
  async () => {
    const port = exactVectors(100_000_000);
    return { port, reopen: async () => port, close: async () => undefined };
  },
  ROUNDING,
);

test("tables together stay below the limit", async () => {
  const vectors = exactVectors(16);
  await vectors.load("a", ["1", "2"], Float32Array.of(1, 2), 1);
  await vectors.load("b", ["1", "2"], Float32Array.of(1, 2), 1);
  const one = vectors.load("c", ["1"], Float32Array.of(1), 1);
  await expect(one).rejects.toMatchObject({ code: "limit-reached" });
  await vectors.load("b", ["1"], Float32Array.of(3), 1); // replacing counts the new size alone
  expect(await vectors.size("b")).toBe(1);
});
