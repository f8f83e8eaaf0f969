import { type TopK, topKBesideInto } from "../../../algorithms/top-k.ts";
import type { Answer, Asked, ReadySource, Scorer } from "./source.ts";

export const silence: Answer = {
  bestInto: () => 0,
  scoresOf: ({ length }) => new Float32Array(length),
};

/** A source that says something of few tokens, and of all others at most their share of a rest. */
export interface Reaching extends Pick<Scorer, "explain"> {
  readonly vocabulary: number;
  /** What the others are given a share of. @shape [vocabulary] */
  readonly rest?: Float32Array;
  /** Adds what it says, at the tokens of `reach` alone; returns the share of the rest that all get. */
  addInto(asked: Asked, out: Float32Array): number;
  /** Tokens among which its best are, right after `addInto`. Repeats do no harm. */
  reach(asked: Asked): Iterable<Int32Array>;
}

/**
 * Its answer costs what it reaches and does not grow with the vocabulary: of the one array that it
 * adds to, only what was reached is cleared for the next. O(vocabulary) memory, taken when first asked.
 */
export function reaching({ vocabulary, rest, addInto, reach, explain }: Reaching): ReadySource {
  let kept: Kept | undefined;
  const rested = (values: Float32Array, tokens: Int32Array, share: number): Float32Array => {
    if (share === 0 || rest === undefined) return values;
    for (let at = 0; at < tokens.length; at++) {
      values[at] = (values[at] as number) + share * (rest[tokens[at] as number] as number);
    }
    return values;
  };
  return {
    explain,
    scoreInto(asked, out) {
      out.fill(0);
      const share = addInto(asked, out);
      if (share === 0 || rest === undefined) return;
      for (let token = 0; token < out.length; token++) {
        out[token] = (out[token] as number) + share * (rest[token] as number);
      }
    },
    answer(asked) {
      kept ??= keepFor(vocabulary);
      const { scores, reached, seen } = kept;
      clear(kept);
      const share = addInto(asked, scores);
      kept.count = distinctInto(reached, reach(asked), seen);
      const tokens = reached.subarray(0, kept.count);
      return {
        scoresOf: (some) => rested(valuesAt(scores, some), some, share),
        bestInto(top) {
          const values = rested(valuesAt(scores, tokens), tokens, share);
          return speaking(top, topKBesideInto(top, values, tokens, tokens.length));
        },
      };
    },
  };
}

interface Kept {
  /** Zeros but at what was reached last. @shape [vocabulary] */
  readonly scores: Float32Array;
  /** @shape [vocabulary] */
  readonly reached: Int32Array;
  /** Zeros. @shape [vocabulary] */
  readonly seen: Uint8Array;
  count: number;
}

const keepFor = (vocabulary: number): Kept => ({
  scores: new Float32Array(vocabulary),
  reached: new Int32Array(vocabulary),
  seen: new Uint8Array(vocabulary),
  count: 0,
});

function clear({ scores, reached, count }: Kept): void {
  for (let at = 0; at < count; at++) scores[reached[at] as number] = 0;
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
