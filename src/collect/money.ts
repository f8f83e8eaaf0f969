/**
 * Money as sources write it (decimal numbers, "1,299.00", "15.00 USD") to integer minor units of
 * the currency: 0 decimals for JPY, 3 for KWD. What cannot be understood is NaN, which validation
 * then refuses with the field's name.
 */

// ISO 4217 (2024). Intl is not asked: its answer differs between versions of Node (HUF, IDR).
const exponents = new Map<string, number>([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map(none),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code): [string, number] => [code, 3]),
  ["CLF", 4],
  ["UYW", 4],
]);

function none(code: string): [string, number] {
  return [code, 0];
}

/** Decimals of a currency's minor unit by ISO 4217; 2 for every code not named above. */
export function currencyExponent(currency: string): number {
  return exponents.get(currency) ?? 2;
}

/**
 * Decimal amount to minor units, rounded half away from zero on the decimal digits as written, so
 * that 1.005 is 101 cents. @unit result minor units, NaN when `amount` is no amount
 */
export function toMinor(amount: unknown, currency: string): number {
  if (typeof amount === "number") {
    const scaled = amount * 10 ** currencyExponent(currency);
    const whole = Math.round(scaled);
    // Only what lies between two minor units needs its digits looked at.
    if (Math.abs(scaled - whole) < 1e-4) return whole === 0 ? 0 : whole;
  }
  const text = typeof amount === "number" ? plainDecimal(amount) : cleaned(amount);
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return Number.NaN;
  const exponent = currencyExponent(currency);
  const kept = fraction.padEnd(exponent, "0").slice(0, exponent);
  const up = fraction.charAt(exponent) >= "5" ? 1 : 0;
  const minor = Number(`${whole}${kept}`) + up;
  return sign === "-" && minor !== 0 ? -minor : minor;
}

function plainDecimal(amount: number): string {
  if (!Number.isFinite(amount)) return "none";
  const text = String(amount);
  return text.includes("e") ? amount.toFixed(6) : text;
}

function cleaned(amount: unknown): string {
  if (typeof amount !== "string") return "none";
  const text = amount.trim();
  return /^-?\d{1,3}(,\d{3})+(\.\d*)?$/.test(text) ? text.replaceAll(",", "") : text;
}

/** "15.00 USD" or "USD 15.00" in minor units with its currency; undefined when it is neither. */
export function parsePrice(text: string): { minor: number; currency: string } | undefined {
  const match = /^([A-Z]{3})?\s*(-?[\d.,]+)\s*([A-Z]{3})?$/.exec(text.trim().toUpperCase());
  const currency = match?.[3] ?? match?.[1];
  if (match === null || currency === undefined) return undefined;
  const minor = toMinor(match[2], currency);
  return Number.isNaN(minor) ? undefined : { minor, currency };
}
