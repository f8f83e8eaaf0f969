import type { History } from "../../../algorithms/sequences.ts";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { RecommendParams } from "../schema.ts";
import { type Learnable, learnableOf, type RecommendFrame } from "./frame.ts";
import type { Asked } from "./sources.ts";

/**
 * Questions with known answers, cut from the shop's own log: the end of what each person did is
 * hidden, everything before it is learned from, and the surfaces are asked for what was hidden, each
 * family of surfaces in its own way. Of every second person with more than one visit the whole last
 * visit is hidden, of all others the last action alone (the whole order, if it was bought).
 */
export const families = ["next", "visit", "item", "basket", "repeat"] as const;
/**
 * Surfaces that ask alike: what next in this visit, what in a visit that begins, what beside this
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

/** What is hidden of a row: the places from `cut` on. */
interface Hidden {
  readonly row: number;
  readonly cut: number;
  readonly end: number;
  readonly what: "action" | "visit";
}

/** O(n). At most `params.blendCasesMax` persons are asked about; the draw depends on the seed. */
export function holdOut(frame: RecommendFrame, params: RecommendParams, seed: number): HeldOut {
  const hidden = lastDeeds(frame);
  const cuts = new Int32Array(frame.sequences.rows).fill(frame.sequences.tokens.length);
  for (const { row, cut } of hidden) cuts[row] = cut;
  const ends = endOfRows(frame, cuts);
  const learn = learnableOf(frame, params.supportMin, (place) => place < (ends[place] as number));
  const order = Int32Array.from(hidden, (_, at) => at);
  createRandom(seed).split("held-out").shuffle(order);
  const drawn = [...order.subarray(0, params.blendCasesMax)].map((at) => hidden[at] as Hidden);
  const asking = (what: Hidden["what"]): readonly Question[] =>
    drawn.flatMap((one) => (one.what === what ? (nextQuestion(frame, learn, one) ?? []) : []));
  const [next, visit] = [asking("action"), asking("visit")];
  const both = [...next, ...visit];
  return {
    learn,
    questions: {
      next,
      visit,
      item: next.flatMap((question) => itemQuestion(question) ?? []),
      basket: drawn.flatMap((one) => basketQuestion(frame, one) ?? []),
      repeat: both.flatMap((question) => repeatQuestion(question) ?? []),
    },
    repeatShare: shareOfRepeats(both, "history"),
    rebuyShare: shareOfRepeats(both, "bought"),
  };
}

/** For each place the cut of its row. */
function endOfRows(frame: RecommendFrame, cuts: Int32Array): Int32Array {
  const ends = new Int32Array(frame.sequences.tokens.length);
  for (let row = 0; row < cuts.length; row++) {
    const { offsets } = frame.sequences;
    ends.fill(cuts[row] as number, offsets[row], offsets[row + 1]);
  }
  return ends;
}

/** What is hidden of each row that has something before it. */
function lastDeeds(frame: RecommendFrame): Hidden[] {
  const { offsets, tokens } = frame.sequences;
  const { baskets, sessions } = frame;
  const found: Hidden[] = [];
  for (let row = 0; row < frame.sequences.rows; row++) {
    const from = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const last = end - 1;
    const cutWhere = (alike: (place: number) => boolean): number => {
      let cut = last;
      while (cut > from && alike(cut - 1)) cut--;
      return cut;
    };
    const visit = cutWhere((place) => sessions[place] === sessions[last]);
    const action = cutWhere((place) =>
      baskets[last] === -1 ? tokens[place] === tokens[last] : baskets[place] === baskets[last],
    );
    // Where a visit is an action (or an order), both ask the same; the visit would only be asked
    // of every second person then.
    const whole = row % 2 === 1 && visit > from && visit < action;
    if (whole) found.push({ row, cut: visit, end, what: "visit" });
    else if (action > from) found.push({ row, cut: action, end, what: "action" });
  }
  return found;
}

function nextQuestion(
  frame: RecommendFrame,
  learn: Learnable,
  { row, cut, end }: Hidden,
): Question | undefined {
  const now = frame.sequences.times[cut] as number;
  const history = wholeRow(learn.persons, row, now);
  if (history.tokens.length === 0) return undefined;
  const bought = wholeRow(learn.bought, row, now);
  return { asked: { history, bought }, targets: distinct(frame, cut, end) };
}

function wholeRow(sequences: Learnable["persons"], row: number, now: number): History {
  const within = row < sequences.rows;
  const from = within ? sequences.offsets[row] : 0;
  const to = within ? sequences.offsets[row + 1] : 0;
  return {
    tokens: sequences.tokens.subarray(from, to),
    times: sequences.times.subarray(from, to),
    weights: sequences.weights.subarray(from, to),
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
function basketQuestion(frame: RecommendFrame, hidden: Hidden): Question | undefined {
  if (hidden.what !== "action" || frame.baskets[hidden.cut] === -1) return undefined;
  const all = distinct(frame, hidden.cut, hidden.end);
  if (all.length < 2) return undefined;
  const half = Math.ceil(all.length / 2);
  const now = frame.sequences.times[hidden.cut] as number;
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
