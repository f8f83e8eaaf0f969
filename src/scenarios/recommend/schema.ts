import { z } from "zod";
import { epochMs, type Locale, locale, shopId } from "../../schema.ts";

/** The lists that a shop can ask for. */
export const recommendSurfaces = [
  "home",
  "similar",
  "bought_together",
  "cart",
  "session",
  "popular",
  "buy_again",
] as const;
export type RecommendSurface = (typeof recommendSurfaces)[number];

/** The methods whose scores are blended; each is also a recommender by itself. */
export const sourceNames = [
  "popularity",
  "markov",
  "item_knn",
  "session_knn",
  "ease",
  "als",
  "bought_together",
  "content",
  "personal",
  "behaviour",
] as const;
export type SourceName = (typeof sourceNames)[number];

/** What a score is made of: the sources, and how much an item looks like what is gone by. */
export type PartName = SourceName | "looks";
const partNames: readonly PartName[] = [...sourceNames, "looks"];

export interface RecommendParams {
  /** Half-life of popularity. @unit days */
  readonly popularityHalfLifeDays: number;
  /** Neighbours kept per item by the neighbour methods. */
  readonly neighbours: number;
  /** Items above which EASE is left out (its cost grows with the cube of the catalogue). */
  readonly easeItemsMax: number;
  readonly easeRegularisation: number;
  readonly alsFactors: number;
  readonly alsIterations: number;
  /** Groups with fewer events than this are known by content only. */
  readonly supportMin: number;
  /** Sources left out on purpose. */
  readonly without: readonly SourceName[];
  /** Shoppers used to tune the blend. */
  readonly blendCasesMax: number;
  /**
   * Is the same group again, right after itself, an answer worth tuning for? Not in a shop, whose
   * lists leave out what is looked at; published session protocols count it.
   */
  readonly askRepeats: boolean;
  readonly behaviour: BehaviourParams;
}

/** Bodies of the behaviour model that can be chosen. */
export const architectureNames = [
  "transformer",
  "hstu",
  "gru",
  "lstm",
  "cnn",
  "perceptron",
] as const;

const attentive: ReadonlySet<string> = new Set(["transformer", "hstu"]);

/** What else than its item may be told of an action. */
export const tellingNames = ["gap", "strength", "time"] as const;

/** The behaviour model and how long it may learn. */
export interface BehaviourParams {
  readonly architecture: (typeof architectureNames)[number];
  /** Numbers in a vector; a multiple of the heads. */
  readonly width: number;
  /** Where blocks, length or dropout is left out, the size of the log says it: see `sizeOf`. */
  readonly blocks?: number | undefined;
  readonly heads: number;
  /** Actions it looks back on. */
  readonly length?: number | undefined;
  /** @unit rate 0..1 */
  readonly dropout?: number | undefined;
  /** Peak of the learning rate. */
  readonly learningRate: number;
  /**
   * Where items are seldom touched: also tries to read them by what they say of themselves, and keeps
   * what does better.
   */
  readonly content: boolean;
  /**
   * What the model is told of an action beside its item: how long after the one before it came, how strong
   * it was (a view, a cart, a purchase), and, as a bias of attention, the time between any two.
   */
  readonly tells: readonly (typeof tellingNames)[number][];
  readonly epochsMost: number;
  /** Actions a training may go through in all epochs together: what bounds its time. */
  readonly actionsMost: number;
}

const behaviourParamsSchema = z
  .strictObject({
    architecture: z.enum(architectureNames).default("transformer"),
    width: z.int().min(8).max(512).multipleOf(8).default(64),
    blocks: z.int().min(1).max(8).optional(),
    heads: z.literal([1, 2, 4, 8]).default(1),
    length: z.int().min(4).max(512).optional(),
    dropout: z.number().min(0).max(0.9).optional(),
    learningRate: z.number().min(0.00001).max(0.1).default(0.002),
    content: z.boolean().default(true),
    tells: z.array(z.enum(tellingNames)).max(tellingNames.length).default([]),
    epochsMost: z.int().min(1).max(1_000).default(25),
    actionsMost: z.int().min(1).max(1_000_000_000_000).default(25_000_000),
  })
  .refine(({ tells, architecture }) => !tells.includes("time") || attentive.has(architecture), {
    path: ["tells"],
    message: "time is told to attention, which only transformer and hstu have: leave time out",
  })
  .prefault({});

export const recommendParamsSchema: z.ZodType<RecommendParams, unknown> = z
  .strictObject({
    popularityHalfLifeDays: z.number().min(0.01).max(100_000).default(30),
    neighbours: z.int().min(1).max(2_000).default(300),
    easeItemsMax: z.int().min(0).max(50_000).default(8_000),
    easeRegularisation: z.number().min(0.001).max(1_000_000).default(200),
    alsFactors: z.int().min(1).max(1_024).default(64),
    alsIterations: z.int().min(1).max(200).default(8),
    supportMin: z.int().min(1).max(1_000).default(1),
    without: z.array(z.enum(sourceNames)).default([]),
    blendCasesMax: z.int().min(10).max(1_000_000).default(3_000),
    askRepeats: z.boolean().default(false),
    behaviour: behaviourParamsSchema,
  })
  .prefault({})
  .meta({ id: "RecommendParams" });

