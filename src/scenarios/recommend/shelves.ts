import type { Clock } from "../../clock.ts";
import type { Item } from "../../collect/item.ts";
import type { Config } from "../../config.ts";
import { type Lately, openLately } from "../../evaluate/lately.ts";
import type { Catalogue, Catalogues } from "../../features/catalogue.ts";
import type { ShopsLooks } from "../../features/looks/looks.ts";
import type { ModelRegistry } from "../../model/registry.ts";
import { type LoadedVersion, loadServing } from "../../model/serving.ts";
import { createRandom } from "../../tensor/random.ts";
import type { RecommendModel } from "./fit.ts";
import { seedOf } from "./list/seed.ts";
import { releaseVoices, restockShelf, type Shelf, stockShelf } from "./list/shelf.ts";

/**
 * The shelves of each shop in memory: that of the version in service and, while another is tried out,
 * that one's. They are exchanged whole when the models or the groups change.
 */
export interface Shelves {
  /** @param who decides whether the version on trial answers: the same for the same shopper */
  of(shop: string, who: string): Promise<Stocked>;
  /** Items came, changed or went; a group that the shelf lacks makes it due for stocking. */
  noticed(shop: string, items: readonly Item[], removed: readonly string[]): void;
  /** Somebody was erased: what was made of their history is let go of. */
  forget(shop: string): void;
  /** How long groups that the shelf lacked took of late until they stood on it. */
  newcomers(shop: string): Lately | null;
  /** Loads what serves now; what served before is released when nobody reads it. */
  reload(shop: string): Promise<void>;
  close(): Promise<void>;
}

export interface Stocked {
  readonly shelf: Shelf;
  readonly version: string | null;
}

interface Loaded {
  readonly service: Stocked;
  readonly canary: { readonly stocked: Stocked; readonly share: number } | undefined;
}

interface Place {
  readonly loaded: Promise<Loaded>;
  /** Number of the load that brought its models. */
  readonly load: number;
  /** Once they are there. */
  shelves: readonly Shelf[];
  /** When the shelves were stocked. @unit epoch ms */
  readonly at: number;
  /** Since when the catalogue has a group that is not on them. @unit epoch ms */
  dueSince: number | undefined;
}

interface Parts {
  readonly config: Pick<Config, "compute">;
  readonly clock: Clock;
  readonly catalogues: Catalogues;
  readonly looks: ShopsLooks;
  readonly models: ModelRegistry;
}

/** While a large catalogue is sent in, the shelves are stocked no more often than this. */
const STOCKING_PAUSE_MS = 1_000;

export function openShelves(parts: Parts): Shelves {
  const { clock, catalogues } = parts;
  const places = new Map<string, Place>();
  /** Loads begun: of two, the later one has read the later state of the registry. */
  let loads = 0;
  const newcomers = openLately();
  const put = (shop: string, load: number, loaded: Promise<Loaded>): Promise<Loaded> => {
    const place: Place = { loaded, load, shelves: [], at: clock(), dueSince: undefined };
    places.set(shop, place);
    loaded.then(
      (there) => {
        place.shelves = shelvesOf(there);
      },
      // What failed is not kept: the next request tries again, and this one is told.
      () => {
        if (places.get(shop) === place) places.delete(shop);
      },
    );
    return loaded;
  };
  const current = (shop: string): Promise<Loaded> => {
    const place = places.get(shop);
    if (place === undefined) return put(shop, ++loads, load(parts, shop));
    const begun = clock();
    const { dueSince } = place;
    if (dueSince === undefined || begun - place.at < STOCKING_PAUSE_MS) return place.loaded;
    const stocked = put(shop, place.load, restocked(place.loaded, catalogues.of(shop)));
    // Waiting for somebody to ask is nobody's delay; the pause before that is ours.
    const pausedMs = Math.max(0, place.at + STOCKING_PAUSE_MS - dueSince);
    stocked.then(
      () => newcomers.add(shop, pausedMs + clock() - begun),
      () => undefined, // whoever asked is told
    );
    return stocked;
  };
  return {
    of: async (shop, who) => chosenFor(who, await current(shop)),
    noticed(shop, items, removed) {
      const place = places.get(shop);
      for (const { offers, tokenOf } of place?.shelves ?? []) {
        for (const id of removed) offers.changed(id, undefined);
        for (const { item, group } of items) {
          offers.changed(item, group);
          if (place !== undefined && !tokenOf.has(group)) place.dueSince ??= clock();
        }
      }
    },
    forget(shop) {
      const voices = places.get(shop)?.shelves.flatMap((shelf) => shelf.voices) ?? [];
      for (const { source } of voices) source.forget?.();
    },
    newcomers: (shop) => newcomers.of(shop),
    async reload(shop) {
      // Until the new shelves are ready, requests are answered from the old ones.
      const number = ++loads;
      const loaded = await load(parts, shop);
      const now = places.get(shop);
      if (now !== undefined && now.load > number) {
        await release(shelvesOf(loaded));
        await now.loaded;
        return;
      }
      await put(shop, number, Promise.resolve(loaded));
      await release(now?.shelves ?? []);
    },
    async close() {
      for (const { shelves } of places.values()) await release(shelves);
    },
  };
}

async function load({ config, models, catalogues, looks }: Parts, shop: string): Promise<Loaded> {
  const { inService, canary } = await loadServing(models, shop, "recommend");
  const stock = async (loaded: LoadedVersion | undefined): Promise<Stocked> => {
    const model = (loaded?.model ?? null) as RecommendModel | null;
    // A list does not wait for the pictures of a large shop: they count as soon as they are read.
    const shelf = stockShelf(
      model,
      await catalogues.of(shop),
      looks.soon(shop),
      config.compute.provider,
    );
    return { shelf, version: loaded?.version.version ?? null };
  };
  return {
    service: await stock(inService),
    canary: canary && { stocked: await stock(canary), share: canary.share },
  };
}

async function restocked(loaded: Promise<Loaded>, catalogue: Promise<Catalogue>): Promise<Loaded> {
  const [{ service, canary }, groups] = await Promise.all([loaded, catalogue]);
  const again = ({ shelf, version }: Stocked): Stocked => ({
    shelf: restockShelf(shelf, groups),
    version,
  });
  return {
    service: again(service),
    canary: canary && { ...canary, stocked: again(canary.stocked) },
  };
}

/** Who is tried upon is drawn once for each version: the share of a later one falls on others. */
function chosenFor(who: string, { service, canary }: Loaded): Stocked {
  if (canary === undefined) return service;
  const drawn = createRandom(seedOf(`${canary.stocked.version} ${who}`)).uniform();
  return drawn < canary.share ? canary.stocked : service;
}

const shelvesOf = ({ service, canary }: Loaded): readonly Shelf[] =>
  canary === undefined ? [service.shelf] : [service.shelf, canary.stocked.shelf];

async function release(shelves: readonly Shelf[]): Promise<void> {
  for (const { voices } of shelves) await releaseVoices(voices);
}
