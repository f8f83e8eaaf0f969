import type { Event } from "../../collect/event.ts";
import type { Platform } from "../../platform.ts";
import { drawPlan } from "../../simulate/shop.ts";
import { drawTraits, type Population, shopperIndex } from "../../simulate/shoppers.ts";
import { simulationSizes } from "../../simulate/simulate.ts";
import type { DemoWorld } from "../pages/pictures.ts";
import { DEMO } from "./demo.ts";

/** Known shoppers of the demo whose part can be played, of as many kinds as there are. */
export interface People {
  /** Those who did most of late, each of another kind. */
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

export function openPeople({ storage, clock }: Platform, world: DemoWorld): People {
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
    return oneOfAKind(touched, personaOf);
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

function oneOfAKind(
  touched: ReadonlyMap<string, ReadonlySet<string>>,
  personaOf: (shopper: string) => string | undefined,
): KnownShopper[] {
  const busy = [...touched].sort(
    ([left, many], [right, more]) => more.size - many.size || (left < right ? -1 : 1),
  );
  const kinds = new Set<string>();
  const people: KnownShopper[] = [];
  for (const [shopper, items] of busy) {
    const persona = personaOf(shopper);
    const kind = persona ?? shopper;
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    people.push({ shopper, persona, lately: [...items].reverse() });
    if (people.length === SHOWN) break;
  }
  return people;
}
