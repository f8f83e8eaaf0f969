/** A phrase in both languages: English first, Chinese second. */
export type Pair = readonly [en: string, zh: string];

/** How the variants of a category differ in size, and what that does to the price. */
export type SizeKind =
  | "wear"
  | "shoe"
  | "storage"
  | "vial"
  | "bottle"
  | "pack"
  | "sack"
  | "bed"
  | "litre"
  | "persons"
  | "one";

/** One leaf of the category tree: its words, and the laws that rule its demand. */
export interface Leaf {
  readonly id: string;
  readonly department: DepartmentId;
  readonly name: Pair;
  /** What a thing of this category is called. */
  readonly nouns: readonly Pair[];
  /** What it is made of, or where it comes from. */
  readonly materials: readonly Pair[];
  /** How the material joins the description; `{m}` stands for it. */
  readonly made: Pair;
  /** Full clauses that praise one property. */
  readonly features: readonly Pair[];
  /** Closing sentence: what it is for. */
  readonly use: Pair;
  /** What shoppers type. */
  readonly queries: readonly Pair[];
  /** Colours of the palette; empty when colour is not a choice. */
  readonly colours: readonly string[];
  readonly sizes: SizeKind;
  /** Median list price in yuan. */
  readonly price: number;
  /** Standard deviation of the log of the list price. */
  readonly spread: number;
  /** Cost over list price. */
  readonly costShare: number;
  /** Own-price elasticity of a balanced shopper; demand goes with price^-elasticity. */
  readonly elasticity: number;
  /** Day of the year with the most demand, 0 .. 364. */
  readonly peakDay: number;
  /** Log of peak demand over mean demand. */
  readonly seasonality: number;
  /** Days until a consumable is used up; 0 for a durable. */
  readonly rebuyDays: number;
  /** Categories that complete a purchase of this one. */
  readonly completes: readonly string[];
  readonly returnRate: number;
  /** Share of the catalogue, relative to the others. */
  readonly weight: number;
}

export type DepartmentId = "wear" | "beauty" | "tech" | "home" | "food" | "sport" | "family";

export const departments: Readonly<Record<DepartmentId, Pair>> = {
  wear: ["Clothing & Bags", "服饰箱包"],
  beauty: ["Beauty", "美妆个护"],
  tech: ["Electronics", "数码电器"],
  home: ["Home & Kitchen", "家居厨房"],
  food: ["Tea & Pantry", "茶饮食品"],
  sport: ["Sports & Outdoor", "运动户外"],
  family: ["Baby & Pets", "母婴宠物"],
};
