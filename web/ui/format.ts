import type { Language } from "./words.ts";

/** Numbers as people read them. Shares are 0..1 in the program and percent on the page only. */
const DASH = "–";

/** Making a formatter takes a hundred times as long as using it, and a table wants one for each cell. */
function kept<How, Format>(
  Maker: new (language: string, how: How) => Format,
): (language: string, how: How) => Format {
  const made = new Map<string, Format>();
  return (language, how) => {
    const key = `${language} ${JSON.stringify(how)}`;
    const format = made.get(key) ?? new Maker(language, how);
    made.set(key, format);
    return format;
  };
}

const numberFormat = kept<Intl.NumberFormatOptions, Intl.NumberFormat>(Intl.NumberFormat);
const dateFormat = kept<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>(Intl.DateTimeFormat);
const timeFormat = kept<Intl.RelativeTimeFormatOptions, Intl.RelativeTimeFormat>(
  Intl.RelativeTimeFormat,
);

export const whole = (value: number | null | undefined, language: Language): string =>
  value == null ? DASH : numberFormat(language, { maximumFractionDigits: 0 }).format(value);

/** @param digits significant digits */
export const decimal = (
  value: number | null | undefined,
  language: Language,
  digits: number = 3,
): string =>
  value == null ? DASH : numberFormat(language, { maximumSignificantDigits: digits }).format(value);

/** Always so many places behind the point, for columns. */
export const fixed = (
  value: number | null | undefined,
  language: Language,
  places: number,
  signDisplay: "auto" | "exceptZero" = "auto",
): string =>
  value == null
    ? DASH
    : numberFormat(language, {
        minimumFractionDigits: places,
        maximumFractionDigits: places,
        signDisplay,
      }).format(value);

/** @unit share 0..1 */
export const percent = (
  share: number | null | undefined,
  language: Language,
  digits: number = 1,
): string =>
  share == null
    ? DASH
    : numberFormat(language, {
        style: "percent",
        maximumFractionDigits: digits,
        // No "-0 %".
        signDisplay: "negative",
      }).format(share);

/** Digits behind the point of a currency's amounts. */
export const currencyDigits = (currency: string | null | undefined): number =>
  currency
    ? (numberFormat("en", { style: "currency", currency }).resolvedOptions()
        .maximumFractionDigits ?? 2)
    : 2;

/** @unit priceMinor minor units of the currency */
export function money(
  priceMinor: number | null | undefined,
  currency: string | null | undefined,
  language: Language,
): string {
  if (priceMinor == null || !currency) return DASH;
  const format = numberFormat(language, { style: "currency", currency });
  return format.format(priceMinor / 10 ** currencyDigits(currency));
}

/** An amount as a number, for axes and tables. @unit priceMinor minor units of the currency */
export function inUnits(priceMinor: number, currency: string): number {
  const format = numberFormat("en", { style: "currency", currency });
  return priceMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
}

/** The day alone. @unit at epoch ms, begin of a day of UTC */
export const dayOf = (at: number, language: Language): string =>
  dateFormat(language, { month: "short", day: "numeric", timeZone: "UTC" }).format(at);

/** "1.2 GB". */
export function bytes(count: number | null | undefined, language: Language): string {
  if (count == null) return DASH;
  const power = count < 1_000 ? 0 : Math.min(4, Math.floor(Math.log10(count) / 3));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"][power] as string;
  const how = { style: "unit", unit, maximumSignificantDigits: 3 } as const;
  return numberFormat(language, how).format(count / 1_000 ** power);
}

/** @unit at epoch ms */
export const moment = (at: number | null | undefined, language: Language): string =>
  at == null ? DASH : dateFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at);

/** @unit at epoch ms */
export const clockTime = (at: number, language: Language): string =>
  dateFormat(language, { timeStyle: "medium", hourCycle: "h23" }).format(at);

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** "3 minutes ago", in the largest unit that is not nought. @unit at, now epoch ms */
export function ago(at: number | null | undefined, now: number, language: Language): string {
  if (at == null) return DASH;
  const ms = at - now;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["second", 1_000];
  const words = timeFormat(language, { numeric: "auto" });
  return words.format(Math.trunc(ms / length), unit);
}

/** "3.3 days", and in hours what is less than one. @unit days */
export function inDays(days: number, language: Language): string {
  const [value, unit] = days < 1 ? [24 * days, "hour"] : [days, "day"];
  const how = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 } as const;
  return numberFormat(language, how).format(value);
}

/** "1 min 20 s", "0.06 ms". @unit ms */
export function duration(ms: number | null | undefined, language: Language): string {
  if (ms == null) return DASH;
  if (ms < 10) return `${decimal(ms, language, 2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const unit = (value: number, name: string): string =>
    numberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${unit(minutes, "minute")} ${unit(seconds % 60, "second")}`;
  return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
}
