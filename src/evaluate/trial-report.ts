import type { Interval } from "./bootstrap.ts";
import {
  alwaysHalf,
  type Difference,
  differenceOf,
  intervalOf,
  meanOf,
  ratioOf,
  ratioTest,
  relativeDifferenceOf,
  type Sample,
  shareOf,
} from "./difference.ts";
import type { ArmOutcomes, Paid, TrialOutcomes } from "./trial-outcomes.ts";

/**
 * What a trial says so far. A difference is called real only by the interval that holds at every look, for
 * people look every day: of a hundred looks at two equal versions, the interval of one look would find
 * a difference more than one time in three. Where that interval lies within the effect asked for, the
 * versions are called alike; else it is said how many more shoppers it takes to tell that effect, if they go on
 * as those before them.
 */
export interface TrialReport {
  readonly control: ArmReport;
  readonly treatment: ArmReport;
  readonly measures: readonly Measure[];
  readonly balance: Balance;
  /** Shoppers to whom both versions answered: two of their ids turned out to be one shopper's. */
  readonly mixed: number;
  /** Lists for nobody known; they are in no count. */
  readonly unknownLists: number;
  readonly confidence: number;
  /** The difference worth telling, as a share of what the version in service has. */
  readonly effect: number;
}

export interface ArmReport {
  readonly shoppers: number;
  readonly lists: number;
  /** Lists in which something was clicked. */
  readonly clickedLists: number;
  readonly buyers: number;
  readonly orders: number;
  readonly ordersThrough: number;
  readonly paid: readonly Omit<Paid, "squares">[];
}

export const measureNames = ["click_rate", "purchase_rate", "revenue_per_shopper"] as const;
export const verdicts = ["better", "worse", "alike", "open"] as const;

export interface Measure {
  readonly measure: (typeof measureNames)[number];
  /** Of revenue. */
  readonly currency: string | null;
  readonly control: Interval;
  readonly treatment: Interval;
  readonly difference: Interval & { readonly p: number };
  /** The same as a share of what the version in service has; null where it has nothing. */
  readonly relative: Interval | null;
  /** Holds at every look at once. */
  readonly always: { readonly low: number; readonly high: number };
  readonly verdict: (typeof verdicts)[number];
  /** Of both versions together, to tell the effect; null where that cannot be told yet. */
  readonly moreShoppers: number | null;
  readonly moreLists: number | null;
}

/** Whether shoppers fell on the versions as they were drawn; else no number here is to be believed. */
export interface Balance {
  readonly share: number;
  readonly expectedShare: number;
  readonly chiSquare: number;
  readonly p: number;
  readonly good: boolean;
}

export interface TrialQuestion {
  /** Of the shoppers, on whom the treatment is tried. @unit 0..1 exclusive */
  readonly share: number;
  readonly effect: number;
}

const CONFIDENCE = 0.95;
/** Chance to tell a difference that is as large as asked for: 80 %. */
const POWER_ERRORS = 0.8416212335729143;
/** Shoppers for whom the interval of every look is made to be narrowest. */
const TIGHTEST_AT = 5_000;
/** With fewer in either group, means are not yet normal and nothing is decided. */
const SHOPPERS_LEAST = 100;
/** Below this, chance does not explain the sizes of the groups. */
const UNBALANCED = 0.001;

