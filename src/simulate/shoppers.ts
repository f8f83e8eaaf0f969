import type { Consent } from "../collect/event.ts";
import type { Locale } from "../schema.ts";
import type { Random } from "../tensor/random.ts";
import { STYLES } from "./catalogue.ts";
import { DAY_MS } from "./rhythm.ts";
import { brands } from "./vocabulary/brands.ts";
import { leafIndex, leaves, personas } from "./vocabulary/leaves.ts";
import { colours } from "./vocabulary/variants.ts";

/**
 * Who shops. Traits are drawn from the shopper's own stream each time they are needed, so a
 * million shoppers cost no memory but their life dates and what they left undone (people.ts).
 */
export interface Segment {
  readonly name: "thrifty" | "balanced" | "loyal" | "affluent";
  readonly share: number;
  /** Multiplies the elasticity of the category. */
  readonly elasticityFactor: number;
  /** Chance that a filled cart goes to checkout, and that a checkout is paid. */
  readonly checkoutRate: number;
  readonly payRate: number;
  /** Mean days from arrival (or the start) to lapsing, and from lapsing to leaving. */
  readonly activeDays: number;
  readonly lapsingDays: number;
  /** Mean of the log of what they like to pay over the median. */
  readonly budget: number;
}

export const segments: readonly Segment[] = [
  {
    name: "thrifty",
    share: 0.34,
    elasticityFactor: 1.4,
    checkoutRate: 0.58,
    payRate: 0.74,
    activeDays: 110,
    lapsingDays: 25,
    budget: -0.35,
  },
  {
    name: "balanced",
    share: 0.36,
    elasticityFactor: 1,
    checkoutRate: 0.62,
    payRate: 0.78,
    activeDays: 160,
    lapsingDays: 30,
    budget: 0,
  },
  {
    name: "loyal",
    share: 0.18,
    elasticityFactor: 0.7,
    checkoutRate: 0.7,
    payRate: 0.82,
    activeDays: 420,
    lapsingDays: 45,
    budget: 0.1,
  },
  {
    name: "affluent",
    share: 0.12,
    elasticityFactor: 0.5,
    checkoutRate: 0.7,
    payRate: 0.84,
    activeDays: 220,
    lapsingDays: 30,
    budget: 0.5,
  },
];

export type Device = "desktop" | "phone" | "tablet" | "app";

/** What does not change in a shopper. */
export interface Traits {
  readonly shopper: number;
  readonly segment: Segment;
  readonly persona: string;
  readonly locale: Locale;
  readonly country: string;
  /** Log of the wish for each leaf, before the season. @shape [leaves] */
  readonly affinity: Float64Array;
  /** @shape [STYLES] */
  readonly style: Float64Array;
  /** Brands it trusts, as indices. */
  readonly favourites: readonly number[];
  /** Log of the price it likes over the leaf's median. */
  readonly budget: number;
  /** Which size fits: 0 the smallest of a kind, 1 the largest. */
  readonly fit: number;
  /** Colours it prefers, as indices. */
  readonly palette: readonly number[];
  /** Opens an account at the first checkout; the others stay guests. */
  readonly joins: boolean;
  readonly consent: Consent | undefined;
  readonly devices: readonly [Device, Device];
  readonly anonymous: readonly [string, string];
  /** Mean pages of a visit after the first. */
  readonly patience: number;
}

const DEVICES: readonly Device[] = [
  "phone",
  "phone",
  "phone",
  "desktop",
  "desktop",
  "app",
  "tablet",
];
const COUNTRIES = ["US", "GB", "SG", "AU", "CA"];
const CHINESE_SHARE = 0.55;
const GUEST_SHARE = 0.18;

/** What shoppers are drawn from. */
export interface Population {
  readonly random: Random;
  /** Mean taste of each persona. @shape [personas, STYLES] */
  readonly personaStyles: Float64Array;
}

export function openPopulation(random: Random): Population {
  const draw = random.split("personas");
  const personaStyles = Float64Array.from({ length: personas.length * STYLES }, draw.normal);
  return { random, personaStyles };
}

