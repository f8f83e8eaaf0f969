import type { Item } from "../collect/item.ts";

/**
 * The catalogue as it is now, in memory: read at every answer so that stock, price and hidden
 * state hold at response time. Loaded from records when a shop is first asked for; kept true by
 * collect's notices.
 */
export interface Catalogue {
  item(id: string): Item | undefined;
  /** Variants of a group, in the order they were first seen; empty when unknown. */
  variants(group: string): readonly Item[];
  /** The variant to show for a group: offerable, cheapest; undefined when none may be offered. */
  offer(group: string): Item | undefined;
  groups(): Iterable<string>;
  readonly items: number;
  readonly size: number;
}

export interface Catalogues {
  of(shop: string): Promise<Catalogue>;
}
