import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currencyExponent, parsePrice, toMinor } from "./money.ts";

describe("toMinor", () => {
  test.each([
    [19.99, "USD", 1999],
    [1.005, "USD", 101],
    ["1,299.00", "USD", 129_900],
    ["12", "JPY", 12],
    [12.5, "JPY", 13],
    ["1.2345", "KWD", 1235],
    [-4.2, "EUR", -420],
    [0, "USD", 0],
    [1e-7, "USD", 0],
    [".5", "USD", 50],
  ])("%s %s is %i minor units", (amount, currency, minor) => {
    expect(toMinor(amount, currency)).toBe(minor);
  });

  test.each(["", "free", "1,2,3", "1.2.3", null, undefined, {}, Number.NaN, "."])(
    "%s is no amount",
    (amount) => {
      expect(toMinor(amount, "USD")).toBeNaN();
    },
  );

  test("reads back every amount that a currency can write", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.constantFrom("USD", "JPY", "KWD", "CLF"),
        (minor, currency) => {
          const exponent = currencyExponent(currency);
          expect(toMinor((minor / 10 ** exponent).toFixed(exponent), currency)).toBe(minor);
        },
      ),
      { seed: 1 },
    );
  });
});

test.each([
  ["15.00 USD", { minor: 1500, currency: "USD" }],
  ["USD 15", { minor: 1500, currency: "USD" }],
  ["1,500 JPY", { minor: 1500, currency: "JPY" }],
  ["15.00", undefined],
  ["cheap", undefined],
])("the price %s", (text, price) => {
  expect(parsePrice(text)).toEqual(price);
});
