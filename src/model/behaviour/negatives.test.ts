import { expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { negativeSampler } from "./negatives.ts";

const counts = [0, 1, 3, 4];
const drawn = (sampler: ReturnType<typeof negativeSampler>): number[] => {
  const out = new Int32Array(40_000);
  sampler.drawInto(out, createRandom(4));
  return counts.map((_, token) => out.filter((one) => one === token).length / out.length);
};

/** Chances worked out by hand: a share of all alike, the rest as popular. */
test.each([
  [{ power: 1, uniformShare: 0 }, [0, 1 / 8, 3 / 8, 4 / 8]],
  [{ power: 1, uniformShare: 0.5 }, [1 / 8, 1 / 8 + 1 / 16, 1 / 8 + 3 / 16, 1 / 8 + 4 / 16]],
  [{ power: 1, uniformShare: 1 }, [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
  [{ power: 1, uniformShare: 1, from: "seen" } as const, [0, 1 / 3, 1 / 3, 1 / 3]],
])("tokens are drawn by the chances that are told: %o", (options, chances) => {
  const sampler = negativeSampler(counts, options);
  const shares = drawn(sampler);
  chances.forEach((chance, token) => {
    expect(Math.exp(sampler.logQ[token])).toBeCloseTo(chance, 6);
    // five deviations of a share of 40,000 draws
    expect(Math.abs(shares[token] - chance)).toBeLessThan(5 * Math.sqrt(0.25 / 40_000));
  });
});
