import { diversify } from "../../../algorithms/mmr.ts";
import { createTopK, topKInto } from "../../../algorithms/top-k.ts";
import type { Item } from "../../../collect/item.ts";
import { capKey, type Ruling } from "../rules/ruling.ts";
import { overlap } from "./overlap.ts";

/**
 * From scores to a list: pins are taken, then the best, as caps and diversity choose among them, and
 * pins stand where they were put. A cap is stronger than a pin, as it is applied last.
 */
export interface ArrangeRequest extends Wish {
  /** Scores after boost and bury. @shape [candidates] */
  readonly ranked: Float32Array;
  readonly mask: Uint8Array;
  /** By number of the candidate; undefined where masked. */
  readonly items: readonly (Item | undefined)[];
  words(candidate: number): ReadonlySet<string>;
}

/** What is wished of a list, whatever its candidates score. */
export interface Wish {
  readonly ruling: Ruling;
  /** Number of each pin that may be shown, by position. */
  readonly pins: readonly Pin[];
  readonly limit: number;
  /** @unit 0..1 */
  readonly diversity: number;
}

export interface Pin {
  readonly rule: string;
  /** Its number, among candidates or on the shelf. */
  readonly token: number;
  readonly position: number;
}

export interface Arranged {
  /** Tokens in the order of the list. */
  readonly tokens: readonly number[];
  /** Per cap rule, how many it kept out of the list that would be without it. */
  readonly capped: ReadonlyMap<string, number>;
}

/** Candidates for each place of the list, where caps or diversity choose among them. */
const CHOICE = 10;
const CHOICE_LEAST = 200;

/** Candidates that a list is chosen from. */
export function wantedFor({ ruling, pins, limit, diversity }: Wish): number {
  const choosy = ruling.caps.length > 0 || diversity > 0;
  return choosy ? Math.max(CHOICE * limit, CHOICE_LEAST) : limit + pins.length;
}

/** O(candidates + wanted limit). */
export function arrange(request: ArrangeRequest): Arranged {
  const { ruling, pins, limit, diversity } = request;
  const pool = poolOf(request, wantedFor(request));
  const caps = ruling.caps.map((rule) => ({
    groups: keysOf(pool, request.items, rule.by),
    limit: rule.most,
  }));
  const best = Math.max(Number.MIN_VALUE, ...pool.map((token) => request.ranked[token] as number));
  const scores = Float32Array.from(pool, (token) => (request.ranked[token] as number) / best);
  const similarity = (a: number, b: number): number =>
    overlap(request.words(pool[a] as number), request.words(pool[b] as number));
  const first = pins.length;
  const chosen = diversify({ scores, similarity, lambda: 1 - diversity, size: limit, caps, first });
  const capped = new Map(
    ruling.caps.map((rule, at) => [rule.id, overflow(caps[at]?.groups, limit, rule.most)]),
  );
  return {
    tokens: placed(
      [...chosen].map((at) => pool[at] as number),
      pins,
    ),
    capped,
  };
}

/** Pins first, then the best that are not pinned. */
function poolOf({ ranked, mask, pins }: ArrangeRequest, wanted: number): readonly number[] {
  const top = createTopK(Math.min(wanted, ranked.length));
  const found = topKInto(top, ranked, mask);
  const pinned = new Set(pins.map(({ token }) => token));
  const others = [...top.indexes.subarray(0, found)].filter((token) => !pinned.has(token));
  return [...pinned, ...others];
}

/** Numbers for the values that a cap counts by, -1 for none. @shape result [pool] */
function keysOf(
  pool: readonly number[],
  items: readonly (Item | undefined)[],
  by: "brand" | "category" | "seller",
): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(pool, (token) => {
    const item = items[token];
    const key = item && capKey(item, by);
    if (key === undefined) return -1;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** How many of the first `limit` are more than their key allows. */
function overflow(keys: Int32Array | undefined, limit: number, most: number): number {
  const counts = new Map<number, number>();
  let over = 0;
  for (const key of keys?.subarray(0, limit) ?? []) {
    if (key < 0) continue;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > most) over++;
  }
  return over;
}

/** Pins at their positions (the end, if the list is shorter), the others around them in order. */
function placed(chosen: readonly number[], pins: readonly Pin[]): readonly number[] {
  const there = new Set(chosen);
  const standing = pins.filter(({ token }) => there.has(token));
  const pinned = new Set(standing.map(({ token }) => token));
  const list = chosen.filter((token) => !pinned.has(token));
  for (const { token, position } of standing.toSorted((a, b) => a.position - b.position)) {
    list.splice(Math.min(position, list.length), 0, token);
  }
  return list;
}
