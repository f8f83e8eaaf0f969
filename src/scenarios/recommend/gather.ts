import { bagsOf } from "../../algorithms/text.ts";
import type { Item } from "../../collect/item.ts";
import { ITEM } from "../../collect/keep-items.ts";
import { interactionsAsOf, plainInteractions } from "../../features/interactions-as-of.ts";
import {
  bandOf,
  featuresOf,
  type PriceBands,
  type Priced,
  priceBandsOf,
} from "../../features/item-text.ts";
import type { Past } from "../../features/past.ts";
import type { RecommendFrame } from "./learning/frame.ts";

/**
 * What shoppers did with items until a moment, and what the items say of themselves. Events at or
 * after `asOf` are not read. The catalogue keeps no history, so words and prices are those of today.
 * Bands of prices are cut anew, unless those are known that a model was taught by.
 */
const PAGE = 1_000;

export async function gather(
  past: Past,
  asOf: number,
  known?: PriceBands,
): Promise<RecommendFrame> {
  const found = await interactionsAsOf(past, asOf, plainInteractions);
  const said = await saidOfGroups(past);
  const prices = known ?? priceBandsOf(said.values());
  const { bags, features } = bagsOf(
    found.groups.map((group) => {
      const one = said.get(group);
      return one === undefined ? [] : [...one.features, ...bandOf(one, prices)];
    }),
  );
  return {
    shop: found.shop,
    asOf,
    groups: found.groups,
    sequences: found.sequences,
    sessions: found.sessions,
    baskets: found.baskets,
    bags,
    features,
    prices,
  };
}

interface Said extends Priced {
  /** All but the band of its price. */
  readonly features: readonly string[];
}

/** Of each group the variant with the lowest id speaks. */
async function saidOfGroups(past: Past): Promise<ReadonlyMap<string, Said>> {
  const said = new Map<string, Said>();
  let after: string | undefined;
  do {
    const page = await past.records.list<Item>(past.shop, ITEM, { after, limit: PAGE });
    for (const { value } of page.rows) {
      const { group, priceMinor, currency } = value;
      if (said.has(group)) continue;
      said.set(group, { features: featuresOf(value, {}), priceMinor, currency });
    }
    after = page.next;
  } while (after !== undefined);
  return said;
}
