import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import { createAlsScratch, defaultAls, fitAls, scoreAlsInto } from "./als.ts";
import { blendInto, scaleScores } from "./blend.ts";
import { defaultItemKnn, fitItemKnn } from "./item-knn.ts";
import { addSuccessorsInto, defaultMarkov, fitMarkov } from "./markov.ts";
import { addNeighboursInto } from "./neighbours.ts";
import { addRepeatInto, defaultRepeat, fitRepeat } from "./repeat.ts";
import { historyFrom, sequencesOf } from "./sequences.ts";
import {
  addSessionKnnInto,
  createSessionKnnScratch,
  defaultSessionKnn,
  fitSessionKnn,
} from "./session-knn.ts";
import { createTopK, nothingMasked, topKInto } from "./top-k.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const limitBytes = 64;
const calls = 400;

/**
 * Bytes of heap a call leaves behind, once it is compiled. The smallest of many rounds counts: a
 * round in which the collector or the compiler worked says nothing.
 */
function bytesPerCall(work: () => void): number {
  for (let i = 0; i < 20_000; i++) work();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 30; round++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) work();
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) least = Math.min(least, grown / calls);
  }
  return least;
}

const random = createRandom(12).split("rows");
const rows = sequencesOf(
  Array.from({ length: 50 }, () => Array.from({ length: 6 }, () => random.int(40))),
  40,
);
const history = historyFrom([3, 17, 8, 3, 21, 30], 9);
const out = new Float32Array(40);

describe("scoring leaves nothing on the heap", () => {
  test("the meter sees an array of two numbers, and an empty call is free", () => {
    let kept: number[] = [];
    const control = bytesPerCall(() => {
      kept = [kept.length, 2];
    });
    expect(control).toBeGreaterThan(16);
    expect(bytesPerCall(() => undefined)).toBeLessThan(limitBytes);
  });

  test("neighbours, chains, sessions, repeats, selection, blending", () => {
    const markov = fitMarkov(rows, defaultMarkov);
    const knn = fitItemKnn(rows, defaultItemKnn);
    const sessions = fitSessionKnn(rows, defaultSessionKnn);
    const scratch = createSessionKnnScratch(sessions);
    const repeat = fitRepeat(rows, defaultRepeat);
    const top = createTopK(10);
    const weights = Float64Array.of(0.3, 0.7);
    const scaled = [new Float32Array(40).fill(1), new Float32Array(40).fill(2)];
    const works: Record<string, () => void> = {
      markov: () => void addSuccessorsInto(markov, history, out),
      knn: () => addNeighboursInto(knn.neighbours, knn.attention, history, out),
      sessions: () => addSessionKnnInto(sessions, scratch, history, out),
      repeat: () => addRepeatInto(repeat, history, out),
      top: () => void topKInto(top, out, nothingMasked),
      scale: () => scaleScores(scaled[0], nothingMasked, "root"),
      blend: () => blendInto(weights, scaled, out),
    };
    const heavy = Object.entries(works).filter(([, work]) => bytesPerCall(work) >= limitBytes);
    expect(heavy.map(([name]) => name)).toEqual([]);
  });

  test("factors", async () => {
    const als = await fitAls(rows, { ...defaultAls, factors: 8 }, createRandom(1), matmul);
    const scratch = createAlsScratch(als);
    // The compiler may box the attention to each place, 16 bytes; the solver must leave nothing.
    const three = historyFrom([3, 17, 8], 9);
    expect(bytesPerCall(() => scoreAlsInto(als, scratch, three, out))).toBeLessThan(limitBytes);
  });
});
