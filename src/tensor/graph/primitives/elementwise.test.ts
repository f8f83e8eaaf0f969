import { expect, test } from "vitest";
import { evaluate } from "../../conformance/reference.ts";
import { input, parameter, scalar } from "../tensor.ts";
import { add, addScalar, cast, greater, scale, where } from "./elementwise.ts";

const real = parameter("x", [2]);
const whole = input("n", "int32", [2]);

test("kinds of numbers do not mix", () => {
  expect(() => add(real, whole)).toThrow(/both sides are float32/);
  expect(() => where(greater(real, scalar(0)), real, whole)).toThrow(/both choices have one type/);
  expect(() => where(real, real, real)).toThrow(/the condition is bool, not float32/);
  expect(() => scale(whole, 2)).toThrow(/both sides are int32/);
});

test("what changes nothing makes nothing", () => {
  expect(scale(real, 1)).toBe(real);
  expect(cast(real, "float32")).toBe(real);
});

test("a term is added everywhere", () => {
  const values = new Map([["x", Float64Array.of(1, -2)]]);
  expect([...(evaluate([addScalar(real, 0.5)], values)[0] ?? [])]).toEqual([1.5, -1.5]);
});
