import type { Event } from "../../collect/event.ts";
import type { Platform } from "../../platform.ts";
import { drawPlan } from "../../simulate/shop.ts";
import { drawTraits, type Population, shopperIndex } from "../../simulate/shoppers.ts";
import { simulationSizes } from "../../simulate/simulate.ts";
import { leafIndex, leaves, personas } from "../../simulate/vocabulary/leaves.ts";
import { DEMO } from "../pages/demo.ts";
import type { DemoWorld } from "../pages/pictures.ts";

/** Known shoppers of the demo whose part can be played, of as many kinds as there are. */
export interface People {
  /** Those who did most that is typical of their kind of late, each of another kind. */
  busiest(): Promise<readonly KnownShopper[]>;
  /** What the simulated world says of a shopper; undefined for one that is not of it. */
  personaOf(shopper: string): string | undefined;
}

export interface KnownShopper {
  readonly shopper: string;
  readonly persona: string | undefined;
  /** Items they dealt with, the latest first. */
  readonly lately: readonly string[];
}

const SHOWN = 8;
/** Newest rows of the log in which they are looked for. */
const ROWS_LOOKED_AT = 12_000;
const BATCH = 1_000;
/** Who they are changes slowly; a page must not read the log each time. */
const FRESH_MS = 60_000;
const DAY_MS = 86_400_000;

export function openPeople({ storage, clock, catalogues }: Platform, world: DemoWorld): People {
  let population: Population | undefined;
  let found: { readonly at: number; readonly people: Promise<readonly KnownShopper[]> } | undefined;
  const personaOf = (shopper: string): string | undefined => {
    const index = shopperIndex(shopper);
    const size = simulationSizes[world.size];
    if (index < 0 || index >= size.shoppers) return undefined;
    const window = { endAt: world.days * DAY_MS, days: world.days };
    population ??= drawPlan(world.seed, size, window).population;
    return drawTraits(population, index).persona;
  };
  const look = async (): Promise<readonly KnownShopper[]> => {
    const touched = new Map<string, Set<string>>();
    const after = Math.max(0, (await storage.log.head(DEMO)) - ROWS_LOOKED_AT);
    for await (const rows of storage.log.read(DEMO, { after, batch: BATCH })) {
      for (const row of rows) note(touched, JSON.parse(row.body) as Event);
    }
    const catalogue = await catalogues.of(DEMO);
    return oneOfAKind(touched, personaOf, (item, persona) => {
      const drawn = drawnTo.get(persona ?? "");
      return catalogue.item(item)?.categories.some((name) => drawn?.has(name)) === true;
    });
  };
  return {
    personaOf,
    busiest() {
      if (found === undefined || clock() - found.at > FRESH_MS) {
        found = { at: clock(), people: look() };
        found.people.catch(() => {
          found = undefined;
        });
      }
      return found.people;
    },
  };
}

/** What was only shown to somebody says nothing of them. */
function note(touched: Map<string, Set<string>>, { shopper, items, name }: Event): void {
  if (shopper === undefined || items.length === 0) return;
  if (name === "exposure" || name === "list_view") return;
  const seen = touched.get(shopper) ?? new Set();
  touched.set(shopper, seen);
  for (const { item } of items) {
    seen.delete(item);
    seen.add(item);
  }
}

/** @param isTypical whether an item is what that kind of shopper is drawn to */
function oneOfAKind(
  touched: ReadonlyMap<string, ReadonlySet<string>>,
  personaOf: (shopper: string) => string | undefined,
  isTypical: (item: string, persona: string | undefined) => boolean,
): KnownShopper[] {
  const people = [...touched].map(([shopper, items]) => {
    const persona = personaOf(shopper);
    const typical = [...items].filter((item) => isTypical(item, persona)).length;
    const lately = [...items].reverse();
    return { shopper, persona, lately, worth: typical ** 2 / items.size };
  });
  people.sort((a, b) => b.worth - a.worth || (a.shopper < b.shopper ? -1 : 1));
  const kinds = new Set<string>();
  return people
    .filter(({ shopper, persona = shopper }) => !kinds.has(persona) && kinds.add(persona))
    .slice(0, SHOWN);
}

/** Categories that each kind of shopper is drawn to. */
const drawnTo: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  personas.map(({ name, drawnTo: ids }) => [
    name,
    new Set(ids.flatMap((id) => leaves[leafIndex(id)]?.name[0] ?? [])),
  ]),
);
