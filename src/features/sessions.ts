import { offsetsOf } from "../algorithms/csr.ts";
import type { Sequences } from "../algorithms/sequences.ts";
import type { Interactions } from "./interactions.ts";

/**
 * Sessions: visits of one person. Events that carry a session id belong to that session, however
 * long it lasts; the others belong together until a pause longer than the gap.
 */
export interface SessionPlaces {
  /** Places of one person are neighbours, in order of time. @shape persons [n] */
  readonly persons: Int32Array;
  /** @shape times [n] @unit epoch ms */
  readonly times: Float64Array;
  /** A code per session id, -1 where there is none. @shape codes [n] */
  readonly codes: Int32Array;
}

/**
 * A number for each place, unique across persons, rising with the start of the session. O(n).
 * @shape result [n] @unit gapMs ms
 */
export function sessionNumbers(places: SessionPlaces, gapMs: number): Int32Array {
  const { persons, times, codes } = places;
  const numbers = new Int32Array(persons.length);
  const known = new Map<number, number>();
  let next = 0;
  let loose = -1;
  let looseAt = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < persons.length; place++) {
    if (place === 0 || persons[place] !== persons[place - 1]) {
      known.clear();
      looseAt = Number.NEGATIVE_INFINITY;
    }
    const code = codes[place] as number;
    const at = times[place] as number;
    if (code >= 0) {
      const number = known.get(code) ?? next++;
      known.set(code, number);
      numbers[place] = number;
      continue;
    }
    if (at - looseAt > gapMs) loose = next++;
    looseAt = at;
    numbers[place] = loose;
  }
  return numbers;
}

/** Sequences whose rows are sessions. */
export interface Sessions {
  readonly sequences: Sequences;
  /** @shape persons [rows]: whose session it was, a row of the interactions */
  readonly persons: Int32Array;
}

/** Interactions with one row a session, in order of session number. O(n). */
export function sessionsOf(interactions: Interactions): Sessions {
  const { sequences, sessions } = interactions;
  const rows = sessions.reduce((most, number) => Math.max(most, number + 1), 0);
  const counts = new Int32Array(rows);
  for (const number of sessions) counts[number] = (counts[number] as number) + 1;
  const offsets = offsetsOf(counts);
  const next = offsets.slice(0, rows);
  const n = sequences.tokens.length;
  const moved = {
    tokens: new Int32Array(n),
    times: new Float64Array(n),
    weights: new Float32Array(n),
  };
  const persons = new Int32Array(rows);
  for (let row = 0; row < sequences.rows; row++) {
    const end = sequences.offsets[row + 1] as number;
    for (let place = sequences.offsets[row] as number; place < end; place++) {
      const session = sessions[place] as number;
      const at = next[session] as number;
      next[session] = at + 1;
      persons[session] = row;
      moved.tokens[at] = sequences.tokens[place] as number;
      moved.times[at] = sequences.times[place] as number;
      moved.weights[at] = sequences.weights[place] as number;
    }
  }
  return { sequences: { rows, vocabulary: sequences.vocabulary, offsets, ...moved }, persons };
}
