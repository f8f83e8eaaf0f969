import type { EventInput } from "../collect/event.ts";
import type { ItemInput } from "../collect/item.ts";
import type { EpochMs } from "../schema.ts";
import { doors } from "./doors.ts";
import { variantIndex } from "./ids.ts";
import { itemOf } from "./item-text.ts";
import { draw } from "./picture.ts";
import { DAY_MS } from "./rhythm.ts";
import { renewShelf } from "./shelf.ts";
import { type Actor, drawPlan, openShop, type Shop, type Size } from "./shop.ts";
import { inStock, restock } from "./supply.ts";
import { type Truth, tellTruth } from "./truth.ts";

/**
 * A shop that does not exist, with everything a real one has and one thing it has not: its truth
 * is known. See README.md for the world; choice.ts for its laws.
 */
export interface Simulation {
  readonly startAt: EpochMs;
  readonly endAt: EpochMs;
  /** The catalogue; stock and price as of the moment the events have reached. */
  items(): Generator<ItemInput, void>;
  /** All events from `startAt` to before `endAt` in the order of time, from the start each call. */
  events(): Generator<EventInput[], void>;
  truth(): Truth;
  /** The picture of an item as SVG. */
  pictures(item: string): string;
}

export interface SimulationOptions {
  readonly seed: number;
  readonly size: SizeName | Size;
  /** The present of the simulated shop: no event is at or after it. */
  readonly endAt: EpochMs;
  /** Length of its past. @unit days */
  readonly days: number;
  /** Producers of events beside the shop's own. */
  readonly actors?: readonly Actor[];
}

export type SizeName = "small" | "medium" | "large";

/** Sizes with a name, for a past of 90 days. */
export const simulationSizes: Readonly<Record<SizeName, Size>> = {
  /** About 1,500 items and 150 k events: the demo. */
  small: { groups: 600, shoppers: 1500, visitsPerDay: 0.14 },
  /** About 25 k items and 3 M events. */
  medium: { groups: 10_000, shoppers: 50_000, visitsPerDay: 0.06 },
  /** About 100 k items and 50 M events. */
  large: { groups: 40_000, shoppers: 1_000_000, visitsPerDay: 0.042 },
};

const BATCH = 500;

/** Nights: deliveries come in, orders go out, the lists are filled anew, the books are closed. */
const nights: Actor = {
  name: "nights",
  *start(shop, random) {
    for (let day = 0; day < shop.days; day++) {
      restock(shop.supply, shop.catalogue, random, day);
      renewShelf(shop.shelf, shop.catalogue, day, (g) => inStock(shop.supply, shop.catalogue, g));
      yield DAY_MS - 1;
      closeBooks(shop, day);
      yield 1;
    }
  },
};

/** The shop's own producers, in the order in which they act within one instant. */
export const shopActors: readonly Actor[] = [nights, doors];

export function openSimulation(options: SimulationOptions): Simulation {
  const size = typeof options.size === "string" ? simulationSizes[options.size] : options.size;
  const plan = drawPlan(options.seed, size, options);
  const actors = [...shopActors, ...(options.actors ?? [])];
  let shop = openShop(plan);
  return {
    startAt: plan.startAt as EpochMs,
    endAt: plan.endAt as EpochMs,
    *items() {
      const { supply } = shop;
      const day = Math.min(plan.days - 1, Math.floor((shop.timeline.now - plan.startAt) / DAY_MS));
      for (let v = 0; v < plan.catalogue.variants; v++) yield itemOf(plan, supply, v, day);
    },
    *events() {
      if (shop.timeline.now > plan.startAt) shop = openShop(plan);
      for (const actor of actors) {
        const random = plan.random.split(`actor:${actor.name}`);
        shop.timeline.schedule(plan.startAt, actor.start(shop, random));
      }
      yield* shop.timeline.run(plan.endAt, BATCH);
    },
    truth: () => tellTruth(plan, () => shop.ledger),
    pictures: (item) => draw(plan, variantIndex(plan.catalogue, item)),
  };
}

function closeBooks(shop: Shop, day: number): void {
  const from = day * shop.catalogue.variants;
  for (let v = 0; v < shop.catalogue.variants; v++) {
    shop.ledger.closing[from + v] = Math.min(65_535, shop.supply.stock[v] ?? 0);
  }
}
