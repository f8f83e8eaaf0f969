import type { History } from "../../../algorithms/sequences.ts";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { RecommendParams } from "../schema.ts";
import { collapsedHistory, type Learnable, learnableOf, type RecommendFrame } from "./frame.ts";
import type { Asked } from "./source.ts";

/**
 * Questions with known answers, cut from the shop's own log: the end of what each person did is
 * hidden, everything before it is learned from, and the surfaces are asked for what was hidden, each
 * family of surfaces in its own way. Of a person with more than one session the whole last session is
 * hidden: asked for once as a session that begins, and once for its last action (the whole order, if
 * it was bought) after the others. Of all others the last action alone is hidden.
 */
export const families = ["next", "session", "item", "basket", "repeat"] as const;
/**
 * Surfaces that ask alike: what next in this session, what in a session that begins, what beside this
 * item, what beside this basket, what again.
 */
export type Family = (typeof families)[number];

export interface HeldOut {
  /** Everything but what is hidden. */
  readonly learn: Learnable;
  readonly questions: Readonly<Record<Family, readonly Question[]>>;
  /** Share of the hidden things that the person had touched before, 0..1. */
  readonly repeatShare: number;
  /** Share of the hidden things that the person had bought before, 0..1. */
  readonly rebuyShare: number;
}

export interface Question {
  readonly asked: Asked;
  readonly targets: Int32Array;
}

/** The end of a row: the last action begins at `action`, the last session at `session`. */
interface Ending {
  readonly row: number;
  readonly action: number;
  readonly session: number;
  readonly end: number;
  /** From here on it is not learned from: the session, or the action if there is only one session. */
  readonly cut: number;
}

/** O(n). At most `params.blendCasesMax` persons are asked about; the draw depends on the seed. */
export function holdOut(frame: RecommendFrame, params: RecommendParams, seed: number): HeldOut {
  const endings = endingsOf(frame, params.askRepeats);
  const drawn = drawnEndings(frame, endings, params.blendCasesMax, seed);
  return heldOut(frame, params, { hidden: endings, drawn });
}

/** Of those who did something since, this share is asked about; the others are learned from. */
const SINCE_SHARE = 1 / 2;

/**
 * The same where a model goes on that learned everything until `since`: only what happened from then on
 * is hidden, and of no more persons than are asked about, the latest, so that something new is left to
 * learn from. O(n). @unit since epoch ms
 */
export function holdOutSince(
  frame: RecommendFrame,
  params: RecommendParams,
  seed: number,
  since: number,
): HeldOut {
  const { times } = frame.sequences;
  const endings = endingsOf(frame, params.askRepeats).filter(
    ({ cut }) => (times[cut] as number) >= since,
  );
  const most = Math.min(params.blendCasesMax, Math.ceil(endings.length * SINCE_SHARE));
  const drawn = drawnEndings(frame, endings, most, seed);
  return heldOut(frame, params, { hidden: drawn, drawn });
}

/** Endings that are not learned from, and those of them that are asked for. */
interface Hiding {
  readonly hidden: readonly Ending[];
  readonly drawn: readonly Ending[];
}

function heldOut(
  frame: RecommendFrame,
  params: RecommendParams,
  { hidden, drawn }: Hiding,
): HeldOut {
  const cuts = new Int32Array(frame.sequences.rows).fill(frame.sequences.tokens.length);
  for (const { row, cut } of hidden) cuts[row] = cut;
  const ends = endOfRows(frame, cuts);
  const learn = learnableOf(frame, params.supportMin, (place) => place < (ends[place] as number));
  const next = drawn.map((ending) => questionAt(frame, ending, ending.action));
  // Where the last session is one action, or the only one, it would be the same question again.
  const session = drawn
    .filter(({ cut, action }) => cut < action)
    .map((ending) => questionAt(frame, ending, ending.session));
  const both = [...next, ...session];
  return {
    learn,
    questions: {
      next,
      session,
      item: next.flatMap((question) => itemQuestion(question) ?? []),
      basket: drawn.flatMap((ending) => basketQuestion(frame, ending) ?? []),
      repeat: both.flatMap((question) => repeatQuestion(question) ?? []),
    },
    repeatShare: shareOfRepeats(both, "history"),
    rebuyShare: shareOfRepeats(both, "bought"),
  };
}

/**
 * Of every length of history its share, and of equal lengths the latest: what is asked today is more
 * like last week's questions than last year's. Where moments are equal the seed decides.
 * O(n log n).
 */
function drawnEndings(
  frame: RecommendFrame,
  endings: readonly Ending[],
  most: number,
  seed: number,
): readonly Ending[] {
  const order = Int32Array.from(endings, (_, at) => at);
  createRandom(seed).split("held-out").shuffle(order);
  const shuffled = [...order].map((at) => endings[at] as Ending);
  if (endings.length <= most) return shuffled;
  const momentOf = ({ action }: Ending): number => frame.sequences.times[action] as number;
  const byLength = new Map<number, Ending[]>();
  for (const ending of shuffled) {
    const length = ending.action - (frame.sequences.offsets[ending.row] as number);
    const key =
      length <= LENGTHS_APART ? length : LENGTHS_APART + Math.round(8 * Math.log2(length));
    const alike = byLength.get(key);
    if (alike === undefined) byLength.set(key, [ending]);
    else alike.push(ending);
  }
  const share = most / endings.length;
  const latest = new Set(
    [...byLength.values()].flatMap((alike) =>
      alike
        .toSorted((a, b) => momentOf(b) - momentOf(a))
        .slice(0, Math.round(share * alike.length)),
    ),
  );
  // In the shuffled order, so that folds and first parts are alike.
  return shuffled.filter((ending) => latest.has(ending)).slice(0, most);
}

