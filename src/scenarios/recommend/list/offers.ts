import type { Item } from "../../../collect/item.ts";
import type { Catalogue } from "../../../features/catalogue.ts";

/**
 * The variant to show of every group, kept from answer to answer. Idea: hardly any group changes
 * between two answers, so each is looked up anew only after a notice of collect has named it; the
 * notice comes before whoever changed the item is answered, so no answer is older than a change.
 */
export interface Offers {
  /** Undefined when none may be offered now. */
  of(token: number): Item | undefined;
  /** An item has come, changed, gone, or moved to this group from another. */
  changed(item: string, group: string | undefined): void;
}

/** @shape groups [tokens] */
export function keepOffers(
  groups: readonly string[],
  tokenOf: ReadonlyMap<string, number>,
  catalogue: Catalogue,
): Offers {
  const offers = new Array<Item | undefined>(groups.length).fill(undefined);
  const fresh = new Uint8Array(groups.length);
  /** Where an item was last offered: it may have left that group. */
  const offeredAt = new Map<string, number>();
  return {
    of(token) {
      if (fresh[token] === 0) {
        const offer = catalogue.offer(groups[token] as string);
        if (offer !== undefined) offeredAt.set(offer.item, token);
        offers[token] = offer;
        fresh[token] = 1;
      }
      return offers[token];
    },
    changed(item, group) {
      const before = offeredAt.get(item);
      const now = group === undefined ? undefined : tokenOf.get(group);
      if (before !== undefined) fresh[before] = 0;
      if (now !== undefined) fresh[now] = 0;
    },
  };
}
