import type { ChanceName, PredictChance, PredictReturn } from "./schema.ts";

/**
 * When a shopper will be back: the time by which the next event is as likely as not. Idea: the chances of
 * being back within one, seven and thirty days are heads of their own, each calibrated; between them the
 * rate of return is taken to be constant, so that the share still away falls exponentially. Sources: Friedman
 * 1982 (piecewise exponential survival); Brown 1975 (survival by one classifier a period). Left out: times
 * beyond the last head, of which the log of a young shop knows nothing.
 */
const returning: ReadonlySet<ChanceName> = new Set(["return_1d", "return_7d", "return_30d"]);

/** Nobody is certain: somebody is always still away. */
const LEFT_LEAST = 1e-9;

/** O(heads). Null without a head of returning. */
export function returnOf(chances: readonly PredictChance[]): PredictReturn | null {
  const points = chances
    .flatMap(({ head, days, probability }) =>
      returning.has(head) && days !== null ? [{ days, probability }] : [],
    )
    .sort((a, b) => a.days - b.days);
  const horizonDays = points.at(-1)?.days;
  if (horizonDays === undefined) return null;
  let [from, away] = [0, 1];
  for (const { days, probability } of points) {
    // Heads are learned apart: one that looks further may say less, and is taken to say as much.
    const left = Math.min(away, 1 - probability);
    if (left <= 0.5) {
      const rate = Math.log(away / Math.max(left, LEFT_LEAST)) / (days - from);
      return { medianDays: from + Math.log(away / 0.5) / rate, horizonDays };
    }
    [from, away] = [days, left];
  }
  return { medianDays: null, horizonDays };
}
