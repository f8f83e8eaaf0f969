import { bagsOf } from "../../algorithms/text.ts";
import type { Item } from "../../collect/item.ts";
import { ITEM } from "../../collect/keep-items.ts";
import { interactionsAsOf, plainInteractions } from "../../features/interactions-as-of.ts";
import { featuresOf } from "../../features/item-text.ts";
import type { Past } from "../../features/past.ts";
import type { RecommendFrame } from "./learning/frame.ts";

/**
 * What shoppers did with items until a moment, and what the items say of themselves. Events at or
 * after `asOf` are not read. The catalogue keeps no history, so the words are those of today.
 */
const PAGE = 1_000;

export async function gather(past: Past, asOf: number): Promise<RecommendFrame> {
  const found = await interactionsAsOf(past, asOf, plainInteractions);
  const words = await wordsOfGroups(past);
  const { bags, features } = bagsOf(found.groups.map((group) => words.get(group) ?? []));
  return {
    shop: found.shop,
    asOf,
    groups: found.groups,
    sequences: found.sequences,
    sessions: found.sessions,
    baskets: found.baskets,
    bags,
    features,
  };
}

/** Of each group the variant with the lowest id speaks. */
async function wordsOfGroups(past: Past): Promise<ReadonlyMap<string, readonly string[]>> {
  const words = new Map<string, readonly string[]>();
  let after: string | undefined;
  do {
    const page = await past.records.list<Item>(past.shop, ITEM, { after, limit: PAGE });
    for (const { value } of page.rows) {
      if (!words.has(value.group)) words.set(value.group, featuresOf(value));
    }
    after = page.next;
  } while (after !== undefined);
  return words;
}
