import { countColumns, offsetsOf } from "./csr.ts";
import { type Attention, attentionTo } from "./neighbours.ts";
import type { History, Sequences } from "./sequences.ts";
import { createTopK, type TopK, topKOfInto } from "./top-k.ts";

/**
 * Session-kNN: find the recent rows most like what is going on, and let them say what came next.
 * Likeness is the attention to the shared tokens; from a like row, tokens near the last shared one
 * speak loudest, and rare tokens louder than common ones.
 * Sources: Ludewig & Jannach 2018 (VS-kNN: decay over positions, rarity); Garg et al. 2019 (STAN:
 * nearness to the shared token); Kersbergen et al. 2022 (VMIS-kNN: an index from each token to its
 * latest rows, so that a question costs the index and not the log).
 * Left out: a time-decay between rows (the index holds only the latest anyway).
 * Needs no training beyond the index; use it where sessions are short and shoppers unknown.
 */
export interface SessionKnnParams {
  /** Latest rows looked at for each token of the question. */
  readonly rowsPerToken: number;
  /** Like rows that speak. */
  readonly neighbours: number;
  /** A token g places after the last shared one counts g ^ -gapPower. @unit 0 or more */
  readonly gapPower: number;
  /** Factor of the shared one itself (gap 1) and of those before it (gap 2, ..). @unit 0 or more */
  readonly backward: number;
  /** Power of the rarity ln(rows / rows with the token). @unit 0 or more */
  readonly rarityPower: number;
  readonly attention: Attention;
}

