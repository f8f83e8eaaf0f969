import { createHash } from "node:crypto";

/** An event id (UUID of version 8) from what a shop system calls the thing: the same each time. */
export function idOf(...parts: readonly (string | number)[]): string {
  const hex = createHash("sha256").update(parts.join("\0")).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A decimal as minor units of its currency: "12.90" EUR is 1290, "900" JPY is 900. */
export function toMinor(amount: string | number, currency: string): number {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return Math.round(Number(amount) * 10 ** maximumFractionDigits);
}

/** Text of HTML, for descriptions. */
export const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 10_000);
