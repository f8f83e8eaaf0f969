import { describe, expect, test } from "vitest";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { createRandom } from "../../../tensor/random.ts";
import { blendScores, maskInto, singleBlend, tuneBlend, type Voice } from "./blending.ts";
import { contextHistory, type Question } from "./held-out.ts";
import type { Asked, Scorer } from "./source.ts";

const VOCABULARY = 60;
const asked = (tokens: readonly number[]): Asked => ({
  history: contextHistory(Int32Array.from(tokens), 1),
  bought: emptyHistory(1),
});

/** Says the successor of the last token, and beside it chance. */
function voice(right: (last: number) => boolean, step: number, seed: number): Scorer {
  const random = createRandom(seed);
  return {
    scoreInto({ history }, out) {
      const last = history.tokens.at(-1) ?? 0;
      for (let token = 0; token < out.length; token++) out[token] = random.uniform() * 0.5;
      if (right(last)) out[(last + step) % VOCABULARY] = 1;
    },
    explain: () => ({ from: "history", parts: new Float64Array(0) }),
  };
}

const questions: readonly Question[] = Array.from({ length: 300 }, (_, at) => ({
  asked: asked([(at * 7) % VOCABULARY]),
  targets: Int32Array.of(
    ((at * 7) % VOCABULARY) + 1 === VOCABULARY ? 0 : ((at * 7) % VOCABULARY) + 1,
  ),
}));

describe("the blend", () => {
  test("of two that each know one half is better than either, on questions kept aside", async () => {
    const voices: Voice[] = [
      { name: "markov", source: voice((last) => last % 2 === 0, 1, 1) },
      { name: "ease", source: voice((last) => last % 2 === 1, 1, 2) },
    ];
    const tuned = await tuneBlend(voices, "next", questions, VOCABULARY, false);
    expect(tuned?.tunedOn).toBe(300);
    expect(tuned?.judged.cases).toBe(300);
    expect(tuned?.judged.blend).toBeGreaterThan(Math.max(...(tuned?.judged.alone ?? [])) + 0.1);
  });

  test("is never below its best source: what only harms gets no weight", async () => {
    const voices: Voice[] = [
      { name: "markov", source: voice(() => true, 1, 3) },
      { name: "als", source: voice(() => false, 1, 4) },
    ];
    const tuned = await tuneBlend(voices, "next", questions, VOCABULARY, false);
    expect(tuned?.judged.blend).toBe(1);
  });

  test("is not tuned on a handful", async () => {
    const voices: Voice[] = [{ name: "markov", source: voice(() => true, 1, 5) }];
    const few = questions.slice(0, 29);
    expect(await tuneBlend(voices, "next", few, VOCABULARY, false)).toBeUndefined();
  });

  test("masks what its surfaces leave out", () => {
    const mask = new Uint8Array(4);
    const who: Asked = { ...asked([1, 2]), bought: contextHistory(Int32Array.of(2), 1) };
    const masked = (...how: [Parameters<typeof maskInto>[1], boolean]): number[] => {
      maskInto(mask, how[0], who, how[1]);
      return [...mask];
    };
    expect(masked("next", false)).toEqual([0, 0, 0, 0]);
    expect(masked("next", true)).toEqual([0, 1, 1, 0]);
    expect(masked("item", false)).toEqual([0, 1, 1, 0]);
    expect(masked("repeat", false)).toEqual([1, 1, 0, 1]);
  });

  test("scores are scaled to the best that may be shown", () => {
    const source: Scorer = {
      scoreInto: (_, out) => out.set([8, 4, 2, -1]),
      explain: () => ({ from: "history", parts: new Float64Array(0) }),
    };
    const mask = Uint8Array.of(1, 0, 0, 0);
    const { total } = blendScores(
      [{ name: "ease", source }],
      singleBlend(1, 0),
      asked([0]),
      4,
      mask,
    );
    expect([...total]).toEqual([0, 1, 0.5, 0]);
  });
});
