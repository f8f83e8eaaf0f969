import type { History } from "./sequences.ts";

/**
 * What was made of a history, kept for when the same is asked again: several lists of one page, a page
 * that is loaded anew, many who look at one item. Idea: found by a hash and then compared number by number,
 * so that two histories are never taken for one. The one asked for longest ago gives way.
 * When not: for what depends on the moment of the question, which is not compared.
 */
export interface HistoryMemo<Value> {
  /** O(places). */
  get(history: History): Value | undefined;
  /** O(places). */
  set(history: History, value: Value): void;
  /** Of nobody anything is kept, such as after somebody was erased. */
  clear(): void;
}

export interface HistoryMemoOptions {
  /** Histories kept. */
  readonly most: number;
  /** Whether moments are compared beside tokens and weights. */
  readonly byTime: boolean;
}

type Compared = Pick<History, "tokens" | "weights"> & Partial<Pick<History, "times">>;

interface Kept<Value> {
  readonly compared: Compared;
  readonly value: Value;
}

export function openHistoryMemo<Value>({ most, byTime }: HistoryMemoOptions): HistoryMemo<Value> {
  const kept = new Map<number, Kept<Value>>();
  return {
    get(history) {
      const key = hashOf(history.tokens);
      const found = kept.get(key);
      if (found === undefined || !areAlike(found.compared, history)) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(history, value) {
      const key = hashOf(history.tokens);
      kept.delete(key);
      const { tokens, weights, times } = history;
      const compared = { tokens: tokens.slice(), weights: weights.slice() };
      kept.set(key, { compared: byTime ? { ...compared, times: times.slice() } : compared, value });
      if (kept.size <= most) return;
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    },
    clear: () => kept.clear(),
  };
}

function areAlike({ tokens, weights, times }: Compared, other: History): boolean {
  if (other.tokens.length !== tokens.length) return false;
  for (let place = 0; place < tokens.length; place++) {
    if (tokens[place] !== other.tokens[place]) return false;
    if (weights[place] !== other.weights[place]) return false;
    if (times !== undefined && times[place] !== other.times[place]) return false;
  }
  return true;
}

/** FNV-1a over whole tokens. */
function hashOf(tokens: Int32Array): number {
  let hash = 0x81_1c_9d_c5;
  for (let place = 0; place < tokens.length; place++) {
    hash = Math.imul(hash ^ tokens[place], 0x01_00_01_93);
  }
  return hash;
}
