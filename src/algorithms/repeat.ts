import type { History, Sequences } from "./sequences.ts";

/**
 * Buy again: what a row took before, it takes again. A token's score is its decayed count over the
 * row's past baskets, times how often such a token is taken again by anybody (shrunk towards the
 * mean). Places of one moment are one basket. For groceries this alone beats most learned models
 * of the next basket.
 * Sources: Hu et al. 2020 (TIFU-KNN: decayed personal frequency); Faggioli et al. 2020 (UP-CF:
 * recency window); Li et al. 2023 (a reality check of next-basket models).
 * Left out: neighbours (blend it with item-kNN for what was never bought), and cycles of
 * repurchase: a model of time to the next purchase does that better.
 */
export interface RepeatParams {
  /** A basket b baskets before the last counts (b + 1) ^ -power. @unit 0 = plain frequency */
  readonly power: number;
  /** Time after which a place counts half; Infinity = time does not matter. @unit ms */
  readonly halfLifeMs: number;
  /** Power of the share of repeats of a token: 0 = all tokens alike. @unit 0..1 */
  readonly propensityPower: number;
  /** Rows at which a token's own share of repeats counts as much as the mean. @unit 0 or more */
  readonly shrink: number;
}

/** Tuned on the last but one basket of tafeng-baskets. */
export const defaultRepeat: RepeatParams = {
  power: 0.5,
  halfLifeMs: Number.POSITIVE_INFINITY,
  propensityPower: 1,
  shrink: 20,
};

export interface RepeatModel {
  readonly params: RepeatParams;
  /** Share of the rows with a token that took it in two baskets or more. @shape [vocabulary], 0..1 */
  readonly propensity: Float32Array;
}

/** O(n). */
export function fitRepeat(sequences: Sequences, params: RepeatParams): RepeatModel {
  const { rows, vocabulary, offsets, tokens, times } = sequences;
  const holders = new Float64Array(vocabulary);
  const repeaters = new Float64Array(vocabulary);
  const row = new Int32Array(vocabulary).fill(-1);
  const firstAt = new Float64Array(vocabulary);
  const counted = new Int32Array(vocabulary).fill(-1);
  let held = 0;
  let repeated = 0;
  for (let r = 0; r < rows; r++) {
    for (let place = offsets[r]; place < offsets[r + 1]; place++) {
      const token = tokens[place];
      if (row[token] !== r) {
        row[token] = r;
        firstAt[token] = times[place];
        holders[token]++;
        held++;
      } else if (times[place] !== firstAt[token] && counted[token] !== r) {
        counted[token] = r;
        repeaters[token]++;
        repeated++;
      }
    }
  }
  const mean = held === 0 ? 0 : repeated / held;
  const propensity = Float32Array.from(holders, (count, token) => {
    const below = count + params.shrink;
    return below === 0 ? 0 : (repeaters[token] + params.shrink * mean) / below;
  });
  return { params, propensity };
}

/**
 * out += what was taken, touched at the tokens of the history alone: 0 stays where nothing was. O(places).
 * @shape out [vocabulary]
 */
export function addRepeatInto(model: RepeatModel, history: History, out: Float32Array): void {
  let back = 0;
  for (let place = history.tokens.length - 1; place >= 0; place--) {
    if (startsEarlierBasket(history, place)) back++;
    out[history.tokens[place]] += takenAt(model, history, place, back);
  }
}

function startsEarlierBasket(history: History, place: number): boolean {
  return place + 1 < history.times.length && history.times[place] !== history.times[place + 1];
}

/** What one place adds to its own token; `back` = whole baskets after it. O(1). */
function takenAt(model: RepeatModel, history: History, place: number, back: number): number {
  const { power, halfLifeMs, propensityPower } = model.params;
  const age = Math.max(0, history.now - history.times[place]);
  const fade = halfLifeMs === Number.POSITIVE_INFINITY ? 0 : age / halfLifeMs;
  const propensity = model.propensity[history.tokens[place]] ** propensityPower;
  return history.weights[place] * (back + 1) ** -power * 2 ** -fade * propensity;
}

/** What each place adds to the score of `token`; they sum to it. @shape result [places] */
export function explainRepeat(model: RepeatModel, history: History, token: number): Float64Array {
  const parts = new Float64Array(history.tokens.length);
  let back = 0;
  for (let place = parts.length - 1; place >= 0; place--) {
    if (startsEarlierBasket(history, place)) back++;
    if (history.tokens[place] === token) parts[place] = takenAt(model, history, place, back);
  }
  return parts;
}
