import { nothingMasked, type TopK, topKInto, topKOfInto } from "../../../algorithms/top-k.ts";
import type { Voice } from "./blending.ts";
import type { Answer, Asked } from "./source.ts";

export const silence: Answer = {
  bestInto: () => 0,
  scoresOf: ({ length }) => new Float32Array(length),
};

/** Asks the voice at a place of the list. */
export type Hearing = (at: number, asked: Asked) => Answer;

/**
 * Of a source that names what it reaches only that is looked through, which does not grow with the
 * vocabulary. Keeps one array for every voice that is ever asked: O(voices vocabulary) memory.
 */
export function openHearing(voices: readonly Voice[], vocabulary: number): Hearing {
  const kept: (Float32Array | undefined)[] = [];
  const seen = new Uint8Array(vocabulary);
  const reached = new Int32Array(vocabulary);
  return (at, asked) => {
    const { source } = voices[at] as Voice;
    if (source.answer !== undefined) return source.answer(asked);
    const scores = kept[at] ?? new Float32Array(vocabulary);
    kept[at] = scores;
    source.scoreInto(asked, scores);
    return {
      scoresOf: (tokens) => valuesAt(scores, tokens),
      bestInto(top) {
        const runs = source.reach?.(asked);
        if (runs === undefined) return speaking(top, topKInto(top, scores, nothingMasked));
        return speaking(top, topKOfInto(top, scores, reached, distinctInto(reached, runs, seen)));
      },
    };
  };
}

/** Each token of the runs once; `seen` is zeros before and after. @shape out, seen [vocabulary] */
function distinctInto(out: Int32Array, runs: Iterable<Int32Array>, seen: Uint8Array): number {
  let count = 0;
  for (const run of runs) {
    for (let at = 0; at < run.length; at++) {
      const token = run[at] as number;
      if (seen[token] !== 0) continue;
      seen[token] = 1;
      out[count++] = token;
    }
  }
  for (let at = 0; at < count; at++) seen[out[at] as number] = 0;
  return count;
}

/** A loop, as `from` of a typed array walks ten times as long. @shape result [tokens] */
export function valuesAt(values: Float32Array, tokens: Int32Array): Float32Array {
  const found = new Float32Array(tokens.length);
  for (let at = 0; at < tokens.length; at++) found[at] = values[tokens[at] as number] as number;
  return found;
}

/** How many of those found have a score above 0. */
export function speaking({ scores }: TopK, found: number): number {
  let count = found;
  while (count > 0 && !((scores[count - 1] as number) > 0)) count--;
  return count;
}
