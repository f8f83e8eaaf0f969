import type { Random } from "../tensor/random.ts";
import { type Catalogue, NEIGHBOURS } from "./catalogue.ts";

/**
 * The shop's old way of filling a list, before any recommender: popularity with a half-life of
 * about a week, drawn without replacement in proportion to its weight (Plackett-Luce), so that
 * every place has a known propensity: the chance of that group at that place, given the places
 * above it. Out-of-stock groups sink, they do not vanish. Weights are renewed each night.
 */
export interface Shelf {
  /** Views and purchases, decayed. @shape [groups] */
  readonly heat: Float64Array;
  /** Interactions since last night. @shape [groups] */
  readonly fresh: Float64Array;
  /** Weight tonight. @shape [groups] */
  readonly weight: Float64Array;
  /** Running sums of `weight`, with a leading 0. @shape [groups + 1] */
  readonly running: Float64Array;
  /** Round in which a group was last placed: tells repeats within a list. @shape [groups] */
  readonly placed: Int32Array;
  round: number;
  /** Groups launched in the last two weeks. */
  recent: readonly number[];
}

/** One place of a list: the group, and the propensity with which it stands there. */
export interface Place {
  readonly group: number;
  readonly propensity: number;
}

const DECAY = 0.91;
const NEW_DAYS = 14;
const TRIES = 12;

export function openShelf(catalogue: Catalogue): Shelf {
  const { groups } = catalogue;
  const heat = new Float64Array(groups);
  for (let g = 0; g < groups; g++) heat[g] = Math.exp(1.2 * (catalogue.quality[g] ?? 0));
  return {
    heat,
    fresh: new Float64Array(groups),
    weight: new Float64Array(groups),
    running: new Float64Array(groups + 1),
    placed: new Int32Array(groups),
    round: 0,
    recent: [],
  };
}

/**
 * Renews the weights for a day: (0.15 + heat)^0.75, a tenth when nothing is in stock, nothing
 * before the launch. O(groups).
 */
export function renewShelf(
  shelf: Shelf,
  catalogue: Catalogue,
  day: number,
  stocked: (group: number) => boolean,
): void {
  const { launchDay } = catalogue;
  cool(shelf, launchDay, day);
  const recent: number[] = [];
  for (let g = 0; g < launchDay.length; g++) {
    const age = day - (launchDay[g] ?? -1);
    const weight = age < 0 ? 0 : (0.15 + (shelf.heat[g] ?? 0)) ** 0.75 * (stocked(g) ? 1 : 0.1);
    shelf.weight[g] = weight;
    shelf.running[g + 1] = (shelf.running[g] ?? 0) + weight;
    if (age >= 0 && age < NEW_DAYS && age <= day) recent.push(g);
  }
  shelf.recent = recent;
}

/** Lets yesterday's interest into the heat: 1 is an average group, before and after the launch. */
function cool(shelf: Shelf, launchDay: Int32Array, day: number): void {
  const groups = launchDay.length;
  let total = 0;
  for (let g = 0; g < groups; g++) total += shelf.fresh[g] ?? 0;
  for (let g = 0; g < groups; g++) {
    const lives = total > 0 && (launchDay[g] ?? -1) < day;
    const news = lives ? ((shelf.fresh[g] ?? 0) * groups) / total : 1;
    shelf.heat[g] = DECAY * (shelf.heat[g] ?? 0) + (1 - DECAY) * news;
    shelf.fresh[g] = 0;
  }
}

/** Notes interest in a group: 1 for a view, more for a purchase. */
export function warm(shelf: Shelf, group: number, by: number): void {
  shelf.fresh[group] = (shelf.fresh[group] ?? 0) + by;
}

/** Starts a list: what is placed from here on is not placed twice. */
export function startList(shelf: Shelf): Place[] {
  shelf.round++;
  return [];
}

/**
 * Adds up to `count` groups of the range [from, to) to the list, without repeats. Rejection while
 * it is cheap, then an exact pass: the law is Plackett-Luce either way. O(count log n) mostly.
 */
export function placeFrom(
  shelf: Shelf,
  random: Random,
  list: Place[],
  range: { from: number; to: number },
  count: number,
): void {
  let left = (shelf.running[range.to] ?? 0) - (shelf.running[range.from] ?? 0);
  for (const { group } of list) {
    if (group >= range.from && group < range.to) left -= shelf.weight[group] ?? 0;
  }
  for (let k = 0; k < count && left > 1e-9; k++) {
    const group = drawUnplaced(shelf, random, range, left);
    if (group < 0) return;
    const weight = shelf.weight[group] ?? 0;
    place(shelf, list, group, Math.min(1, weight / left));
    left -= weight;
  }
}

function place(shelf: Shelf, list: Place[], group: number, propensity: number): void {
  shelf.placed[group] = shelf.round;
  list.push({ group, propensity });
}

function drawUnplaced(
  shelf: Shelf,
  random: Random,
  range: { from: number; to: number },
  left: number,
): number {
  const base = shelf.running[range.from] ?? 0;
  const span = (shelf.running[range.to] ?? 0) - base;
  for (let i = 0; i < TRIES; i++) {
    const group = find(shelf.running, range, base + random.uniform() * span);
    if (shelf.placed[group] !== shelf.round && (shelf.weight[group] ?? 0) > 0) return group;
  }
  let target = random.uniform() * left;
  let last = -1;
  for (let g = range.from; g < range.to; g++) {
    if (shelf.placed[g] === shelf.round || (shelf.weight[g] ?? 0) <= 0) continue;
    last = g;
    target -= shelf.weight[g] ?? 0;
    if (target < 0) break;
  }
  return last;
}

/** The group whose piece of the running sums holds `target`. O(log n). */
function find(running: Float64Array, range: { from: number; to: number }, target: number): number {
  let low = range.from;
  let high = range.to - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((running[middle + 1] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Adds up to `count` of the groups named, by the same law. O(count candidates). */
export function placeOf(
  shelf: Shelf,
  random: Random,
  list: Place[],
  candidates: readonly number[] | Int32Array,
  count: number,
): void {
  const open = placeable(shelf, candidates);
  let left = 0;
  for (const group of open) left += shelf.weight[group] ?? 0;
  for (let k = 0; k < count && open.length > 0; k++) {
    let target = random.uniform() * left;
    let i = 0;
    for (; i < open.length - 1; i++) {
      target -= shelf.weight[open[i] ?? 0] ?? 0;
      if (target < 0) break;
    }
    const group = open[i] ?? 0;
    const weight = shelf.weight[group] ?? 0;
    place(shelf, list, group, open.length === 1 ? 1 : Math.min(1, weight / left));
    open.splice(i, 1);
    left -= weight;
  }
}

/** The candidates that may still be placed, each once. */
function placeable(shelf: Shelf, candidates: readonly number[] | Int32Array): number[] {
  const open: number[] = [];
  for (const group of candidates) {
    if (group < 0 || shelf.placed[group] === shelf.round) continue;
    if ((shelf.weight[group] ?? 0) > 0 && !open.includes(group)) open.push(group);
  }
  return open;
}

/** The neighbours of a group as a view on the catalogue. */
export function neighboursOf(catalogue: Catalogue, group: number): Int32Array {
  return catalogue.neighbours.subarray(group * NEIGHBOURS, (group + 1) * NEIGHBOURS);
}