/** For long rows of known shoppers. Tuned on validation items of movielens-1m and amazon-beauty. */
export const shopperSessionKnn: SessionKnnParams = {
  rowsPerToken: 2000,
  neighbours: 500,
  gapPower: 0.8,
  backward: 0.5,
  rarityPower: 0.3,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

/** For sessions of anybody. Tuned on the last sessions of diginetica-sessions. */
export const defaultSessionKnn: SessionKnnParams = {
  rowsPerToken: 500,
  neighbours: 500,
  gapPower: 0.7,
  backward: 1,
  rarityPower: 1.5,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

export interface SessionKnnModel {
  readonly params: SessionKnnParams;
  readonly rows: number;
  readonly vocabulary: number;
  readonly offsets: Int32Array;
  readonly tokens: Int32Array;
  /** Latest rows of token t, latest first: latest[latestOffsets[t]] .. */
  readonly latestOffsets: Int32Array;
  readonly latest: Int32Array;
  /** Place of each row among all, latest first. @shape [rows] */
  readonly recency: Int32Array;
  /** @shape [vocabulary] */
  readonly rarity: Float32Array;
  /** (gap) ^ -gapPower for every gap that can occur. @shape [longest row + 2] */
  readonly nearness: Float32Array;
}

/**
 * Working memory of one thread that asks; remembers the history it was last asked with.
 * @shape likeness, touched [rows], asked [vocabulary]
 */
export interface SessionKnnScratch {
  history: History | undefined;
  /** Like rows of that history, in `top`. */
  found: number;
  readonly likeness: Float32Array;
  readonly touched: Int32Array;
  /** 1 + the latest place of each token of the question, 0 for all others. */
  readonly asked: Int32Array;
  readonly top: TopK;
}

/** O(n + rows log rows). Rows without places are never looked at. */
export function fitSessionKnn(sequences: Sequences, params: SessionKnnParams): SessionKnnModel {
  const { rows, vocabulary, offsets, tokens } = sequences;
  const last = lastTimes(sequences);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  order.sort((a, b) => last[b] - last[a] || b - a);
  const distinct = distinctTokens(sequences);
  const holders = countColumns(distinct.columns, vocabulary);
  const counts = holders.map((count) => Math.min(count, params.rowsPerToken));
  const latestOffsets = offsetsOf(counts);
  const latest = new Int32Array(latestOffsets[vocabulary]);
  const next = latestOffsets.slice(0, vocabulary);
  for (const row of order) {
    for (let at = distinct.offsets[row]; at < distinct.offsets[row + 1]; at++) {
      const token = distinct.columns[at];
      if (next[token] < latestOffsets[token + 1]) latest[next[token]++] = row;
    }
  }
  const rarity = Float32Array.from(holders, (count) =>
    count === 0 ? 0 : Math.log(1 + rows / count) ** params.rarityPower,
  );
  const nearness = nearnessOf(sequences, params.gapPower);
  const recency = new Int32Array(rows);
  for (let place = 0; place < rows; place++) recency[order[place]] = place;
  const index = { latestOffsets, latest, recency };
  return { params, rows, vocabulary, offsets, tokens, ...index, rarity, nearness };
}

function nearnessOf(sequences: Sequences, gapPower: number): Float32Array {
  let longest = 0;
  for (let row = 0; row < sequences.rows; row++) {
    longest = Math.max(longest, sequences.offsets[row + 1] - sequences.offsets[row]);
  }
  return Float32Array.from({ length: longest + 2 }, (_, gap) => Math.max(1, gap) ** -gapPower);
}

function lastTimes(sequences: Sequences): Float64Array {
  return Float64Array.from({ length: sequences.rows }, (_, row) => {
    const end = sequences.offsets[row + 1];
    return end > sequences.offsets[row] ? sequences.times[end - 1] : Number.NEGATIVE_INFINITY;
  });
}

function distinctTokens(sequences: Sequences): { offsets: Int32Array; columns: Int32Array } {
  const { rows, tokens, offsets: from } = sequences;
  const offsets = new Int32Array(rows + 1);
  const columns = new Int32Array(tokens.length);
  const seenIn = new Int32Array(sequences.vocabulary).fill(-1);
  let used = 0;
  for (let row = 0; row < rows; row++) {
    for (let place = from[row]; place < from[row + 1]; place++) {
      if (seenIn[tokens[place]] === row) continue;
      seenIn[tokens[place]] = row;
      columns[used++] = tokens[place];
    }
    offsets[row + 1] = used;
  }
  return { offsets, columns: columns.slice(0, used) };
}

export const createSessionKnnScratch = (model: SessionKnnModel): SessionKnnScratch => ({
  history: undefined,
  found: 0,
  likeness: new Float32Array(model.rows),
  touched: new Int32Array(model.rows),
  asked: new Int32Array(model.vocabulary),
  top: createTopK(model.params.neighbours),
});

/**
 * out += what the nearest rows have, touched at the tokens of `likeRows` alone; no allocation.
 * O(places rowsPerToken + neighbours row length). @shape out [vocabulary]
 */
export function addSessionKnnInto(
  model: SessionKnnModel,
  scratch: SessionKnnScratch,
  history: History,
  out: Float32Array,
): void {
  const found = findLikeRows(model, scratch, history);
  markAsked(scratch.asked, history, true);
  for (let i = 0; i < found; i++) {
    const row = scratch.top.indexes[i];
    addRowVotes(model, scratch.asked, row, scratch.top.scores[i], out);
  }
  markAsked(scratch.asked, history, false);
}

/**
 * The like rows of a history: nobody else has a score. O(neighbours) after the history was scored.
 * @shape result: tokens, repeats and all
 */
export function likeRows(
  model: SessionKnnModel,
  scratch: SessionKnnScratch,
  history: History,
): Int32Array[] {
  const found = findLikeRows(model, scratch, history);
  return Array.from(scratch.top.indexes.subarray(0, found), (row) =>
    model.tokens.subarray(model.offsets[row], model.offsets[row + 1]),
  );
}

function markAsked(asked: Int32Array, history: History, on: boolean): void {
  for (let place = 0; place < history.tokens.length; place++) {
    asked[history.tokens[place]] = on ? place + 1 : 0;
  }
}

/** Fills scratch.top with the likest rows, unless they are there; leaves the rest clean. */
function findLikeRows(
  model: SessionKnnModel,
  scratch: SessionKnnScratch,
  history: History,
): number {
  if (scratch.history === history) return scratch.found;
  const { likeness, touched, top } = scratch;
  let count = 0;
  for (let place = history.tokens.length - 1; place >= 0; place--) {
    const weight = firstAttention(model, history, place);
    if (weight === 0) continue;
    const token = history.tokens[place];
    for (let at = model.latestOffsets[token]; at < model.latestOffsets[token + 1]; at++) {
      const row = model.latest[at];
      if (likeness[row] === 0) touched[count++] = row;
      likeness[row] += weight;
    }
  }
  const found = topKOfInto(top, likeness, touched, count);
  for (let i = 0; i < count; i++) likeness[touched[i]] = 0;
  scratch.history = history;
  scratch.found = found;
  return found;
}

/** Attention to a place, 0 if its token stands again later: a token counts once, at its latest. */
function firstAttention(model: SessionKnnModel, history: History, place: number): number {
  const attention = attentionTo(history, place, model.params.attention);
  if (attention === 0) return 0;
  const token = history.tokens[place];
  for (let later = place + 1; later < history.tokens.length; later++) {
    if (history.tokens[later] === token) return 0;
  }
  return attention;
}

/** Where the latest token of the question that the row shares stands last in the row. */
function sharedPlace(model: SessionKnnModel, asked: Int32Array, row: number): number {
  let best = model.offsets[row];
  for (let at = best; at < model.offsets[row + 1]; at++) {
    if (asked[model.tokens[at]] >= asked[model.tokens[best]]) best = at;
  }
  return best;
}

function addRowVotes(
  model: SessionKnnModel,
  asked: Int32Array,
  row: number,
  likeness: number,
  out: Float32Array,
): void {
  const shared = sharedPlace(model, asked, row);
  for (let at = model.offsets[row]; at < model.offsets[row + 1]; at++) {
    out[model.tokens[at]] += likeness * voteOf(model, at, shared);
  }
}

/** What a place of a like row says for its token, before the likeness. O(1). */
function voteOf(model: SessionKnnModel, at: number, shared: number): number {
  const gap = at > shared ? at - shared : shared - at + 1;
  const direction = at > shared ? 1 : model.params.backward;
  return direction * model.nearness[gap] * model.rarity[model.tokens[at]];
}

/**
 * What each place adds to the score of `token`; they sum to it: a like row's vote is shared out by
 * what each place added to its likeness. O(places^2 + like rows row length) after a score of the
 * same history. @shape result [places]
 */
export function explainSessionKnn(
  model: SessionKnnModel,
  scratch: SessionKnnScratch,
  history: History,
  token: number,
): Float64Array {
  const parts = new Float64Array(history.tokens.length);
  const found = findLikeRows(model, scratch, history);
  markAsked(scratch.asked, history, true);
  for (let i = 0; i < found; i++) {
    const row = scratch.top.indexes[i];
    const shared = sharedPlace(model, scratch.asked, row);
    let vote = 0;
    for (let at = model.offsets[row]; at < model.offsets[row + 1]; at++) {
      if (model.tokens[at] === token) vote += voteOf(model, at, shared);
    }
    if (vote !== 0) shareVote(model, scratch.asked, row, vote, parts);
  }
  markAsked(scratch.asked, history, false);
  for (let place = 0; place < parts.length; place++) {
    if (parts[place] !== 0) parts[place] *= firstAttention(model, history, place);
  }
  return parts;
}

/** Adds the vote to each place whose token the row was found by. */
function shareVote(
  model: SessionKnnModel,
  asked: Int32Array,
  row: number,
  vote: number,
  parts: Float64Array,
): void {
  for (let at = model.offsets[row]; at < model.offsets[row + 1]; at++) {
    const token = model.tokens[at];
    if (asked[token] === 0 || !isListed(model, token, row)) continue;
    if (!standsBefore(model, row, at)) parts[asked[token] - 1] += vote;
  }
}

/** Is the row, which holds the token, among the latest that the index keeps of it? O(1). */
function isListed(model: SessionKnnModel, token: number, row: number): boolean {
  const oldest = model.latest[model.latestOffsets[token + 1] - 1];
  return model.recency[row] <= model.recency[oldest];
}

/** Does the token at `at` stand earlier in the row too? */
function standsBefore(model: SessionKnnModel, row: number, at: number): boolean {
  for (let before = model.offsets[row]; before < at; before++) {
    if (model.tokens[before] === model.tokens[at]) return true;
  }
  return false;
}