/** A test on an item: a field compared with a value, or tests combined. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

const scalar = z.union([z.string().max(1_024), z.number(), z.boolean()]);

/** Each level names the next, so that a condition has an end and its check one too. */
const conditionLevels = 6;

function conditionOfDepth(depth: number): z.ZodType<Condition> {
  const comparison = z.strictObject({
    /** item, group, brand, seller, supplier, categories, priceMinor, stock, title.en, attributes.x … */
    field: z.string().min(1).max(128),
    is: z.enum(["eq", "ne", "lt", "le", "gt", "ge", "in", "contains", "exists"]),
    value: z.union([scalar, z.array(z.union([z.string(), z.number()])).max(1_000)]).optional(),
  });
  const id = depth === conditionLevels ? "Condition" : `ConditionOfDepth${depth}`;
  if (depth === 1) return comparison.meta({ id });
  const inner = conditionOfDepth(depth - 1);
  return z
    .union([
      z.strictObject({ all: z.array(inner).max(20) }),
      z.strictObject({ any: z.array(inner).max(20) }),
      z.strictObject({ not: inner }),
      comparison,
    ])
    .meta({ id });
}

export const conditionSchema: z.ZodType<Condition> = conditionOfDepth(conditionLevels);

interface RuleBase {
  readonly id: string;
  /** For people: why it is there. */
  readonly note?: string | undefined;
  readonly enabled: boolean;
  /** Empty: everywhere. */
  readonly surfaces: readonly RecommendSurface[];
  /** In force from (inclusive) until (exclusive). @unit epoch ms */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** Applied in this order: filter, boost and bury, pin, cap. */
export type Rule = RuleBase &
  (
    | { readonly kind: "filter"; readonly where: Condition }
    | { readonly kind: "boost" | "bury"; readonly where: Condition; readonly factor: number }
    | { readonly kind: "pin"; readonly item: string; readonly position: number }
    | { readonly kind: "cap"; readonly by: "brand" | "category" | "seller"; readonly most: number }
  );

const ruleBase = {
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, "small letters, digits and hyphens, at most 64"),
  note: z.string().max(1_000).optional(),
  enabled: z.boolean().default(true),
  surfaces: z.array(z.enum(recommendSurfaces)).default([]),
  from: epochMs.optional(),
  until: epochMs.optional(),
};

export const ruleSchema: z.ZodType<Rule, unknown> = z
  .discriminatedUnion("kind", [
    /** Only items for which `where` holds may be shown. */
    z.strictObject({ ...ruleBase, kind: z.literal("filter"), where: conditionSchema }),
    z.strictObject({
      ...ruleBase,
      kind: z.literal("boost"),
      where: conditionSchema,
      /** Scores are multiplied by this. */
      factor: z.number().gt(1).max(100),
    }),
    z.strictObject({
      ...ruleBase,
      kind: z.literal("bury"),
      where: conditionSchema,
      factor: z.number().min(0).lt(1),
    }),
    z.strictObject({
      ...ruleBase,
      kind: z.literal("pin"),
      /** Item or group id. */
      item: shopId,
      /** 0-based place. */
      position: z.int().min(0).max(999),
    }),
    z.strictObject({
      ...ruleBase,
      kind: z.literal("cap"),
      by: z.enum(["brand", "category", "seller"]),
      /** At most so many of one brand, category or seller in a list. */
      most: z.int().min(1).max(1_000),
    }),
  ])
  .meta({ id: "Rule" });

/** All rules of a shop at one time. Every change makes a new version; old ones stay readable. */
export interface RuleSet {
  readonly version: number;
  readonly at: number;
  /** Who made it: the id of the key. */
  readonly by: string;
  readonly change: string;
  readonly rules: readonly Rule[];
}

export interface RecommendRequest {
  readonly surface: RecommendSurface;
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  /** Context: the item looked at, or what lies in the cart. Item or group ids. */
  readonly items: readonly string[];
  readonly limit?: number | undefined;
  /** Never show these (e.g. what other lists of the page already show). */
  readonly exclude: readonly string[];
  /** One more filter, for this request only. */
  readonly where?: Condition | undefined;
  /** 0: the most relevant; 1: as different from each other as can be. */
  readonly diversity: number;
  /** False: do not use what is known of the shopper. */
  readonly personalise: boolean;
  readonly locale: Locale;
  /** False: the list is not logged as an exposure (previews, tests). */
  readonly record: boolean;
}

export const recommendRequestSchema: z.ZodType<RecommendRequest, unknown> = z
  .strictObject({
    surface: z.enum(recommendSurfaces),
    shopper: shopId.optional(),
    anonymous: shopId.optional(),
    items: z.array(shopId).max(100).default([]),
    limit: z.int().min(1).max(1_000).optional(),
    exclude: z.array(shopId).max(1_000).default([]),
    where: conditionSchema.optional(),
    diversity: z.number().min(0).max(1).default(0),
    personalise: z.boolean().default(true),
    locale: locale.default("en"),
    record: z.boolean().default(true),
  })
  .meta({ id: "RecommendRequest" });

