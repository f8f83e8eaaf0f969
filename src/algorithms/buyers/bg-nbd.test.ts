import { describe, expect, test } from "vitest";
import { dataRoot, describeWithData } from "../../../test/real-data.ts";
import { createRandom } from "../../tensor/random.ts";
import { cdnowBuyers } from "../conformance/cdnow-buyers.ts";
import {
  bgNbdLogLikelihood,
  chanceAlive,
  chanceOfPurchase,
  expectedPurchases,
  fitBgNbd,
} from "./bg-nbd.ts";
import { expectedAmount, fitGammaGamma } from "./gamma-gamma.ts";

/** The published parameters of the CDNOW sample (Fader, Hardie & Lee 2005, table 2), times in weeks. */
const published = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259, logLikelihood: -9582.4 };
const one = (repeats: number, lastAt: number, age: number) => ({
  repeats: [repeats],
  lastAt: [lastAt],
  age: [age],
});

describe("BG/NBD", () => {
  // Their spreadsheet's worked case: buyer 1 of the sample, two repeats, the last after 30.43 of 38.86
  // weeks, is expected to buy 1.226 times in the 39 weeks that follow.
  test("the published expectation of one buyer", () => {
    expect(expectedPurchases(published, one(2, 30.43, 38.86), 0, 39)).toBeCloseTo(1.226, 3);
  });

  test("who never came back is alive; silence after many purchases says more than after few", () => {
    expect(chanceAlive(published, one(0, 0, 38), 0)).toBe(1);
    const few = chanceAlive(published, one(1, 10, 38), 0);
    const many = chanceAlive(published, one(10, 10, 38), 0);
    expect(many).toBeLessThan(few);
    expect(chanceAlive(published, one(10, 38, 38), 0)).toBeGreaterThan(0.9);
  });

  test("over a short time, expected purchases and the chance of one are the same", () => {
    const buyer = one(4, 20, 30);
    const [mean, chance] = [expectedPurchases, chanceOfPurchase].map((of) =>
      of(published, buyer, 0, 1e-4),
    ) as [number, number];
    expect(mean / chance).toBeCloseTo(1, 3);
    expect(chanceOfPurchase(published, buyer, 0, 52)).toBeLessThan(1);
  });

  // 4,000 buyers drawn by the model's own story; the numbers come back within sampling error.
  test("it finds the numbers that buyers were drawn with", () => {
    const truth = { r: 0.8, alpha: 5, a: 0.9, b: 3 };
    const drawn = drawBuyers(4_000, truth);
    const model = fitBgNbd(drawn);
    expect(model.r / truth.r).toBeCloseTo(1, 0);
    expect(Math.abs(model.r - truth.r)).toBeLessThan(0.1);
    expect(Math.abs(model.alpha - truth.alpha)).toBeLessThan(0.8);
    expect(model.a / (model.a + model.b)).toBeCloseTo(truth.a / (truth.a + truth.b), 1);
    expect(model.logLikelihood).toBeGreaterThan(bgNbdLogLikelihood(truth, drawn));
  });
});

function drawBuyers(
  n: number,
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
) {
  const random = createRandom(5);
  const all = Array.from({ length: n }, () => {
    const [rate, stop, age] = [random.gamma(r, 1 / alpha), random.beta(a, b), 20 + random.int(20)];
    let [repeats, lastAt] = [0, 0];
    for (let at = random.exponential(rate); at <= age; at += random.exponential(rate)) {
      repeats++;
      lastAt = at;
      if (random.bernoulli(stop)) break;
    }
    return { repeats, lastAt, age };
  });
  return {
    repeats: all.map(({ repeats }) => repeats),
    lastAt: all.map(({ lastAt }) => lastAt),
    age: all.map(({ age }) => age),
  };
}

describe("Gamma-Gamma", () => {
  // E = p (gamma + x m) / (p x + q - 1) by hand: 2 (6 + 3 10) / (6 + 3 - 1) = 9; nobody's: 2 6 / 2.
  test("the expected amount by hand", () => {
    const model = { p: 2, q: 3, gamma: 6, logLikelihood: 0 };
    expect(expectedAmount(model, 3, 10)).toBe(9);
    expect(expectedAmount(model, 0, 0)).toBe(6);
  });

  test("another currency's unit changes only the unit", () => {
    const random = createRandom(9);
    const means = Array.from({ length: 300 }, () => random.gamma(3, 10 / random.gamma(4, 1)));
    const counts = means.map(() => 1 + random.int(5));
    const [whole, minor] = [1, 100].map((unit) =>
      fitGammaGamma(
        counts,
        means.map((mean) => mean * unit),
      ),
    ) as [ReturnType<typeof fitGammaGamma>, ReturnType<typeof fitGammaGamma>];
    expect(minor.p / whole.p).toBeCloseTo(1, 6);
    expect(minor.gamma / whole.gamma / 100).toBeCloseTo(1, 6);
  });
});

describeWithData("cdnow", () => {
  test("the sample gives the published parameters", async () => {
    const buyers = await cdnowBuyers(dataRoot, "sample");
    expect(buyers.age.length).toBe(2_357);
    const model = fitBgNbd(buyers);
    expect(model.r).toBeCloseTo(published.r, 3);
    expect(model.alpha).toBeCloseTo(published.alpha, 3);
    expect(model.a).toBeCloseTo(published.a, 3);
    expect(model.b).toBeCloseTo(published.b, 3);
    expect(model.logLikelihood).toBeCloseTo(published.logLikelihood, 1);
  });

  // Fader & Hardie 2013: p = 6.25, q = 3.74, gamma = 15.44 over the 946 who came back.
  test("and so do the amounts of who came back", async () => {
    const { repeats, amounts } = await cdnowBuyers(dataRoot, "sample");
    const back = [...repeats.keys()].filter((at) => (amounts[at] ?? 0) > 0);
    expect(back).toHaveLength(946);
    const pick = (values: Float64Array) => back.map((at) => values[at] as number);
    const model = fitGammaGamma(pick(repeats), pick(amounts));
    expect(model.p).toBeCloseTo(6.25, 1);
    expect(model.q).toBeCloseTo(3.74, 1);
    expect(model.gamma).toBeCloseTo(15.44, 0);
  });
});
