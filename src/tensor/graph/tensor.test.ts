import { describe, expect, test } from "vitest";
import { split, transpose } from "./primitives/arrange.ts";
import { add, exp, multiply } from "./primitives/elementwise.ts";
import { withSlopes } from "./primitives/given.ts";
import {
  type Call,
  callsOf,
  constant,
  constantValue,
  filled,
  input,
  isRows,
  leavesOf,
  mustBe,
  mustHave,
  parameter,
  readsOf,
  scalar,
  type Tensor,
  variable,
} from "./tensor.ts";

const x = input("x", "float32", [2, 3]);
const w = parameter("w", [3]);
const callOf = ({ source }: Tensor): Call => source as Call;
const namesOf = (results: readonly Tensor[]): string[] =>
  callsOf(results).map(({ primitive }) => primitive.name);

describe("calls", () => {
  test("come in the order they were made in, each once, whatever asks for them", () => {
    const first = multiply(x, w);
    const second = exp(first);
    const third = add(second, first);
    expect(namesOf([third])).toEqual(["multiply", "exp", "add"]);
    expect(callsOf([first, third, second])).toEqual([first, second, third].map(callOf));
  });

  test("are those that the results rest on alone", () => {
    const used = exp(x);
    exp(used);
    expect(callsOf([used])).toEqual([callOf(used)]);
    expect(callsOf([x, w])).toEqual([]);
  });

  test("stop at what is known", () => {
    const known = exp(x);
    const result = add(known, w);
    expect(callsOf([result], (one) => one === known)).toEqual([callOf(result)]);
    expect(callsOf([known], (one) => one === known)).toEqual([]);
  });

  test("with several results are one call, whose places count", () => {
    const parts = split(x, 1, [1, 2]);
    expect(parts.map(({ shape, place }) => ({ shape, place }))).toEqual([
      { shape: [2, 1], place: 0 },
      { shape: [2, 2], place: 1 },
    ]);
    expect(callsOf(parts)).toHaveLength(1);
    expect(callOf(parts[1]).outputs[1]).toBe(parts[1]);
  });

  test("go without what only the derivative reads", () => {
    const value = exp(x);
    const saved = multiply(x, x);
    const result = withSlopes({ value, wrt: [x], saved: [saved], slopes: () => [undefined] });
    expect(namesOf([result])).toContain("multiply");
    const read = callsOf([result], undefined, readsOf).map(({ primitive }) => primitive.name);
    expect(read).not.toContain("multiply");
    expect(read).toContain("exp");
  });

  test("turn axes once, however often they are turned, and not at all where they come back", () => {
    const start = input("cube", "float32", [2, 3, 4]);
    const twice = transpose(transpose(start, [1, 0, 2]), [0, 2, 1]);
    expect(twice.shape).toEqual([3, 4, 2]);
    expect(callsOf([twice])).toHaveLength(1);
    expect(transpose(twice, [2, 0, 1])).toBe(start);
  });

  test("take many inputs in linear time: a chain of doublings has no 2^40 paths", () => {
    let sum = x;
    for (let at = 0; at < 40; at++) sum = add(sum, sum);
    expect(callsOf([sum])).toHaveLength(40);
  });
});

describe("leaves", () => {
  const part = variable("part", { type: "float32", shape: [3] });
  const result = add(add(multiply(x, w), part), multiply(x, scalar(2)));

  test("are found by kind, each once", () => {
    expect(leavesOf([result, result], "input")).toEqual([x]);
    expect(leavesOf([result], "parameter")).toEqual([w]);
    expect(leavesOf([result], "variable")).toEqual([part]);
    expect(leavesOf([result], "constant").map(constantValue)).toEqual([2]);
  });

  test("may be results themselves, and come in the order of their first use", () => {
    const y = input("y", "float32", [3]);
    const z = input("z", "float32", [3]);
    expect(leavesOf([z, add(y, w), multiply(x, y)], "input")).toEqual([y, x, z]);
  });
});

describe("constants", () => {
  test("have the type of their array and all their values", () => {
    expect(constant(Float32Array.of(1, 2), [2]).type).toBe("float32");
    expect(constant(Int32Array.of(1, 2), [1, 2]).type).toBe("int32");
    expect(constant(Uint8Array.of(1), []).type).toBe("bool");
    expect(() => constant(Float32Array.of(1, 2), [3])).toThrow("2 values fill [3]");
    expect(() => constant(Float32Array.of(1), [-1])).toThrow("1 values fill [1 batch]");
  });

  test("tell their number when it is the same everywhere", () => {
    expect(constantValue(filled([2, 2], 0.5))).toBe(0.5);
    expect(constantValue(scalar(-3))).toBe(-3);
    expect(constantValue(constant(Float32Array.of(4), []))).toBeUndefined();
    expect(constantValue(x)).toBeUndefined();
    expect(constantValue(exp(scalar(1)))).toBeUndefined();
  });
});

describe("demands", () => {
  test("name what is wrong with a tensor", () => {
    expect(() => mustBe(x, "int32", "the index")).toThrow("the index is int32, not float32");
    expect(() => mustHave(x, [3], "the loss")).toThrow("the loss has shape [3], not [2, 3]");
    expect(() => input("free", "float32", [-1, -1])).toThrow("one axis at most is free");
  });

  test("hold in silence", () => {
    expect(() => mustBe(x, "float32", "x")).not.toThrow();
    expect(() => mustHave(x, [2, 3], "x")).not.toThrow();
  });
});

test("rows of a table are told from a tensor", () => {
  expect(isRows({ indices: x, rows: x })).toBe(true);
  expect(isRows(x)).toBe(false);
});
