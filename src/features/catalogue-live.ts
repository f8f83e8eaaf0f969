import type { CollectListener } from "../collect/collect.ts";
import { askedPriceMinor, type Item, isOfferable } from "../collect/item.ts";
import { ITEM } from "../collect/keep-items.ts";
import type { Records } from "../storage/records.ts";
import type { Catalogue, Catalogues } from "./catalogue.ts";

/**
 * Catalogues in memory. A shop's items are read once, page by page; what changes while they are
 * being read is kept aside and laid over them at the end, so no notice is lost. About 1 kB an item.
 */
export interface LiveCatalogues extends Catalogues {
  readonly listener: CollectListener;
}

const PAGE = 1_000;

export function openCatalogues({ records }: { readonly records: Records }): LiveCatalogues {
  const loaded = new Map<string, LiveCatalogue>();
  const loading = new Map<string, Loading>();
  const load = async (shop: string, changes: readonly Change[]): Promise<LiveCatalogue> => {
    const catalogue = new LiveCatalogue();
    let after: string | undefined;
    do {
      const page = await records.list<Item>(shop, ITEM, { limit: PAGE, after });
      for (const { value } of page.rows) catalogue.put(value);
      after = page.next;
    } while (after !== undefined);
    for (const change of changes) change(catalogue);
    loaded.set(shop, catalogue);
    return catalogue;
  };
  const begin = (shop: string): Promise<LiveCatalogue> => {
    const changes: Change[] = [];
    const catalogue = load(shop, changes).finally(() => loading.delete(shop));
    loading.set(shop, { changes, catalogue });
    return catalogue;
  };
  return {
    of: async (shop) => loaded.get(shop) ?? (await (loading.get(shop)?.catalogue ?? begin(shop))),
    listener: {
      items(shop, items, removed) {
        const change = (catalogue: LiveCatalogue): void => {
          for (const item of items) catalogue.put(item);
          for (const id of removed) catalogue.remove(id);
        };
        const there = loaded.get(shop);
        if (there === undefined) loading.get(shop)?.changes.push(change);
        else change(there);
      },
    },
  };
}

type Change = (catalogue: LiveCatalogue) => void;

interface Loading {
  /** What happened while the records were being read, in order. */
  readonly changes: Change[];
  readonly catalogue: Promise<LiveCatalogue>;
}

class LiveCatalogue implements Catalogue {
  readonly #items = new Map<string, Item>();
  readonly #groups = new Map<string, Map<string, Item>>();

  item(id: string): Item | undefined {
    return this.#items.get(id);
  }

  variants(group: string): readonly Item[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  offer(group: string): Item | undefined {
    let best: Item | undefined;
    for (const item of this.#groups.get(group)?.values() ?? []) {
      if (isOfferable(item) && (best === undefined || isCheaper(item, best))) best = item;
    }
    return best;
  }

  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  get items(): number {
    return this.#items.size;
  }

  get size(): number {
    return this.#groups.size;
  }

  put(item: Item): void {
    const before = this.#items.get(item.item);
    if (before !== undefined && before.group !== item.group) this.remove(item.item);
    this.#items.set(item.item, item);
    const group = this.#groups.get(item.group);
    if (group === undefined) this.#groups.set(item.group, new Map([[item.item, item]]));
    else group.set(item.item, item);
  }

  remove(id: string): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    this.#items.delete(id);
    const group = this.#groups.get(item.group);
    group?.delete(id);
    if (group?.size === 0) this.#groups.delete(item.group);
  }
}

/** An unknown price is dearer than any. */
function isCheaper(item: Item, other: Item): boolean {
  const dear = Number.POSITIVE_INFINITY;
  return (askedPriceMinor(item) ?? dear) < (askedPriceMinor(other) ?? dear);
}