/** Histories up to this long are told apart by length, longer ones by its logarithm. */
const LENGTHS_APART = 20;

/** For each place the cut of its row. */
function endOfRows(frame: RecommendFrame, cuts: Int32Array): Int32Array {
  const ends = new Int32Array(frame.sequences.tokens.length);
  for (let row = 0; row < cuts.length; row++) {
    const { offsets } = frame.sequences;
    ends.fill(cuts[row] as number, offsets[row], offsets[row + 1]);
  }
  return ends;
}

/** The ending of each row that has something before it. */
function endingsOf(frame: RecommendFrame, askRepeats: boolean): Ending[] {
  const { offsets, tokens } = frame.sequences;
  const { baskets, sessions } = frame;
  const found: Ending[] = [];
  for (let row = 0; row < frame.sequences.rows; row++) {
    const from = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const last = end - 1;
    const beginWhere = (alike: (place: number) => boolean): number => {
      let begin = last;
      while (begin > from && alike(begin - 1)) begin--;
      return begin;
    };
    const session = beginWhere((place) => sessions[place] === sessions[last]);
    const action = beginWhere((place) =>
      baskets[last] === -1
        ? !askRepeats && tokens[place] === tokens[last]
        : baskets[place] === baskets[last],
    );
    const cut = session > from ? Math.min(session, action) : action;
    if (action > from) found.push({ row, action, session, end, cut });
  }
  return found;
}

/** All from `cut` on is asked for, given what came before it in the row. */
function questionAt(frame: RecommendFrame, { row, end }: Ending, cut: number): Question {
  const { sequences, baskets } = frame;
  const from = sequences.offsets[row] as number;
  const now = sequences.times[cut] as number;
  const before = {
    tokens: sequences.tokens.subarray(from, cut),
    times: sequences.times.subarray(from, cut),
    weights: sequences.weights.subarray(from, cut),
    now,
  };
  const history = collapsedHistory(before);
  const bought = collapsedHistory(partOf(before, (at) => baskets[from + at] !== -1));
  return { asked: { history, bought }, targets: distinct(frame, cut, end) };
}

function partOf({ tokens, times, weights, now }: History, keep: (at: number) => boolean): History {
  return {
    tokens: tokens.filter((_, at) => keep(at)),
    times: times.filter((_, at) => keep(at)),
    weights: weights.filter((_, at) => keep(at)),
    now,
  };
}

const distinct = (frame: RecommendFrame, from: number, to: number): Int32Array =>
  Int32Array.from(new Set(frame.sequences.tokens.subarray(from, to)));

/** Beside one item: the last one touched stands for the page that is open. */
function itemQuestion({ asked, targets }: Question): Question | undefined {
  const { tokens, times, weights, now } = asked.history;
  const at = tokens.length - 1;
  const other = targets.filter((target) => target !== tokens[at]);
  if (other.length === 0) return undefined;
  const history = {
    tokens: tokens.subarray(at),
    times: times.subarray(at),
    weights: weights.subarray(at),
    now,
  };
  return { asked: { history, bought: emptyHistory(now) }, targets: other };
}

/** Beside a basket: its first half asks for the rest. */
function basketQuestion(frame: RecommendFrame, ending: Ending): Question | undefined {
  const { action, end } = ending;
  if (frame.baskets[action] === -1) return undefined;
  const all = distinct(frame, action, end);
  if (all.length < 2) return undefined;
  const half = Math.ceil(all.length / 2);
  const now = frame.sequences.times[action] as number;
  const history = contextHistory(all.subarray(0, half), now);
  return { asked: { history, bought: emptyHistory(now) }, targets: all.subarray(half) };
}

/** Items that lie side by side, as a history of this moment. @shape tokens [n] */
export function contextHistory(tokens: Int32Array, now: number): History {
  const times = new Float64Array(tokens.length).fill(now);
  return { tokens, times, weights: new Float32Array(tokens.length).fill(1), now };
}

function repeatQuestion({ asked, targets }: Question): Question | undefined {
  const bought = new Set(asked.bought.tokens);
  const again = targets.filter((target) => bought.has(target));
  return again.length === 0 ? undefined : { asked, targets: again };
}

function shareOfRepeats(questions: readonly Question[], among: keyof Asked): number {
  let [all, again] = [0, 0];
  for (const { asked, targets } of questions) {
    const seen = new Set(asked[among].tokens);
    all += targets.length;
    for (const target of targets) if (seen.has(target)) again++;
  }
  return all === 0 ? 0 : again / all;
}
