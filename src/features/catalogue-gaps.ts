import { setImmediate } from "node:timers/promises";
import { askedPriceMinor, type Item, isOfferable } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Looks } from "./looks/looks.ts";

/** Items that are in nobody's way and yet of little use: how many, and a few of them. */
export interface Gap {
  readonly count: number;
  readonly examples: readonly string[];
}

export interface CatalogueGaps {
  readonly withoutPicture: Gap;
  readonly withoutPrice: Gap;
  readonly outOfStock: Gap;
}

const EXAMPLES_MOST = 5;
/** Groups looked at before others have their turn. */
const GROUPS_AT_ONCE = 5_000;

type Found = Record<keyof CatalogueGaps, { count: number; readonly examples: string[] }>;

type Has = Pick<Looks, "versionOf">;

const lacks: Readonly<Record<keyof CatalogueGaps, (item: Item, looks: Has) => boolean>> = {
  withoutPicture: ({ images, group }, looks) =>
    images.length === 0 && looks.versionOf(group) === undefined,
  withoutPrice: (item) => askedPriceMinor(item) === undefined,
  outOfStock: (item) => !isOfferable(item),
};
const kinds = Object.keys(lacks) as (keyof CatalogueGaps)[];

/** Of what is not hidden. O(items): some 30 ms for 100 000, in parts. */
export async function catalogueGaps(catalogue: Catalogue, looks: Has): Promise<CatalogueGaps> {
  const found: Found = {
    withoutPicture: { count: 0, examples: [] },
    withoutPrice: { count: 0, examples: [] },
    outOfStock: { count: 0, examples: [] },
  };
  let groups = 0;
  for (const group of catalogue.groups()) {
    groups++;
    if (groups % GROUPS_AT_ONCE === 0) await setImmediate();
    for (const item of catalogue.variants(group)) if (!item.hidden) note(found, item, looks);
  }
  return found;
}

function note(found: Found, item: Item, looks: Has): void {
  for (const kind of kinds) {
    if (!lacks[kind](item, looks)) continue;
    const gap = found[kind];
    gap.count++;
    if (gap.examples.length < EXAMPLES_MOST) gap.examples.push(item.item);
  }
}
