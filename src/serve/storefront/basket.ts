import { askedPriceMinor, type Item } from "../../collect/item.ts";
import type { Visit } from "./front.ts";
import { availableOf } from "./parts.ts";
import { type CartLine, QUANTITY_MOST } from "./visitor.ts";

/** What lies in the cart, at what the catalogue says now. */
export interface Basket {
  readonly lines: readonly BasketLine[];
  /** @unit minor */
  readonly total: number;
  readonly currency: string;
  /** Every line can be had as it is. */
  readonly isFine: boolean;
}

export interface BasketLine extends CartLine {
  readonly entry: Item;
  /** @unit minor */
  readonly unitPriceMinor: number;
  readonly available: number;
}

/** What left the catalogue, or has no price in the basket's currency, cannot be bought. */
export function basketOf({ visitor, catalogue }: Pick<Visit, "visitor" | "catalogue">): Basket {
  let currency = "";
  const lines = visitor.cart.flatMap((line): BasketLine[] => {
    const entry = catalogue.item(line.item);
    const asked = entry === undefined ? undefined : askedPriceMinor(entry);
    if (entry?.currency === undefined || asked === undefined) return [];
    if (currency !== "" && entry.currency !== currency) return [];
    currency = entry.currency;
    const available = availableOf(entry, QUANTITY_MOST);
    return [{ ...line, entry, unitPriceMinor: asked, available }];
  });
  const total = lines.reduce((sum, line) => sum + line.unitPriceMinor * line.quantity, 0);
  const isFine = lines.length > 0 && lines.every((line) => line.quantity <= line.available);
  return { lines, total, currency, isFine };
}
