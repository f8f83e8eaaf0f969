import type { Leaf } from "./vocabulary/leaf.ts";

/**
 * When people shop: the product of an hour, a weekday, a yearly wave and a feast, in the shop's
 * own time (UTC+8). Left out: daylight saving and moving feasts; the shop's country has no first
 * and a demo needs no second.
 */
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const SHOP_OFFSET_MS = 8 * HOUR_MS;
const FIRST_WEEKDAY = 4; // 1970-01-01 was a Thursday

/** Visits by hour of the day over the mean hour. */
export const hourFactors: readonly number[] = [
  0.55, 0.3, 0.16, 0.1, 0.09, 0.14, 0.32, 0.62, 0.98, 1.15, 1.25, 1.3, 1.32, 1.2, 1.15, 1.12, 1.15,
  1.2, 1.3, 1.65, 1.95, 2.1, 1.85, 1.05,
];

/** Visits by weekday over the mean day, Sunday first. */
export const weekdayFactors: readonly number[] = [1.16, 0.92, 0.9, 0.92, 0.94, 1, 1.16];

/** A day on which the whole shop is on sale and everybody looks in. */
export interface Feast {
  readonly month: number;
  readonly day: number;
  /** Visits over an ordinary day. */
  readonly traffic: number;
}

export const feasts: readonly Feast[] = [
  { month: 1, day: 20, traffic: 1.3 },
  { month: 3, day: 8, traffic: 1.3 },
  { month: 6, day: 18, traffic: 1.7 },
  { month: 9, day: 9, traffic: 1.25 },
  { month: 11, day: 11, traffic: 2 },
  { month: 12, day: 12, traffic: 1.4 },
];

const TRAFFIC_PEAK = 2 * 2.1 * 1.16 * 1.12;

/** The most that `trafficFactor` can be: the ceiling for drawing visits by rejection. */
export const trafficCeiling: number = TRAFFIC_PEAK;

/** Day of the year, 0 .. 365, in shop time. @unit at epoch ms */
export function dayOfYear(at: number): number {
  const local = new Date(at + SHOP_OFFSET_MS);
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / DAY_MS);
}

/** The feast of the day, if it is one. @unit at epoch ms */
export function feastAt(at: number): Feast | undefined {
  const local = new Date(at + SHOP_OFFSET_MS);
  const month = local.getUTCMonth() + 1;
  return feasts.find((feast) => feast.month === month && feast.day === local.getUTCDate());
}

/**
 * Visits a minute at this moment over the mean minute of an ordinary day. O(1), pure.
 * @unit at epoch ms
 */
export function trafficFactor(at: number): number {
  const local = at + SHOP_OFFSET_MS;
  const hour = Math.floor(local / HOUR_MS) % 24;
  return (hourFactors[hour] ?? 1) * dayFactor(at);
}

/** The same for a whole day: weekday, season, feast. @unit at epoch ms */
export function dayFactor(at: number): number {
  const weekday = (Math.floor((at + SHOP_OFFSET_MS) / DAY_MS) + FIRST_WEEKDAY) % 7;
  const wave = 1 + 0.12 * Math.cos((2 * Math.PI * (dayOfYear(at) - 325)) / 365);
  return (weekdayFactors[weekday] ?? 1) * wave * (feastAt(at)?.traffic ?? 1);
}

/**
 * Wish for a category on a day of the year over its mean: exp(A cos(2 pi (day - peak) / 365)).
 * @unit day day of the year
 */
export function seasonFactor(leaf: Pick<Leaf, "peakDay" | "seasonality">, day: number): number {
  return Math.exp(leaf.seasonality * Math.cos((2 * Math.PI * (day - leaf.peakDay)) / 365));
}
