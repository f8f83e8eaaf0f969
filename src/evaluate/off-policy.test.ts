import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { estimateClickRate } from "./off-policy.ts";

const plain = Number.POSITIVE_INFINITY;

describe("the click rate of another policy", () => {
  // Shown with probability 1/2, 1/2, 1/4, 1; the other policy: 1, 0, 1/2, 1/2. Weights 2 0 2 .5.
  const shows = {
    clicks: [1, 1, 0, 1],
    propensities: [0.5, 0.5, 0.25, 1],
    targets: [1, 0, 0.5, 0.5],
  };

  test("four shows by hand", () => {
    const found = estimateClickRate(shows, plain);
    expect(found.logged).toBe(0.75);
    expect(found.ips).toBe((2 + 0.5) / 4);
    expect(found.snips).toBe(2.5 / 4.5);
    expect(found.effectiveShows).toBe(4.5 ** 2 / (4 + 4 + 0.25));
    expect(found.reach).toBe(4.5 / 4);
    // Residuals 2 * 4/9, 2 * -5/9, .5 * 4/9: squares 64/81, 100/81, 4/81; over 4.5.
    expect(found.snipsError).toBeCloseTo(Math.sqrt(168 / 81) / 4.5, 14);
    expect(found.clippedShare).toBe(0);
  });

  test("weights are cut at the clip, and the share of cut ones is said", () => {
    const found = estimateClickRate(shows, 1);
    expect(found.ips).toBe((1 + 0.5) / 4);
    expect(found.snips).toBe(1.5 / 2.5);
    expect(found.clippedShare).toBe(0.5);
  });

  test("judging the policy in service itself gives what was seen", () => {
    const same = estimateClickRate({ ...shows, targets: shows.propensities }, plain);
    expect(same).toMatchObject({ ips: 0.75, snips: 0.75, reach: 1, effectiveShows: 4 });
  });

  test("finds the truth of a policy that was never in service", () => {
    // Two items with click rates .1 and .3; shown 80 : 20; the other policy shows them 20 : 80.
    const random = createRandom(4);
    const [clicks, propensities, targets]: number[][] = [[], [], []];
    for (let i = 0; i < 20_000; i++) {
      const second = random.bernoulli(0.2);
      clicks?.push(Number(random.bernoulli(second ? 0.3 : 0.1)));
      propensities?.push(second ? 0.2 : 0.8);
      targets?.push(second ? 0.8 : 0.2);
    }
    const found = estimateClickRate({ clicks, propensities, targets } as never, plain);
    const truth = 0.2 * 0.1 + 0.8 * 0.3;
    // Four standard errors: one seed in sixteen thousand would fail.
    expect(Math.abs(found.snips - truth)).toBeLessThan(4 * found.snipsError);
    expect(found.snipsError).toBeLessThan(0.01);
    expect(Math.abs(found.logged - 0.14)).toBeLessThan(0.01);
  });

  test("no shows, no rate; impossible propensities are bugs", () => {
    const none = { clicks: [], propensities: [], targets: [] };
    expect(estimateClickRate(none, plain)).toMatchObject({ shows: 0, ips: 0, snips: 0, reach: 0 });
    const never = { clicks: [1], propensities: [0], targets: [1] };
    expect(() => estimateClickRate(never, plain)).toThrow(/propensity/);
  });
});
