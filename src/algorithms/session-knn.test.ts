import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { emptyHistory, historyFrom, type Sequences, sequencesOf } from "./sequences.ts";
import {
  addSessionKnnInto,
  createSessionKnnScratch,
  explainSessionKnn,
  fitSessionKnn,
  type SessionKnnParams,
} from "./session-knn.ts";

const plain: SessionKnnParams = {
  rowsPerToken: 100,
  neighbours: 100,
  gapPower: 0,
  backward: 1,
  rarityPower: 0,
  attention: { places: Number.POSITIVE_INFINITY, power: 0, halfLifeMs: Number.POSITIVE_INFINITY },
};

/** Row r happened at time r. */
function dated(sequences: Sequences): Sequences {
  const times = new Float64Array(sequences.tokens.length);
  for (let row = 0; row < sequences.rows; row++) {
    times.fill(row, sequences.offsets[row], sequences.offsets[row + 1]);
  }
  return { ...sequences, times };
}

const rows = dated(sequencesOf([[0, 1, 2], [0, 3], [1, 3, 4], [5]], 6));

function scores(params: SessionKnnParams, tokens: number[], log = rows): number[] {
  const model = fitSessionKnn(log, params);
  const out = new Float32Array(log.vocabulary);
  addSessionKnnInto(model, createSessionKnnScratch(model), historyFrom(tokens, 10), out);
  return [...out].map((x) => Number(x.toFixed(5)));
}

describe("session-kNN", () => {
  test("each like row gives its likeness to its tokens", () => {
    // 0 and 1 asked: row 0 shares both (2), rows 1 and 2 one each.
    expect(scores(plain, [0, 1])).toEqual([3, 3, 2, 2, 1, 0]);
  });

  test("a token asked twice counts once", () => {
    expect(scores(plain, [0, 0, 1])).toEqual(scores(plain, [0, 1]));
  });

  test("only the likest rows speak, and of the rows with a token only the latest", () => {
    expect(scores({ ...plain, neighbours: 1 }, [0, 1])).toEqual([2, 2, 2, 0, 0, 0]);
    // The latest row with 0 is row 1.
    expect(scores({ ...plain, rowsPerToken: 1 }, [0])).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test("tokens near the last shared one count more, those before it by another factor", () => {
    // Asked 1: row 0 has it at place 1: 0 is one before (gap 2), 2 one after (gap 1).
    const params = { ...plain, gapPower: 1, backward: 0.5 };
    expect(scores(params, [1])).toEqual([0.25, 1, 1, 1, 0.5, 0]);
  });

  test("rare tokens count more: ln(1 + rows / rows with the token)", () => {
    const found = scores({ ...plain, rarityPower: 1 }, [0]);
    expect(found[2]).toBeCloseTo(Math.log(1 + 4 / 1), 4);
    expect(found[3]).toBeCloseTo(Math.log(1 + 4 / 2), 4);
  });

  test("unknown tokens and empty histories score nothing", () => {
    expect(scores(plain, [])).toEqual([0, 0, 0, 0, 0, 0]);
    const model = fitSessionKnn(sequencesOf([], 2), plain);
    const out = new Float32Array(2);
    addSessionKnnInto(model, createSessionKnnScratch(model), emptyHistory(0), out);
    expect([...out]).toEqual([0, 0]);
  });

  test("the parts of an explanation sum to the score, on a random log, scratch left clean", () => {
    const random = createRandom(9).split("sessions");
    const lists = Array.from({ length: 300 }, () =>
      Array.from({ length: 1 + random.int(7) }, () => random.int(30)),
    );
    const log = dated(sequencesOf(lists, 30));
    const attention = { places: 4, power: 1, halfLifeMs: 20 };
    const model = fitSessionKnn(log, {
      rowsPerToken: 9,
      neighbours: 12,
      gapPower: 0.7,
      backward: 0.3,
      rarityPower: 1,
      attention,
    });
    const scratch = createSessionKnnScratch(model);
    const history = historyFrom([3, 7, 3, 12, 29, 1], 300);
    const out = new Float32Array(30);
    addSessionKnnInto(model, scratch, history, out);
    for (let token = 0; token < 30; token++) {
      const parts = explainSessionKnn(model, scratch, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 4);
    }
    const again = new Float32Array(30);
    addSessionKnnInto(model, scratch, history, again);
    expect(again).toEqual(out);
  });
});
