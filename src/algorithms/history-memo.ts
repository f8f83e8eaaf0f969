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
  /** The history is kept, not copied. O(places). */
  set(history: History, value: Value): void;
}

export interface HistoryMemoOptions {
  /** Histories kept. */
  readonly most: number;
  /** Whether moments are compared beside tokens and weights. */
  readonly byTime: boolean;
}

interface Kept<Value> {
  readonly history: History;
  readonly value: Value;
}

export function openHistoryMemo<Value>({ most, byTime }: HistoryMemoOptions): HistoryMemo<Value> {
  const kept = new Map<number, Kept<Value>>();
  return {
    get(history) {
      const key = hashOf(history.tokens);
      const found = kept.get(key);
      if (found === undefined || !areAlike(found.history, history, byTime)) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(history, value) {
      const key = hashOf(history.tokens);
      kept.delete(key);
      kept.set(key, { history, value });
      if (kept.size <= most) return;
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    },
  };
}

function areAlike(one: History, other: History, byTime: boolean): boolean {
  const n = one.tokens.length;
  if (other.tokens.length !== n) return false;
  for (let place = 0; place < n; place++) {
    if (one.tokens[place] !== other.tokens[place]) return false;
    if (one.weights[place] !== other.weights[place]) return false;
    if (byTime && one.times[place] !== other.times[place]) return false;
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
