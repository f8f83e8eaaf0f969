import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../../algorithms/sequences.ts";
import { bagsOf } from "../../../algorithms/text.ts";
import { smallTraining } from "../conformance/small-training.ts";
import { type EpochReport, fitBehaviour } from "../fit-behaviour.ts";
import { placesIn, withReplay } from "./onward.ts";

const WIDTH = smallTraining.shape.width;
const rowOf = (items: Float32Array | undefined, token: number): number[] =>
  [...(items ?? [])].slice(token * WIDTH, (token + 1) * WIDTH);
/** Adding and taking away a vector of features loses the last bits of single precision. */
const CLOSE = 5;

/** Twelve items known before, of which two words each; the first two are gone, and one is new. */
const words = (item: number): string[] => [`colour ${item % 3}`, `kind ${item % 4}`];
const THEN = Array.from({ length: 12 }, (_, item) => `item ${item}`);
const NOW = [...THEN.slice(2).reverse(), "item 12"];
const wordsThen = bagsOf(THEN.map((_, item) => words(item)));
const wordsNow = bagsOf(NOW.map((name) => words(Number(name.split(" ")[1]))));
const counts = Int32Array.from(NOW, (_, at) => (at < 10 ? 1 + at : 0));
const content = {
  features: wordsThen.features.length,
  featuresMost: 2,
  eventsHalf: 2,
  hiddenShare: 0.1,
};
const none = { ...smallTraining, questions: [] };
const afterwards = { ...none, settings: { ...none.settings, epochsMost: 0 } };

describe("a training that goes on", () => {
  test("begins with the weights that served, under the numbers of now", async () => {
    const served = await fitBehaviour(none);
    const start = {
      ...served,
      tokenOf: placesIn(THEN, NOW),
      featureOf: new Int32Array(0),
      counts,
    };
    const shape = { ...smallTraining.shape, vocabulary: NOW.length };
    const sequences = sequencesOf([[0, 1, 2]], NOW.length);
    const begun = await fitBehaviour({ ...afterwards, shape, sequences, start });
    expect(begun.epochs).toEqual([]);
    expect(begun.best.epoch).toBe(0);
    const [then, now] = [served.parameters, begun.parameters];
    NOW.slice(0, 10).forEach((name, at) => {
      expect(rowOf(now.get("items"), at)).toEqual(rowOf(then.get("items"), THEN.indexOf(name)));
    });
    // The new one: the mean of the others, of which those with few events count most, and its own chance.
    const shares = [...counts.slice(0, 10)].map((count) => 1 / (1 + count) ** 2);
    const all = shares.reduce((sum, share) => sum + share, 0);
    const far = rowOf(now.get("items"), 10).map((value, i) => {
      const sum = shares.reduce(
        (so, share, at) => so + share * (rowOf(now.get("items"), at)[i] ?? 0),
        0,
      );
      return Math.abs(value - sum / all);
    });
    expect(Math.max(...far)).toBeLessThan(0.1);
    expect(Math.min(...far)).toBeGreaterThan(0);
    const others = [...then.keys()].filter((name) => name !== "items");
    expect(others.length).toBeGreaterThan(3);
    for (const name of others) expect(now.get(name)).toEqual(then.get(name));
  });

  test("an item keeps the vector it had, and a new one is what it says of itself", async () => {
    const served = await fitBehaviour({
      ...none,
      bags: wordsThen.bags,
      shape: { ...smallTraining.shape, content },
    });
    const start = {
      ...served,
      tokenOf: placesIn(THEN, NOW),
      featureOf: placesIn(wordsThen.features, wordsNow.features),
      counts,
    };
    const begun = await fitBehaviour({
      ...afterwards,
      bags: wordsNow.bags,
      sequences: sequencesOf([[0, 1, 2]], NOW.length),
      shape: { ...smallTraining.shape, vocabulary: NOW.length, content },
      start,
    });
    const [then, now] = [served.parameters.get("items"), begun.parameters.get("items")];
    NOW.slice(0, 10).forEach((name, at) => {
      const [had, has] = [rowOf(then, THEN.indexOf(name)), rowOf(now, at)];
      had.forEach((value, i) => {
        expect(has[i]).toBeCloseTo(value, CLOSE);
      });
    });
    // "item 12" has the colour of 0 and the kind of 0, 4 and 8: all it has is their features'.
    const features = begun.parameters.get("features");
    const rarity = begun.parameters.get("rarity") ?? new Float32Array(0);
    const [colour, kind] = ["colour 0", "kind 0"].map((one) => wordsNow.features.indexOf(one));
    const [a, b] = [rarity[colour as number] as number, rarity[kind as number] as number];
    rowOf(now, 10).forEach((value, i) => {
      const [one, other] = [rowOf(features, colour as number), rowOf(features, kind as number)];
      const told = (a * (one[i] as number) + b * (other[i] as number)) / Math.hypot(a, b);
      expect(value).toBeCloseTo(told, CLOSE);
    });
  });

  test("answers at once as well as what served, and is not made worse than it was", async () => {
    const served = await fitBehaviour(smallTraining);
    const same = Int32Array.from(THEN.keys());
    const reports: EpochReport[] = [];
    const fitted = await fitBehaviour({
      ...smallTraining,
      settings: { ...smallTraining.settings, learningRate: 0.5 },
      onEpoch: (report) => void reports.push(report),
      start: { ...served, tokenOf: same, featureOf: same, counts: new Int32Array(12).fill(9) },
    });
    expect(reports.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(reports[0]?.ndcg).toBe(served.best.ndcg);
    expect(reports[3]?.ndcg).toBeLessThan(served.best.ndcg);
    expect(fitted.best.ndcg).toBeGreaterThanOrEqual(served.best.ndcg);
  });
});

describe("what is learned from", () => {
  const lists = [
    [0, 1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10, 11],
    [3],
    ...Array.from({ length: 10 }, () => [1, 2, 3, 4, 5, 6]),
  ];
  const whole = sequencesOf(lists, 12);
  // The last two actions of the first shopper, and the only one of the third, are new.
  const times = Float64Array.from(whole.times, (_, place) =>
    place === 4 || place === 5 || place === 12 ? 100 : 10,
  );
  const asked = { since: 100, length: 3, seed: 1 };
  const sequences = { ...whole, times };

  test("is what is new, with as much before it as is looked back on", () => {
    const { sequences: read, fresh, older } = withReplay(sequences, { ...asked, replayShare: 0 });
    expect([...read.tokens]).toEqual([1, 2, 3, 4, 5, 3]);
    expect([...read.offsets]).toEqual([0, 5, 6]);
    expect([fresh, older]).toEqual([2, 2]);
  });

  test("and stretches of others' pasts, up to the share", () => {
    const {
      sequences: read,
      fresh,
      older,
    } = withReplay(sequences, { ...asked, replayShare: 0.75 });
    // Three older for each new one, six: two in the window, and two stretches of three reach it.
    expect([fresh, older]).toEqual([2, 8]);
    expect(read.rows).toBe(4);
    const most = withReplay(sequences, { ...asked, replayShare: 0.95 });
    expect(most.older).toBe(2 + 11 * 3);
    const other = withReplay(sequences, { ...asked, replayShare: 0.75, seed: 2 });
    expect([...other.sequences.tokens]).not.toEqual([...read.tokens]);
  });
});
