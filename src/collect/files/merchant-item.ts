import type { Plain } from "../bounded-json.ts";
import { parsePrice } from "../money.ts";
import { present } from "../source-fields.ts";

/**
 * One product of a Google Merchant feed as an item. Columns with a place of their own go there,
 * variant columns become attributes, every other column is kept in `extra`. What cannot be read (a
 * price without currency, an unknown availability) is passed on as it is, for validation to refuse
 * by field.
 * Source: support.google.com/merchants/answer/7052112, product data specification (2025).
 */
export type MerchantValue = string | Plain;

/** Column name without `g:`, in lower case with underscores, to what was said, in order. */
export type MerchantRow = ReadonlyMap<string, readonly MerchantValue[]>;

const attributeColumns = [
  "color",
  "size",
  "material",
  "pattern",
  "age_group",
  "gender",
  "size_type",
  "size_system",
  "condition",
] as const;

/** "g:image link" and "image_link" are one column. */
export function merchantColumn(name: string): string {
  return name
    .trim()
    .replace(/^g:/i, "")
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
}

/** @unit now epoch ms: decides whether a sale price with dates holds */
export function merchantItem(row: MerchantRow, now: number): Plain {
  const used = new Set<string>();
  const text = (column: string): string | undefined => {
    const value = row.get(column)?.find((one) => typeof one === "string" && one.trim() !== "");
    if (typeof value !== "string") return undefined;
    used.add(column);
    return value.trim();
  };
  const price = money(text("price"));
  const sale = money(text("sale_price"));
  const onSale = sale !== undefined && isWithin(text("sale_price_effective_date"), now);
  const images = [text("image_link"), ...list(row, "additional_image_link", used)];
  const attributes = { ...variantOf(text), ...detailsOf(row, used) };
  const stock = text("quantity") ?? text("sell_on_google_quantity");
  // Read again by a later import when the sale begins or ends.
  used.delete("sale_price");
  used.delete("sale_price_effective_date");
  return present({
    item: text("id"),
    group: text("item_group_id"),
    title: localised(text("title")),
    description: localised(text("description")),
    brand: text("brand"),
    categories: categoriesOf(row, text),
    attributes: Object.keys(attributes).length === 0 ? undefined : attributes,
    images: images.filter((one) => one !== undefined).slice(0, 20),
    link: text("link"),
    priceMinor: price?.minor,
    salePriceMinor: onSale ? sale.minor : undefined,
    costMinor: money(text("cost_of_goods_sold"))?.minor,
    currency: price?.currency ?? sale?.currency,
    stock: stock === undefined ? undefined : Number(stock),
    availability: availabilityOf(text("availability")),
    extra: extraOf(row, used),
  });
}

function money(text: string | undefined): { minor: number; currency?: string } | undefined {
  if (text === undefined) return undefined;
  return parsePrice(text) ?? { minor: Number.NaN };
}

/** "from/to" in ISO 8601; a price without dates holds always. */
function isWithin(period: string | undefined, now: number): boolean {
  if (period === undefined) return true;
  const [from = "", to = ""] = period.split("/").map((one) => one.trim().replaceAll(" ", ""));
  return momentOf(from) <= now && now <= momentOf(to);
}

/** Offsets are written +0100 as well as +01:00. */
function momentOf(text: string): number {
  return Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
}

const han = /\p{Script=Han}/u;

function localised(text: string | undefined): Plain | undefined {
  if (text === undefined) return undefined;
  return han.test(text) ? { zh: text } : { en: text };
}

const spellings: Readonly<Record<string, string>> = {
  in_stock: "in_stock",
  available: "in_stock",
  limited_availability: "in_stock",
  out_of_stock: "out_of_stock",
  sold_out: "out_of_stock",
  discontinued: "out_of_stock",
  preorder: "preorder",
  pre_order: "preorder",
  backorder: "backorder",
  available_for_order: "backorder",
};

/** "in stock", "In Stock" and "https://schema.org/InStock" all mean in_stock. */
function availabilityOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const word = text
    .replace(/^https?:\/\/schema\.org\//i, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2");
  const key = word.toLowerCase().replaceAll(/[\s-]+/g, "_");
  return Object.hasOwn(spellings, key) ? spellings[key] : text;
}

/** The shop's own path, else Google's where it is words and not a number. */
function categoriesOf(
  row: MerchantRow,
  text: (column: string) => string | undefined,
): readonly string[] | undefined {
  const google = row.get("google_product_category")?.[0];
  const isWords = typeof google === "string" && !/^\d*$/.test(google.trim());
  const path = text("product_type") ?? (isWords ? text("google_product_category") : undefined);
  const parts = path?.split(/\s*>\s*/).filter((part) => part !== "");
  return parts?.slice(0, 10);
}

function variantOf(text: (column: string) => string | undefined): Plain {
  return present(Object.fromEntries(attributeColumns.map((column) => [column, text(column)])));
}

/** product_detail: "section:name:value" in a table, an element with parts in XML. */
function detailsOf(row: MerchantRow, used: Set<string>): Plain {
  const said = row.get("product_detail") ?? [];
  if (said.length > 0) used.add("product_detail");
  const pairs = said.flatMap((one) => (typeof one === "string" ? splitDetails(one) : [named(one)]));
  return Object.fromEntries(pairs.filter(([name, value]) => name !== "" && value !== ""));
}

function splitDetails(text: string): [string, string][] {
  return text.split(",").map((one) => {
    const [, name = "", ...value] = one.split(":").map((part) => part.trim());
    return [name, value.join(":")];
  });
}

function named(detail: Plain): [string, string] {
  return [String(detail["attribute_name"] ?? ""), String(detail["attribute_value"] ?? "")];
}

/** Repeated elements, or one cell with commas between. */
function list(row: MerchantRow, column: string, used: Set<string>): string[] {
  const values = (row.get(column) ?? []).filter((one) => typeof one === "string");
  if (values.length > 0) used.add(column);
  return values.flatMap((one) => one.split(/,(?=\s*https?:)/)).map((one) => one.trim());
}

function extraOf(row: MerchantRow, used: ReadonlySet<string>): Plain | undefined {
  const left = [...row].filter(
    ([column, values]) => !used.has(column) && values.some((one) => one !== ""),
  );
  if (left.length === 0) return undefined;
  return Object.fromEntries(
    left.map(([column, values]) => [column, values.length === 1 ? values[0] : values]),
  );
}
