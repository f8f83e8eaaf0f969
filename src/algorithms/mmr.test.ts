import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diversify } from "./mmr.ts";

const kinds = [0, 0, 0, 1, 1, 2];
const alike = (a: number, b: number) => Number(kinds[a] === kinds[b]);
const scores = Float32Array.of(1, 0.9, 0.8, 0.5, 0.4, 0.1);

describe("a diverse list", () => {
  test("lambda 1 is the order of the scores, ties to the lower position", () => {
    const request = { scores, similarity: alike, lambda: 1, size: 4, caps: [] };
    expect([...diversify(request)]).toEqual([0, 1, 2, 3]);
    const tied = { ...request, scores: Float32Array.of(1, 2, 2) };
    expect([...diversify(tied)]).toEqual([1, 2, 0]);
  });

  test("by hand: likeness to the chosen is discounted", () => {
    // After 0: values 0.45 - 0.5, 0.4 - 0.5, 0.25, 0.2, 0.05: take 3; then 5 (0.05) before 1.
    const request = { scores, similarity: alike, lambda: 0.5, size: 4, caps: [] };
    expect([...diversify(request)]).toEqual([0, 3, 5, 1]);
  });

  test("caps hold for every group key, and a short list is a short list", () => {
    const groups = Int32Array.from(kinds);
    const request = { scores, similarity: alike, lambda: 1, size: 6 };
    expect([...diversify({ ...request, caps: [{ groups, limit: 1 }] })]).toEqual([0, 3, 5]);
    const sellers = Int32Array.of(7, -1, 7, -1, -1, 7);
    const caps = [
      { groups, limit: 2 },
      { groups: sellers, limit: 1 },
    ];
    expect([...diversify({ ...request, caps })]).toEqual([0, 1, 3, 4]);
    expect(() => diversify({ ...request, caps: [{ groups, limit: 0 }] })).toThrow("cap");
  });

  test("never repeats, never exceeds size or cap", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -1, max: 3 })),
          {
            maxLength: 30,
          },
        ),
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, limit, lambda) => {
          const groups = Int32Array.from(list, ([, group]) => group);
          const chosen = diversify({
            scores: Float32Array.from(list, ([score]) => score),
            similarity: (a, b) => Number(groups[a] === groups[b]),
            lambda,
            size: 8,
            caps: [{ groups, limit }],
          });
          expect(new Set(chosen).size).toBe(chosen.length);
          expect(chosen.length).toBeLessThanOrEqual(8);
          for (let group = 0; group <= 3; group++) {
            const used = chosen.filter((at) => groups[at] === group).length;
            expect(used).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});
