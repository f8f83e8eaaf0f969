import { describe, expect, test } from "vitest";
import { split } from "./primitives/arrange.ts";
import { add, exp, multiply, negate } from "./primitives/elementwise.ts";
import { capturedBy, substitute } from "./substitute.ts";
import { type Call, callsOf, constant, input, parameter, scalar, type Tensor } from "./tensor.ts";

const x = input("x", "float32", [4]);
const y = input("y", "float32", [4]);
const z = input("z", "float32", [4]);
const w = parameter("w", [4]);

/** The calls as text, leaves by their names. */
function textOf({ source }: Tensor): string {
  if (source.kind !== "call") return source.kind === "constant" ? `${source.values}` : source.name;
  return `${source.primitive.name}(${source.inputs.map(textOf).join(", ")})`;
}

describe("substitute", () => {
  test("writes the same calls on other tensors", () => {
    const [result] = substitute([multiply(add(x, w), exp(x))], new Map([[x, y]]));
    expect(textOf(result)).toBe("multiply(add(y, w), exp(y))");
  });

  test("leaves what rests on none of them as it is", () => {
    const still = exp(w);
    const [result, same] = substitute([add(x, still), still], new Map([[x, y]]));
    expect((result.source as Call).inputs[1]).toBe(still);
    expect(same).toBe(still);
  });

  test("replaces at once, not one after the other", () => {
    const swapped = new Map([
      [x, y],
      [y, x],
    ]);
    const [result] = substitute([multiply(x, exp(y))], swapped);
    expect(textOf(result)).toBe("multiply(y, exp(x))");
  });

  test("replaces results of calls, and results themselves", () => {
    const inner = exp(x);
    const results = substitute([negate(inner), inner, x], new Map([[inner, z]]));
    expect(results.map(textOf)).toEqual(["negate(z)", "z", "x"]);
  });

  test("keeps one call one call", () => {
    const shared = exp(x);
    const results = substitute([add(shared, w), multiply(shared, w)], new Map([[x, y]]));
    expect(callsOf(results)).toHaveLength(3);
  });

  test("keeps the places of calls with several results", () => {
    const [, second] = split(x, 0, [1, 3]);
    const [result] = substitute([second], new Map([[x, y]]));
    expect(result).toMatchObject({ place: 1, shape: [3] });
    expect((result.source as Call).inputs).toEqual([y]);
  });

  test("asks the shapes anew", () => {
    const short = input("short", "float32", [2]);
    const [result] = substitute([exp(negate(x))], new Map([[x, short]]));
    expect(result.shape).toEqual([2]);
    expect(() => substitute([add(x, w)], new Map([[x, short]]))).toThrow("stretch");
  });
});

describe("captured", () => {
  test("is what no variable moves, as far out as can be", () => {
    const outside = exp(negate(w));
    const inside = multiply(add(x, outside), outside);
    expect(capturedBy([inside], new Set([x]))).toEqual([outside]);
  });

  test("is found once, in the order of its first use", () => {
    const result = add(multiply(add(x, z), y), z);
    expect(capturedBy([result, result], new Set([x]))).toEqual([z, y]);
  });

  test("has results that no variable moves, and no constants", () => {
    const still = exp(w);
    const fixed = constant(Float32Array.of(1, 2, 3, 4), [4]);
    const results = [add(x, fixed), multiply(x, scalar(2)), still, y, fixed, x];
    expect(capturedBy(results, new Set([x]))).toEqual([still, y]);
  });

  test("is a call of constants, which is not one itself", () => {
    const made = exp(scalar(1));
    expect(capturedBy([add(x, made)], new Set([x]))).toEqual([made]);
  });
});
