import { z } from "zod";
import { currency, epochMs, type LocalText, minor, shopId } from "../schema.ts";

/**
 * What an item is: a variant that has a price and a stock, in a group that is modelled. An item
 * that has no variants is a group of itself. Columns of a Google Merchant feed map one to one.
 */
export interface Item {
  readonly item: string;
  /** The thing that shoppers want, whatever its size and colour. Recommendations are of groups. */
  readonly group: string;
  readonly title: LocalText;
  readonly description?: LocalText | undefined;
  readonly brand?: string | undefined;
  /** Who sells it, on a marketplace. */
  readonly seller?: string | undefined;
  readonly supplier?: string | undefined;
  /** From the widest to the narrowest category. */
  readonly categories: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly images: readonly string[];
  readonly link?: string | undefined;
  readonly priceMinor?: number | undefined;
  /** What is asked now if it is on sale. */
  readonly salePriceMinor?: number | undefined;
  readonly costMinor?: number | undefined;
  readonly currency?: string | undefined;
  /** Units on hand; absent when the shop does not count them. */
  readonly stock?: number | undefined;
  readonly availability: Availability;
  /** Taken out of every list by the shop, at once. */
  readonly hidden: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Columns of the source that have no place above, as they were sent. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export const availabilities = ["in_stock", "out_of_stock", "preorder", "backorder"] as const;
export type Availability = (typeof availabilities)[number];

/** May this variant be offered to a shopper now? */
export function isOfferable(item: Pick<Item, "hidden" | "availability" | "stock">): boolean {
  if (item.hidden || item.availability === "out_of_stock") return false;
  return item.stock === undefined || item.stock > 0 || item.availability !== "in_stock";
}

/** What is asked for it now. */
export function askedPriceMinor(
  item: Pick<Item, "priceMinor" | "salePriceMinor">,
): number | undefined {
  return item.salePriceMinor ?? item.priceMinor;
}

const text = (max: number): z.ZodType<LocalText, string | LocalText> =>
  z.union([
    z
      .string()
      .max(max)
      .transform((en): LocalText => ({ en })),
    z.object({ en: z.string().max(max).optional(), zh: z.string().max(max).optional() }),
  ]);

/** What a sender sends. Unknown fields are kept in `extra`. */
export interface ItemInput {
  readonly item: string;
  readonly group?: string | undefined;
  readonly title: LocalText;
  readonly description?: LocalText | undefined;
  readonly brand?: string | undefined;
  readonly seller?: string | undefined;
  readonly supplier?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly images?: readonly string[] | undefined;
  readonly link?: string | undefined;
  readonly priceMinor?: number | undefined;
  readonly salePriceMinor?: number | undefined;
  readonly costMinor?: number | undefined;
  readonly currency?: string | undefined;
  readonly stock?: number | undefined;
  readonly availability?: Availability | undefined;
  readonly hidden?: boolean | undefined;
  readonly createdAt?: number | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export const itemInputSchema: z.ZodType<ItemInput> = z
  .object({
    item: shopId,
    group: shopId.optional(),
    title: text(500),
    description: text(10_000).optional(),
    brand: z.string().max(256).optional(),
    seller: z.string().max(256).optional(),
    supplier: z.string().max(256).optional(),
    categories: z.array(z.string().max(256)).max(10).optional(),
    attributes: z
      .record(z.string().max(128), z.union([z.string().max(1024), z.number(), z.boolean()]))
      .optional(),
    images: z.array(z.string().max(2048)).max(20).optional(),
    link: z.string().max(2048).optional(),
    priceMinor: minor.optional(),
    salePriceMinor: minor.optional(),
    costMinor: minor.optional(),
    currency: currency.optional(),
    stock: z.int().min(0).max(1_000_000_000).optional(),
    availability: z.enum(availabilities).optional(),
    hidden: z.boolean().optional(),
    createdAt: epochMs.optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "ItemInput" });
