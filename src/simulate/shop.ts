import { assert } from "../assert.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { type Catalogue, drawCatalogue } from "./catalogue.ts";
import { drawPeople, type People } from "./people.ts";
import { drawPrices, type Prices } from "./prices.ts";
import { DAY_MS } from "./rhythm.ts";
import { openShelf, type Shelf } from "./shelf.ts";
import { openPopulation, type Population } from "./shoppers.ts";
import { openSupply, type Supply } from "./supply.ts";
import { openTimeline, type Process, type Timeline } from "./timeline.ts";

/** How big a world is. */
export interface Size {
  readonly groups: number;
  readonly shoppers: number;
  /** Visits an active shopper makes on an ordinary day, on average. */
  readonly visitsPerDay: number;
}

/** What is fixed before the doors open: drawn once, the same for every run of the events. */
export interface Plan {
  readonly size: Size;
  readonly startAt: number;
  readonly endAt: number;
  readonly days: number;
  readonly random: Random;
  readonly population: Population;
  readonly catalogue: Catalogue;
  readonly prices: Prices;
}

/** The shop while time passes: the plan, and everything that changes. */
export interface Shop extends Plan {
  readonly timeline: Timeline;
  readonly people: People;
  readonly shelf: Shelf;
  readonly supply: Supply;
  readonly ledger: Ledger;
}

/** What a bookkeeper who knew the truth would write down. @shape each [days, variants] */
export interface Ledger {
  /** Expected units bought, given the views of the day, as if stock never ran out. */
  readonly demand: Float32Array;
  /** Expected units lost because the variant was out of stock. */
  readonly lost: Float32Array;
  /** Units on hand at the end of the day, at most 65,535. */
  readonly closing: Uint16Array;
}

/**
 * A producer of events. The shop's own are in simulate.ts; rings of fraudsters, couriers, support
 * chats join by being listed beside them. Each draws from a stream of its own name, so that a new
 * one moves the others only through the world they share (stock, heat, carts).
 */
export interface Actor {
  readonly name: string;
  /** The process that starts with the shop; it may schedule more of them. */
  start(shop: Shop, random: Random): Process;
}

export function drawPlan(seed: number, size: Size, window: { endAt: number; days: number }): Plan {
  const { endAt, days } = window;
  assert(Number.isInteger(days) && days > 0, "days is a positive whole number");
  const random = createRandom(seed);
  const startAt = endAt - days * DAY_MS;
  assert(startAt >= 0, "the window begins after 1970");
  const catalogue = drawCatalogue(random.split("catalogue"), size.groups, days);
  const prices = drawPrices(random.split("prices"), catalogue, startAt, days);
  const population = openPopulation(random.split("shoppers"));
  return { size, startAt, endAt, days, random, population, catalogue, prices };
}

/** Share of visits that end with units sold, times units: what the buyer expects at the start. */
const UNITS_PER_VISIT = 0.14;

/** Opens the shop of a plan at its start, with nothing happened yet. */
export function openShop(plan: Plan): Shop {
  const { size, catalogue, population, random, startAt, endAt, days } = plan;
  const visits = 0.7 * size.shoppers * size.visitsPerDay;
  const pace = (visits * UNITS_PER_VISIT) / catalogue.variants;
  const cells = days * catalogue.variants;
  return {
    ...plan,
    timeline: openTimeline(startAt),
    people: drawPeople(population, size.shoppers, {
      startAt,
      endAt,
      visitsPerDay: size.visitsPerDay,
    }),
    shelf: openShelf(catalogue),
    supply: openSupply(random.split("opening stock"), catalogue, pace),
    ledger: {
      demand: new Float32Array(cells),
      lost: new Float32Array(cells),
      closing: new Uint16Array(cells),
    },
  };
}

/** The day of the simulation that a moment falls in, 0 .. days - 1. */
export function dayOf(plan: Pick<Plan, "startAt">, at: number): number {
  return Math.floor((at - plan.startAt) / DAY_MS);
}
