import { z } from "zod";

/**
 * The units of the house as types, and the few schemas that every room shares. A branded number
 * cannot be passed where another unit is asked for.
 */
export type EpochMs = number & { readonly __unit: "epoch-ms" };
export type Minor = number & { readonly __unit: "minor" };

/** A validator: what it accepts, and what it gives back. */
export type Schema<T> = z.ZodType<T>;

const YEAR_2200 = 7_258_118_400_000;

/** Epoch milliseconds UTC, 1970 to 2200. */
export const epochMs: z.ZodType<EpochMs, number> = z
  .int()
  .min(0)
  .max(YEAR_2200) as unknown as z.ZodType<EpochMs, number>;

/** Integer minor units of a currency (cents, fen, yen). Never negative: a refund has its own name. */
export const minor: z.ZodType<Minor, number> = z
  .int()
  .min(0)
  .max(1_000_000_000_000) as unknown as z.ZodType<Minor, number>;

/** ISO 4217, upper case. */
export const currency: z.ZodType<string> = z.string().regex(/^[A-Z]{3}$/, "three capital letters");

/**
 * An id a shop gave: 1 to 128 characters, no control characters, well-formed Unicode: a lone
 * surrogate has no UTF-8, so two such ids would become one on disk.
 */
export const shopId: z.ZodType<string> = z
  .string()
  .min(1)
  .max(128)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what we refuse
  .regex(/^[^\u0000-\u001f\u007f\ud800-\udfff]+$/u, "no control characters or lone surrogates");

/** Languages that Shopkeeper treats as equals. */
export const locale: z.ZodType<Locale> = z.enum(["en", "zh"]);
export type Locale = "en" | "zh";

/** A text in one or both languages. */
export type LocalText = { readonly en?: string | undefined; readonly zh?: string | undefined };

/** The text in the wanted language, else in the other one, else empty. */
export function localText(text: LocalText, wanted: Locale): string {
  return text[wanted] ?? text.en ?? text.zh ?? "";
}
