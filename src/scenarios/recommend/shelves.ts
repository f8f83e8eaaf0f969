import type { Clock } from "../../clock.ts";
import type { Item } from "../../collect/item.ts";
import type { Catalogues } from "../../features/catalogue.ts";
import type { ModelRegistry } from "../../model/registry.ts";
import type { RecommendModel } from "./fit.ts";
import { releaseShelf, restockShelf, type Shelf, stockShelf } from "./list/shelf.ts";

/** The shelf of each shop in memory, exchanged whole when its model or its groups change. */
export interface Shelves {
  of(shop: string): Promise<Stocked>;
  /** Items came, changed or went; a group that the shelf lacks makes it due for stocking. */
  noticed(shop: string, items: readonly Item[], removed: readonly string[]): void;
  /** Loads the version that is in service now; the one before is released when nobody reads it. */
  reload(shop: string): Promise<Stocked>;
  close(): Promise<void>;
}

export interface Stocked {
  readonly shelf: Shelf;
  readonly version: string | null;
}

interface Place {
  readonly stocked: Promise<Stocked>;
  /** Number of the load that brought its model. */
  readonly load: number;
  /** Once it is there. */
  shelf: Shelf | undefined;
  /** When the shelf was stocked. @unit epoch ms */
  readonly at: number;
  /** The catalogue has groups that are not on it. */
  due: boolean;
}

interface Parts {
  readonly clock: Clock;
  readonly catalogues: Catalogues;
  readonly models: ModelRegistry;
}

/** While a large catalogue is sent in, the shelf is stocked no more often than this. */
const STOCKING_PAUSE_MS = 1_000;

async function retire({ shelf }: Place): Promise<void> {
  if (shelf !== undefined) await releaseShelf(shelf);
}

export function openShelves({ clock, catalogues, models }: Parts): Shelves {
  const places = new Map<string, Place>();
  /** Loads begun: of two, the later one has read the later state of the registry. */
  let loads = 0;
  const load = async (shop: string): Promise<Stocked> => {
    const version = await models.inService(shop, "recommend");
    const model = version && ((await models.load(shop, version.version)) as RecommendModel);
    const catalogue = await catalogues.of(shop);
    return { shelf: stockShelf(model ?? null, catalogue), version: version?.version ?? null };
  };
  const put = (shop: string, load: number, stocked: Promise<Stocked>): Promise<Stocked> => {
    const place: Place = { stocked, load, shelf: undefined, at: clock(), due: false };
    places.set(shop, place);
    stocked.then(
      ({ shelf }) => {
        place.shelf = shelf;
      },
      // What failed is not kept: the next request tries again, and this one is told.
      () => {
        if (places.get(shop) === place) places.delete(shop);
      },
    );
    return stocked;
  };
  const restock = async (shop: string, { stocked }: Place): Promise<Stocked> => {
    const { shelf, version } = await stocked;
    return { shelf: restockShelf(shelf, await catalogues.of(shop)), version };
  };
  return {
    of(shop) {
      const place = places.get(shop);
      if (place === undefined) return put(shop, ++loads, load(shop));
      const waited = clock() - place.at >= STOCKING_PAUSE_MS;
      return place.due && waited ? put(shop, place.load, restock(shop, place)) : place.stocked;
    },
    noticed(shop, items, removed) {
      const place = places.get(shop);
      if (place?.shelf === undefined) return;
      const { offers, tokenOf } = place.shelf;
      for (const id of removed) offers.changed(id, undefined);
      for (const { item, group } of items) {
        offers.changed(item, group);
        place.due ||= !tokenOf.has(group);
      }
    },
    async reload(shop) {
      // Until the new shelf is ready, requests are answered from the old one.
      const number = ++loads;
      const stocked = await load(shop);
      const now = places.get(shop);
      if (now !== undefined && now.load > number) {
        await releaseShelf(stocked.shelf);
        return now.stocked;
      }
      await put(shop, number, Promise.resolve(stocked));
      if (now !== undefined) await retire(now);
      return stocked;
    },
    async close() {
      await Promise.all([...places.values()].map(retire));
    },
  };
}
