import { z } from "zod";
import { problem } from "../errors.ts";
import { trialOutcomes } from "../evaluate/trial-outcomes.ts";
import { measureNames, type TrialReport, trialReport, verdicts } from "../evaluate/trial-report.ts";
import type { Trial } from "../model/registry.ts";
import type { Platform } from "../platform.ts";

/** A trial of one version of the recommender beside another, and what it says until now or its end. */
export interface Experiment extends TrialReport {
  readonly trial: Trial;
  /** Counted is what happened before. @unit epoch ms */
  readonly until: number;
  /** How long after its click a purchase still went through a list. @unit days */
  readonly clickDays: number;
}

const SCENARIO = "recommend";
const DAY_MS = 86_400_000;
const CLICK_DAYS = 7;

export const listTrials = ({ models }: Platform, shop: string): Promise<readonly Trial[]> =>
  models.trials(shop, SCENARIO);

/** @throws problem `unknown-experiment`. O(rows since the trial began). */
export async function experimentOf(
  platform: Platform,
  shop: string,
  id: string,
  effect: number,
): Promise<Experiment> {
  const trials = await listTrials(platform, shop);
  const trial = trials.find((one) => one.id === id);
  if (trial === undefined) throw problem("unknown-experiment", `there is no trial "${id}"`);
  const { version: treatment, against: control, share, since } = trial;
  const until = trial.until ?? platform.clock() + 1;
  const span = { control, treatment, since, until, clickWindowMs: CLICK_DAYS * DAY_MS };
  const outcomes = await trialOutcomes(await platform.past(shop), span);
  return { trial, until, clickDays: CLICK_DAYS, ...trialReport(outcomes, { share, effect }) };
}

export const trialSchema: z.ZodType<Trial> = z
  .object({
    id: z.string(),
    version: z.string(),
    against: z.string().describe("What was in service beside it"),
    share: z.number().describe("Of the shoppers, on whom it is tried"),
    since: z.number(),
    until: z.number().nullable().describe("Null while it runs"),
  })
  .meta({ id: "Trial" });

const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const count = z.int().min(0);

const armSchema: z.ZodType<TrialReport["control"]> = z
  .object({
    shoppers: count.describe("By the version that showed them a list first"),
    lists: count,
    clickedLists: count,
    buyers: count,
    orders: count.describe("After the first list"),
    ordersThrough: count.describe("With something that was clicked in a list before"),
    paid: z.array(
      z.object({
        currency: z.string(),
        sum: z.number().describe("Minor units"),
        through: z.number().describe("For items that were clicked in a list before"),
      }),
    ),
  })
  .meta({ id: "TrialArm" });

const measureSchema: z.ZodType<TrialReport["measures"][number]> = z
  .object({
    measure: z
      .enum(measureNames)
      .describe("Lists clicked of those shown; shoppers who bought; minor units per shopper"),
    currency: z.string().nullable(),
    control: interval,
    treatment: interval,
    difference: interval.extend({ p: z.number() }).describe("Of one look, two-sided"),
    relative: interval.nullable().describe("As a share of what the version in service has"),
    always: z
      .object({ low: z.number(), high: z.number() })
      .describe("Interval of the difference that holds however often somebody looks"),
    verdict: z
      .enum(verdicts)
      .describe("By `always`: beyond 0, within the effect asked for, or not decided yet"),
    moreShoppers: count
      .nullable()
      .describe("Of both versions, to tell the effect; null where that cannot be told yet"),
    moreLists: count.nullable(),
  })
  .meta({ id: "TrialMeasure" });

export const experimentSchema: z.ZodType<Experiment> = z
  .object({
    trial: trialSchema,
    until: z.number().describe("Counted is what happened before, epoch ms"),
    clickDays: z.number(),
    control: armSchema,
    treatment: armSchema,
    measures: z.array(measureSchema),
    balance: z
      .object({
        share: z.number(),
        expectedShare: z.number(),
        chiSquare: z.number(),
        p: z.number(),
        good: z.boolean(),
      })
      .describe("Whether shoppers fell on the versions as drawn; else believe no number"),
    mixed: count.describe("Shoppers to whom both answered: ids that turned out to be one's"),
    unknownLists: count.describe("Lists for nobody known; they are in no count"),
    confidence: z.number(),
    effect: z.number(),
  })
  .meta({ id: "Experiment" });