/** Why an item stands in a list, for the shopper's eyes. */
export interface Reason {
  readonly code:
    | "because_you_viewed"
    | "because_you_bought"
    | "bought_together"
    | "similar_to"
    | "others_also_viewed"
    | "buy_again"
    | "seen_lately"
    | "popular"
    | "looks_like"
    | "new_here"
    | "chosen_by_shop"
    | "trying_out";
  /** A sentence in the language of the request. */
  readonly text: string;
  /** The items the reason speaks of. */
  readonly items: readonly string[];
}

export interface Recommended {
  /** The variant to show. */
  readonly item: string;
  readonly group: string;
  /** 0-based place. */
  readonly position: number;
  /** Blended score before rules; comparable within one list only. */
  readonly score: number;
  /** What each source gave to the score; they add up to it. */
  readonly sources: Readonly<Partial<Record<PartName, number>>>;
  /** Probability with which this policy shows this item at this place, (0, 1]. */
  readonly propensity: number;
  readonly reasons: readonly Reason[];
  /** Ids of the rules that moved it. */
  readonly rules: readonly string[];
  readonly title: string;
  readonly brand?: string | undefined;
  readonly priceMinor?: number | undefined;
  readonly currency?: string | undefined;
  /** The first that the catalogue names. */
  readonly image?: string | undefined;
  /** The one that was uploaded: a path at this server, which needs no key. */
  readonly picture?: string | undefined;
  readonly link?: string | undefined;
}

export interface RecommendDecision {
  /** Send it back as `context.request` of the clicks and purchases that follow. */
  readonly request: string;
  readonly surface: RecommendSurface;
  readonly items: readonly Recommended[];
  /** Null while no model has been trained: the list then comes from the catalogue alone. */
  readonly model: string | null;
  readonly rules: number;
  readonly seed: number;
  /** The moment of the answer; the shopper's events until then are in it. @unit epoch ms */
  readonly asOf: number;
  /** Which path was taken when the shopper or item is not known, and why. */
  readonly notices: readonly string[];
}

const reasonSchema = z.object({
  code: z.enum([
    "because_you_viewed",
    "because_you_bought",
    "bought_together",
    "similar_to",
    "others_also_viewed",
    "buy_again",
    "seen_lately",
    "popular",
    "looks_like",
    "new_here",
    "chosen_by_shop",
    "trying_out",
  ]),
  text: z.string(),
  items: z.array(z.string()),
});

export const recommendDecisionSchema: z.ZodType<RecommendDecision> = z
  .object({
    request: z.string(),
    surface: z.enum(recommendSurfaces),
    items: z.array(
      z.object({
        item: z.string(),
        group: z.string(),
        position: z.int().min(0),
        score: z.number(),
        sources: z.partialRecord(z.enum(partNames), z.number()),
        propensity: z.number().gt(0).max(1),
        reasons: z.array(reasonSchema),
        rules: z.array(z.string()),
        title: z.string(),
        brand: z.string().optional(),
        priceMinor: z.number().optional(),
        currency: z.string().optional(),
        image: z.string().optional().describe("The first that the catalogue names"),
        picture: z
          .string()
          .optional()
          .describe("The one that was uploaded: a path at this server, which needs no key"),
        link: z.string().optional(),
      }),
    ),
    model: z.string().nullable(),
    rules: z.int().min(0),
    seed: z.int(),
    asOf: z.number(),
    notices: z.array(z.string()),
  })
  .meta({ id: "RecommendDecision" });

/** The merchant's view of one item of a list, or of one that is missing from it. */
export interface ItemExplanation {
  readonly item: string;
  readonly group: string;
  readonly title: string;
  readonly shown: boolean;
  /** 0-based rank by blended score before rules, among all candidates; null if it was none. */
  readonly rank: number | null;
  readonly score: number | null;
  readonly sources: Readonly<Partial<Record<PartName, number>>>;
  /** Which of the shopper's events gave how much of the score; the largest first. */
  readonly because: readonly {
    readonly item: string;
    readonly title: string;
    readonly source: PartName;
    readonly share: number;
  }[];
  /** Each stage in order, and what it did to the item. */
  readonly stages: readonly {
    readonly stage: string;
    readonly verdict: string;
    /** False where the stage keeps the item out of the list. */
    readonly passed: boolean;
  }[];
}

export const itemExplanationSchema: z.ZodType<ItemExplanation> = z
  .object({
    item: z.string(),
    group: z.string(),
    title: z.string(),
    shown: z.boolean(),
    rank: z.int().nullable(),
    score: z.number().nullable(),
    sources: z.partialRecord(z.enum(partNames), z.number()),
    because: z.array(
      z.object({
        item: z.string(),
        title: z.string(),
        source: z.enum(partNames),
        share: z.number(),
      }),
    ),
    stages: z.array(z.object({ stage: z.string(), verdict: z.string(), passed: z.boolean() })),
  })
  .meta({ id: "ItemExplanation" });
