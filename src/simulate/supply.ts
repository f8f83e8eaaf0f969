import type { Random } from "../tensor/random.ts";
import type { Catalogue } from "./catalogue.ts";

/**
 * Stock, and the buyer who keeps it: every night a reorder-point policy on smoothed sales, one
 * order outstanding a variant, a lead time by supplier that is doubled now and then. It is as good
 * as a busy buyer's, so some variants run out. Left out: minimum lots, spoilage, several stores.
 */
export interface Supply {
  /** @shape [variants] @unit units */
  readonly stock: Int32Array;
  readonly onOrder: Int32Array;
  /** @shape [variants] day of arrival */
  readonly dueDay: Int32Array;
  /** Smoothed sales. @shape [variants] @unit units/day */
  readonly pace: Float32Array;
  readonly soldToday: Int32Array;
}

const SMOOTHING = 0.08;
const COVER_DAYS = 20;
const OPENING_DAYS = 20;
const LATE_RATE = 0.12;

/** Lead time a supplier promises. @unit days */
export function leadTimeDays(supplier: number): number {
  return 3 + (supplier % 8);
}

/** Stocks the shelves for about three weeks of the expected pace. @unit pace units/day/variant */
export function openSupply(random: Random, catalogue: Catalogue, pace: number): Supply {
  const { variants } = catalogue;
  const supply: Supply = {
    stock: new Int32Array(variants),
    onOrder: new Int32Array(variants),
    dueDay: new Int32Array(variants),
    pace: new Float32Array(variants),
    soldToday: new Int32Array(variants),
  };
  for (let v = 0; v < variants; v++) {
    const liked = Math.exp(catalogue.quality[catalogue.groupOf[v] ?? 0] ?? 0);
    supply.pace[v] = pace * liked;
    supply.stock[v] = 1 + random.poisson(OPENING_DAYS * pace * liked);
  }
  return supply;
}

/** The night's work: receives what is due, learns the day's sales, orders. O(variants). */
export function restock(supply: Supply, catalogue: Catalogue, random: Random, day: number): void {
  for (let v = 0; v < catalogue.variants; v++) {
    receive(supply, v, day);
    learn(supply, v);
    if ((supply.onOrder[v] ?? 0) > 0) continue;
    order(supply, random, v, day, leadTimeDays(catalogue.brandOf[catalogue.groupOf[v] ?? 0] ?? 0));
  }
}

function receive(supply: Supply, v: number, day: number): void {
  if ((supply.onOrder[v] ?? 0) === 0 || (supply.dueDay[v] ?? 0) > day) return;
  supply.stock[v] = (supply.stock[v] ?? 0) + (supply.onOrder[v] ?? 0);
  supply.onOrder[v] = 0;
}

/** Smooths the day's sales into the pace; a day without stock says nothing about demand. */
function learn(supply: Supply, v: number): void {
  const sold = supply.soldToday[v] ?? 0;
  supply.soldToday[v] = 0;
  if (sold === 0 && (supply.stock[v] ?? 0) === 0) return;
  supply.pace[v] = (1 - SMOOTHING) * (supply.pace[v] ?? 0) + SMOOTHING * sold;
}

function order(supply: Supply, random: Random, v: number, day: number, lead: number): void {
  const pace = supply.pace[v] ?? 0;
  const stock = supply.stock[v] ?? 0;
  // Every other variant is watched a little closer: the buyer has favourites.
  if (stock > pace * (lead + 2) + 0.5 * Math.sqrt(pace * lead) + (v % 2)) return;
  supply.onOrder[v] = Math.ceil(pace * (lead + COVER_DAYS)) + 2;
  supply.dueDay[v] = day + (random.bernoulli(LATE_RATE) ? 2 * lead : lead);
}

/** Sets units aside if all are there. */
export function take(supply: Supply, variant: number, quantity: number): boolean {
  const stock = supply.stock[variant] ?? 0;
  if (stock < quantity) return false;
  supply.stock[variant] = stock - quantity;
  return true;
}

/** Notes units sold, for the buyer to learn from. */
export function noteSale(supply: Supply, variant: number, quantity: number): void {
  supply.soldToday[variant] = (supply.soldToday[variant] ?? 0) + quantity;
}

/** Puts units back: a payment that failed, or a return. */
export function putBack(supply: Supply, variant: number, quantity: number): void {
  supply.stock[variant] = (supply.stock[variant] ?? 0) + quantity;
}

/** Is any variant of the group in stock? */
export function inStock(supply: Supply, catalogue: Catalogue, group: number): boolean {
  const end = catalogue.variantStart[group + 1] ?? 0;
  for (let v = catalogue.variantStart[group] ?? 0; v < end; v++) {
    if ((supply.stock[v] ?? 0) > 0) return true;
  }
  return false;
}