/** Draws the traits of one shopper from its own stream. O(leaves). */
export function drawTraits(population: Population, index: number): Traits {
  const random = population.random.split(`traits:${index}`);
  const segment = pickSegment(random.uniform());
  const persona = random.int(personas.length);
  const zh = random.bernoulli(CHINESE_SHARE);
  return {
    shopper: index,
    segment,
    persona: personas[persona]?.name ?? "",
    locale: zh ? "zh" : "en",
    country: zh ? "CN" : random.pick(COUNTRIES),
    affinity: drawAffinity(random, persona),
    style: drawStyle(random, population.personaStyles, persona),
    favourites: [0, 1, 2, 3, 4, 5].map(() => random.int(brands.length)),
    budget: segment.budget + 0.3 * random.normal(),
    fit: random.uniform(),
    palette: [random.int(colours.length), random.int(colours.length), random.int(colours.length)],
    joins: !random.bernoulli(GUEST_SHARE),
    consent: drawConsent(random),
    devices: [random.pick(DEVICES), random.pick(DEVICES)],
    anonymous: [anonymousId(random), anonymousId(random)],
    patience: random.gamma(2, 0.65),
  };
}

function pickSegment(u: number): Segment {
  let left = u;
  for (const segment of segments) {
    left -= segment.share;
    if (left < 0) return segment;
  }
  return segments[0] as Segment;
}

function drawAffinity(random: Random, persona: number): Float64Array {
  const affinity = new Float64Array(leaves.length);
  for (let l = 0; l < affinity.length; l++) affinity[l] = 0.6 * random.normal();
  for (const id of personas[persona]?.drawnTo ?? []) {
    const l = leafIndex(id);
    affinity[l] = (affinity[l] ?? 0) + 2.2;
  }
  return affinity;
}

function drawStyle(random: Random, means: Float64Array, persona: number): Float64Array {
  const style = new Float64Array(STYLES);
  for (let k = 0; k < STYLES; k++)
    style[k] = 0.75 * (means[persona * STYLES + k] ?? 0) + 0.65 * random.normal();
  return style;
}

function drawConsent(random: Random): Consent | undefined {
  const u = random.uniform();
  if (u < 0.02) return { measure: false, personalise: false };
  if (u < 0.06) return { measure: true, personalise: false };
  return u < 0.25 ? { measure: true, personalise: true } : undefined;
}

function anonymousId(random: Random): string {
  return `a-${random.int(0x1_0000_0000).toString(36)}${random.int(0x1_0000_0000).toString(36)}`;
}

/** The id a shopper has once it is known. */
export function shopperId(index: number): string {
  return `s${String(index + 1).padStart(7, "0")}`;
}

/** Place of a shopper by its id; -1 when the id is not of this shop. */
export function shopperIndex(id: string): number {
  return /^s\d{7}$/.test(id) ? Number(id.slice(1)) - 1 : -1;
}

/** The true life of one shopper. Visits come at `visitsPerDay` until it lapses, then at a third. */
export interface Life {
  readonly arrivesAt: number;
  readonly lapsesAt: number;
  readonly churnsAt: number;
  readonly visitsPerDay: number;
}

/** Visits of a lapsing shopper over those of an active one. */
export const LAPSING_RATE = 0.33;
const THERE_BEFORE_SHARE = 0.62;

/**
 * Arrival, lapse and churn: exponential times with the segment's hazards. Who was there before the
 * start is active at the start (exponential times do not remember). O(1).
 */
export function drawLife(
  population: Population,
  index: number,
  window: { startAt: number; endAt: number; visitsPerDay: number },
): Life {
  const segment = pickSegment(population.random.split(`traits:${index}`).uniform());
  const random = population.random.split(`life:${index}`);
  const there = random.bernoulli(THERE_BEFORE_SHARE);
  // Density growing from 0.6 to 1.4 of the mean over the period: a shop on its way up.
  const u = random.uniform();
  const share = there ? 0 : (Math.sqrt(0.36 + 1.6 * u) - 0.6) / 0.8;
  const arrivesAt = Math.round(window.startAt + share * (window.endAt - window.startAt));
  const lapsesAt = arrivesAt + DAY_MS * random.exponential(1 / segment.activeDays);
  return {
    arrivesAt: there ? window.startAt - DAY_MS * random.exponential(1 / 200) : arrivesAt,
    lapsesAt,
    churnsAt: lapsesAt + DAY_MS * random.exponential(1 / segment.lapsingDays),
    visitsPerDay: window.visitsPerDay * random.gamma(1.3, 1 / 1.3),
  };
}
