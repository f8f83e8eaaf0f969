import { assert } from "../../assert.ts";
import type { Random } from "../../tensor/random.ts";

/**
 * What a guess is told apart from: tokens drawn by a mixture of their popularity, dampened, and of all
 * alike. logQ is what the loss takes off a logit for how often its token is drawn. Sources: Mikolov et
 * al. 2013 (dampening), Yi et al. 2019 (correction).
 */
export interface NegativeSampler {
  /** log of the chance of each token to be drawn. @shape [vocabulary] */
  readonly logQ: Float32Array;
  /** Fills `out` with draws, with repeats. O(out log vocabulary). @shape out [draws] */
  drawInto(out: Int32Array, random: Random): void;
}

export interface NegativeOptions {
  /** Power of the counts: 1 draws as popular, 0 all alike. */
  readonly power: number;
  /** Share drawn from all alike. @unit 0..1 */
  readonly uniformShare: number;
  /** "seen" draws no token without events: where content speaks for it, it is new and not unwanted. */
  readonly from?: "all" | "seen" | undefined;
}

/** @shape counts [vocabulary] */
export function negativeSampler(
  counts: ArrayLike<number>,
  { power, uniformShare, from = "all" }: NegativeOptions,
): NegativeSampler {
  const { length } = counts;
  assert(length > 0, "there are tokens to draw from");
  const weights = Float64Array.from(counts, (count) => count ** power);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const alike = Float64Array.from(counts, (count) => (from === "all" || count > 0 ? 1 : 0));
  const many = alike.reduce((sum, one) => sum + one, 0);
  assert(many > 0, "there are tokens with events to draw from");
  const chances = weights.map(
    (weight, token) =>
      (uniformShare * (alike[token] as number)) / many +
      (total > 0 ? ((1 - uniformShare) * weight) / total : 0),
  );
  const cumulative = new Float64Array(length);
  let sum = 0;
  chances.forEach((chance, token) => {
    sum += chance;
    cumulative[token] = sum;
  });
  return {
    logQ: Float32Array.from(chances, (chance) => Math.log(Math.max(chance, 1e-30))),
    drawInto: (out, random) => {
      for (let at = 0; at < out.length; at++) out[at] = random.weighted(cumulative);
    },
  };
}
