import type { Timelines } from "../../features/timelines.ts";

/**
 * What a network reads of an event: which group, which action, how long after the one before, how dear,
 * how many, where in the shop; each a small number that a table has a vector for. Dear is against the shop's median, so
 * that the unit of money does not matter. Groups seen too seldom to be learned are all one.
 */
export interface Lexicon {
  /** Group to its number, from 1; 0 is a group that is seldom or new, and no group at all. */
  readonly groups: readonly string[];
  /** Median over events with a price; 0 where there is none. @unit minor */
  readonly priceMedianMinor: number;
}

/** @shape each array [places] */
export interface EventTokens {
  readonly items: Int32Array;
  readonly actions: Int32Array;
  readonly gaps: Int32Array;
  readonly prices: Int32Array;
  readonly pieces: Int32Array;
  readonly surfaces: Int32Array;
}

/**
 * Sizes of the tables beside that of the groups. Codes of what persons do lie below 25, those of surfaces
 * below 20; numbers, so that a name added at a vocabulary's end changes no network.
 */
export const tableSizes: Readonly<Record<Exclude<keyof EventTokens, "items">, number>> = {
  actions: 25,
  gaps: 22,
  prices: 18,
  pieces: 8,
  surfaces: 20,
};

export interface LexiconOptions {
  readonly groupsMost: number;
  /** Events a group needs to have a vector of its own. */
  readonly eventsLeast: number;
}

/** The groups with most events, in order of first event. O(places + groups log groups). */
export function lexiconOf(
  timelines: Pick<Timelines, "groups" | "tokens" | "priceMinor">,
  { groupsMost, eventsLeast }: LexiconOptions,
): Lexicon {
  const counts = new Int32Array(timelines.groups.length);
  for (const token of timelines.tokens) {
    if (token >= 0) counts[token] = (counts[token] as number) + 1;
  }
  const order = [...counts.keys()].filter((token) => (counts[token] as number) >= eventsLeast);
  order.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const kept = order.slice(0, groupsMost).sort((a, b) => a - b);
  const prices = timelines.priceMinor.filter((price) => price > 0).sort();
  return {
    groups: kept.map((token) => timelines.groups[token] as string),
    priceMedianMinor: prices[Math.floor(prices.length / 2)] ?? 0,
  };
}

/** O(places). */
export function tokensOf(lexicon: Lexicon, timelines: Timelines): EventTokens {
  const numbers = new Map(lexicon.groups.map((group, at) => [group, at + 1]));
  const known = Int32Array.from(timelines.groups, (group) => numbers.get(group) ?? 0);
  const { times, tokens, names, offsets } = timelines;
  const gaps = new Int32Array(times.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1] as number;
    for (let at = (offsets[row] as number) + 1; at < end; at++) {
      gaps[at] = gapBucket((times[at] as number) - (times[at - 1] as number));
    }
  }
  return {
    items: Int32Array.from(tokens, (token) => (token < 0 ? 0 : (known[token] as number))),
    actions: Int32Array.from(names),
    gaps,
    prices: Int32Array.from(timelines.priceMinor, (price) =>
      priceBand(price, lexicon.priceMedianMinor),
    ),
    pieces: Int32Array.from(timelines.pieces, piecesBand),
    surfaces: Int32Array.from(timelines.surfaces),
  };
}

const MINUTE_MS = 60_000;

/** 0 is kept for who has done nothing before; then doublings of a minute. @unit gapMs ms */
const gapBucket = (gapMs: number): number =>
  1 + Math.min(tableSizes.gaps - 2, Math.floor(Math.log2(1 + gapMs / MINUTE_MS)));

/** 0 where no price is said; then half doublings around the median. @unit minor */
function priceBand(price: number, median: number): number {
  if (!(price > 0) || median <= 0) return 0;
  const steps = Math.round(2 * Math.log2(price / median));
  return 9 + Math.min(8, Math.max(-8, steps));
}

/** 0 for none, then doublings. */
const piecesBand = (pieces: number): number =>
  pieces <= 0 ? 0 : 1 + Math.min(tableSizes.pieces - 2, Math.max(0, Math.ceil(Math.log2(pieces))));