/** O(currencies). */
export function trialReport(
  outcomes: TrialOutcomes,
  { share, effect }: TrialQuestion,
): TrialReport {
  const { control, treatment, unknownLists } = outcomes;
  const listsEach =
    (control.clicks.base + treatment.clicks.base) /
    Math.max(1, control.shoppers + treatment.shoppers);
  const judge = (
    measure: Measure["measure"],
    sample: (arm: ArmOutcomes) => Sample,
    currency: string | null = null,
  ): Measure => ({
    measure,
    currency,
    ...judged(sample(control), sample(treatment), { effect, listsEach }),
  });
  const [first, second] = [control.shoppers, treatment.shoppers];
  const { chiSquare, p } = ratioTest(first, second, share);
  return {
    control: armOf(control),
    treatment: armOf(treatment),
    measures: [
      judge("click_rate", ({ clicks }) => ratioOf(clicks)),
      judge("purchase_rate", ({ shoppers, buyers }) => shareOf(shoppers, buyers)),
      ...currenciesOf(outcomes).map((currency) =>
        judge("revenue_per_shopper", (arm) => revenueOf(arm, currency), currency),
      ),
    ],
    balance: {
      share: first + second === 0 ? 0 : second / (first + second),
      expectedShare: share,
      ...{ chiSquare, p, good: p >= UNBALANCED },
    },
    mixed: control.mixed + treatment.mixed,
    ...{ unknownLists, confidence: CONFIDENCE, effect },
  };
}

const armOf = ({ shoppers, clicks, buyers, orders, ordersThrough, paid }: ArmOutcomes) => ({
  ...{ shoppers, lists: clicks.base, clickedLists: clicks.top, buyers, orders, ordersThrough },
  paid: paid.map(({ currency, sum, through }) => ({ currency, sum, through })),
});

const currenciesOf = ({ control, treatment }: TrialOutcomes): readonly string[] =>
  [...new Set([...control.paid, ...treatment.paid].map(({ currency }) => currency))].sort();

function revenueOf({ shoppers, paid }: ArmOutcomes, currency: string): Sample {
  const { sum = 0, squares = 0 } = paid.find((one) => one.currency === currency) ?? {};
  return meanOf(shoppers, sum, squares);
}

interface Asked {
  readonly effect: number;
  readonly listsEach: number;
}

function judged(
  first: Sample,
  second: Sample,
  { effect, listsEach }: Asked,
): Omit<Measure, "measure" | "currency"> {
  const { error, ...difference } = differenceOf(first, second, CONFIDENCE);
  const relative = relativeDifferenceOf(first, second, CONFIDENCE);
  const n = first.n + second.n;
  const half = error === 0 ? 0 : alwaysHalf(error, n, CONFIDENCE, TIGHTEST_AT);
  const always = { low: difference.mean - half, high: difference.mean + half };
  const wanted = effect * Math.abs(first.mean);
  const isEarly = Math.min(first.n, second.n) < SHOPPERS_LEAST || error === 0;
  const verdict = isEarly ? "open" : verdictOf(always, wanted);
  const more = verdict === "open" ? moreShoppers(first, second, error, wanted) : 0;
  return {
    control: intervalOf(first, CONFIDENCE),
    treatment: intervalOf(second, CONFIDENCE),
    difference,
    relative: relative === undefined ? null : plain(relative),
    ...{ always, verdict, moreShoppers: more },
    moreLists: more === null ? null : Math.ceil(more * listsEach),
  };
}

const plain = ({ mean, low, high }: Difference): Interval => ({ mean, low, high });

function verdictOf({ low, high }: Measure["always"], wanted: number): Measure["verdict"] {
  if (low > 0) return "better";
  if (high < 0) return "worse";
  return low > -wanted && high < wanted ? "alike" : "open";
}

/**
 * Until the interval of every look, and the luck that four in five have, are no wider than the effect; as
 * the shoppers so far are spread. By doubling, then halving. O(log shoppers).
 */
function moreShoppers(first: Sample, second: Sample, error: number, wanted: number): number | null {
  const n = first.n + second.n;
  if (wanted === 0 || error === 0 || Math.min(first.n, second.n) === 0) return null;
  const suffices = (all: number): boolean => {
    const then = error * Math.sqrt(n / all);
    return alwaysHalf(then, all, CONFIDENCE, TIGHTEST_AT) + POWER_ERRORS * then <= wanted;
  };
  let [low, high] = [0, 1];
  while (!suffices(high) && high < Number.MAX_SAFE_INTEGER) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  const scarce = Math.min(first.n, second.n);
  const least = Math.ceil((n * SHOPPERS_LEAST) / scarce);
  return Math.max(0, Math.max(high, least) - n);
}
