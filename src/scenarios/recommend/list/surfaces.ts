import type { Family } from "../learning/held-out.ts";
import type { RecommendSurface } from "../schema.ts";

/** What the surfaces are, as one table: no other place treats one of them by name. */
export interface SurfaceRule {
  /** Whose blend it uses; `popular` is popularity alone. */
  readonly family: Family | "popular";
  /**
   * What the sources are asked with: all that the shopper did lately, only their present session,
   * the items of the request, or nothing.
   */
  readonly asks: "shopper" | "session" | "items" | "nothing";
  /** A request without items makes no sense. */
  readonly needsItems: boolean;
  /** Leaves out what the shopper bought, unless shoppers of this shop buy again. */
  readonly hidesBought: boolean;
  /** Leaves out what the shopper has seen, in a shop where hardly anything is touched twice. */
  readonly hidesSeen: boolean;
  /** Shows nothing but what the shopper bought. */
  readonly onlyBought: boolean;
  /** Beside an item that the sources do not know stands what looks like it. */
  readonly looks: boolean;
  /** Places may be given to items that are little known. */
  readonly explores: boolean;
}

const plain = {
  needsItems: false,
  hidesBought: false,
  hidesSeen: false,
  onlyBought: false,
  looks: false,
  explores: true,
} as const;

export const surfaceRules: Readonly<Record<RecommendSurface, SurfaceRule>> = {
  home: { ...plain, family: "session", asks: "shopper", hidesBought: true, hidesSeen: true },
  similar: { ...plain, family: "item", asks: "items", needsItems: true, looks: true },
  bought_together: {
    ...plain,
    family: "basket",
    asks: "items",
    needsItems: true,
    explores: false,
  },
  cart: { ...plain, family: "basket", asks: "items", explores: false },
  session: { ...plain, family: "next", asks: "session", hidesBought: true, hidesSeen: true },
  popular: { ...plain, family: "popular", asks: "nothing" },
  buy_again: { ...plain, family: "repeat", asks: "shopper", onlyBought: true, explores: false },
};
