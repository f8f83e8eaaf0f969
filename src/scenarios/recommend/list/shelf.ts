import { createTopK, nothingMasked, topKInto } from "../../../algorithms/top-k.ts";
import { askedPriceMinor, type Item } from "../../../collect/item.ts";
import type { Catalogue } from "../../../features/catalogue.ts";
import { featuresOf, type PriceBands } from "../../../features/item-text.ts";
import type { Looks } from "../../../features/looks/looks.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import type { RecommendModel } from "../fit.ts";
import type { Speaker } from "../learning/blending.ts";
import { readyVoices } from "../learning/sources.ts";
import { type Lookalikes, openLookalikes } from "./lookalikes.ts";
import { indexNewcomers, learnedWeights, type Newcomers } from "./newcomers.ts";
import { keepOffers, type Offers } from "./offers.ts";

/**
 * All that may be offered, numbered: the groups of the model first, under its own tokens, then
 * those that came later. Made when a model is put in service and when groups come that it does not
 * know; what changes from answer to answer (stock, price, hidden) is not here.
 */
export interface Shelf {
  readonly model: RecommendModel | null;
  readonly voices: readonly Speaker[];
  /** Token to group. */
  readonly groups: readonly string[];
  readonly tokenOf: ReadonlyMap<string, number>;
  /** Tokens below this are the model's. */
  readonly known: number;
  readonly newcomers: Newcomers;
  /** Pictures of the shop, as they are now. */
  readonly looks: Looks;
  /** Newcomers by their pictures. */
  readonly lookalikes: Lookalikes;
  /** Events of each group. @shape [groups] */
  readonly evidence: Float32Array;
  /** The groups with most events, and with fewest, each in that order. */
  readonly mostKnown: Int32Array;
  readonly leastKnown: Int32Array;
  /** What may be offered of each group; true to the catalogue while it is told of changes. */
  readonly offers: Offers;
  /** False in a shop that states no prices at all. */
  readonly priced: boolean;
  /** Features of a group, made when first asked for. */
  words(group: string, item: Item | undefined): ReadonlySet<string>;
}

/** Most and least known groups that are named. */
const MOST_KNOWN = 1_000;
const LEAST_KNOWN = 300;

/** Words of at most this many groups are kept. */
const WORDS_KEPT = 50_000;

/** O(groups + words of the newcomers). */
export const stockShelf = (
  model: RecommendModel | null,
  catalogue: Catalogue,
  looks: Looks,
  provider: Provider,
): Shelf => stocked(model, model === null ? [] : voicesOf(model, provider), catalogue, looks);

/** The same model beside a catalogue with other groups; the voices stay who they are. */
export const restockShelf = ({ model, voices, looks }: Shelf, catalogue: Catalogue): Shelf =>
  stocked(model, voices, catalogue, looks);

function stocked(
  model: RecommendModel | null,
  voices: readonly Speaker[],
  catalogue: Catalogue,
  looks: Looks,
): Shelf {
  const groups = [...(model?.groups ?? [])];
  const known = groups.length;
  const tokenOf = new Map(groups.map((group, token) => [group, token]));
  const newItems: (Item | undefined)[] = [];
  let priced = false;
  for (const group of catalogue.groups()) {
    const [item] = catalogue.variants(group);
    priced ||= item !== undefined && askedPriceMinor(item) !== undefined;
    if (tokenOf.has(group)) continue;
    tokenOf.set(group, groups.length);
    groups.push(group);
    newItems.push(item);
  }
  const prices = model?.prices ?? {};
  const newcomers = indexNewcomers(
    newItems.map((item) => (item === undefined ? [] : featuresOf(item, prices))),
    newItems.map((item) => item?.createdAt ?? 0),
    model?.telling && learnedWeights(model.features, model.telling),
  );
  const evidence = new Float32Array(groups.length);
  if (model !== null) evidence.set(model.evidence);
  return {
    model,
    voices,
    groups,
    tokenOf,
    known,
    newcomers,
    looks,
    lookalikes: openLookalikes(looks, groups.slice(known), newcomers.freshest),
    evidence,
    mostKnown: bestOf(evidence, MOST_KNOWN),
    leastKnown: bestOf(
      evidence.map((events) => -events),
      LEAST_KNOWN,
    ),
    offers: keepOffers(groups, tokenOf, catalogue),
    priced,
    words: wordsKept(prices),
  };
}

/** Numbers of the highest scores, best first. O(n). */
function bestOf(scores: Float32Array, most: number): Int32Array {
  const top = createTopK(Math.min(most, scores.length));
  return top.indexes.subarray(0, topKInto(top, scores, nothingMasked));
}

/** The sources of a model, ready to be asked. */
export const voicesOf = (model: RecommendModel, provider: Provider): readonly Speaker[] =>
  readyVoices(model.sources, provider);

/** Done when the last of them has answered what it was asked. */
export async function releaseVoices(voices: readonly Speaker[]): Promise<void> {
  for (const { source } of voices) await source.release?.();
}

function wordsKept(prices: PriceBands): Shelf["words"] {
  const kept = new Map<string, { item: Item | undefined; words: ReadonlySet<string> }>();
  return (group, item) => {
    const found = kept.get(group);
    if (found !== undefined && found.item === item) return found.words;
    const words = new Set(item === undefined ? [] : featuresOf(item, prices));
    if (kept.size >= WORDS_KEPT) kept.clear();
    kept.set(group, { item, words });
    return words;
  };
}
