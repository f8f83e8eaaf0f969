import { expect, test } from "vitest";
import { openLately } from "./lately.ts";

test("percentiles are of the last thousand of a shop, by nearest rank", () => {
  const lately = openLately();
  expect(lately.of("a")).toBeNull();
  lately.add("a", 7);
  expect(lately.of("a")).toEqual({ count: 1, lastMs: 7, p50Ms: 7, p99Ms: 7 });
  for (let ms = 200; ms >= 1; ms--) lately.add("b", ms);
  expect(lately.of("b")).toEqual({ count: 200, lastMs: 1, p50Ms: 100, p99Ms: 198 });
  for (let nth = 0; nth < 1_000; nth++) lately.add("b", 1_000 + nth);
  expect(lately.of("b")).toEqual({ count: 1_000, lastMs: 1_999, p50Ms: 1_499, p99Ms: 1_989 });
  expect(lately.of("a")?.count).toBe(1);
});
