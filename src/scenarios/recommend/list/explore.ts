import { createTopK, topKInto } from "../../../algorithms/top-k.ts";
import type { Item } from "../../../collect/item.ts";
import type { Random } from "../../../tensor/random.ts";
import { capKey, type Ruling } from "../rules/ruling.ts";

/**
 * Exploration: a small share of places goes to items that are little known, drawn by chance, so
 * that the shop learns what it cannot know otherwise. Idea: the last unpinned places each explore
 * with one fixed probability of at most a half, each from a share of the little-known items of its own; nothing else
 * moves, so the probability of every item at its place is known exactly and is logged with it.
 * Source: the epsilon-greedy policy, kept to slots. Left out: Thompson sampling, which needs a
 * posterior; a bandit comes with the experiments.
 */
export interface ExploreRequest {
  readonly tokens: readonly number[];
  readonly pinned: ReadonlySet<number>;
  readonly mask: Uint8Array;
  /** By number of the candidate, as all here; undefined where masked. */
  readonly items: readonly (Item | undefined)[];
  readonly ruling: Ruling;
  /** Events of each: the fewer, the rather it is tried. @shape [candidates] */
  readonly evidence: Float32Array;
  /** Share of places that explore, on the mean. @unit 0..0.5 */
  readonly share: number;
}

export interface Explored {
  readonly tokens: readonly number[];
  /** Probability of each place's item at its place. @shape [list], (0, 1] */
  readonly propensities: readonly number[];
  /** Tokens that stand there to be tried. */
  readonly tried: ReadonlySet<number>;
}

/** The least known among so many are drawn from. */
const LITTLE_KNOWN = 100;
/** A place that always explored would never show what is ranked there, and could not judge it. */
const CHANCE_MOST = 0.5;

/** O(candidates). The draw depends on the random stream alone. */
export function explore(request: ExploreRequest, random: Random): Explored {
  const { tokens, pinned, share } = request;
  const free = tokens.flatMap((token, place) => (pinned.has(token) ? [] : [place]));
  const slots = free.slice(-Math.ceil((share * tokens.length) / CHANCE_MOST));
  const list = [...tokens];
  const propensities = tokens.map(() => 1);
  const tried = new Set<number>();
  if (share === 0 || slots.length === 0) return { tokens: list, propensities, tried };
  const little = littleKnown(request, slots.length);
  const chance = Math.min(CHANCE_MOST, (share * tokens.length) / slots.length);
  slots.forEach((place, slot) => {
    const own = little.filter((_, at) => at % slots.length === slot);
    if (own.length === 0) return;
    if (!random.bernoulli(chance)) {
      propensities[place] = 1 - chance;
      return;
    }
    const token = random.pick(own);
    list[place] = token;
    propensities[place] = chance / own.length;
    tried.add(token);
  });
  return { tokens: list, propensities, tried };
}

/** May be shown, are not in the list, cannot break a cap; the least known first. */
function littleKnown(request: ExploreRequest, slots: number): readonly number[] {
  const { tokens, mask, evidence, ruling, items } = request;
  const closed = mask.slice();
  for (const token of tokens) closed[token] = 1;
  const top = createTopK(Math.min(LITTLE_KNOWN, evidence.length));
  const found = topKInto(
    top,
    evidence.map((events) => -events),
    closed,
  );
  const room = ruling.caps.map((cap) => {
    const counts = new Map<string, number>();
    for (const token of tokens) {
      const key = keyOf(items, token, cap.by);
      if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return { by: cap.by, counts, most: cap.most - slots };
  });
  return [...top.indexes.subarray(0, found)].filter((token) =>
    room.every(({ by, counts, most }) => {
      const key = keyOf(items, token, by);
      return key === undefined || (counts.get(key) ?? 0) <= most;
    }),
  );
}

function keyOf(
  items: readonly (Item | undefined)[],
  token: number,
  by: "brand" | "category" | "seller",
): string | undefined {
  const item = items[token];
  return item && capKey(item, by);
}
