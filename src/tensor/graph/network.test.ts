import { describe, expect, test } from "vitest";
import { runTensors } from "../conformance/run-tensors.ts";
import {
  dropoutPoolSize,
  emptyDeclarations,
  type Initialiser,
  initialValues,
  inputOf,
  openScope,
  poolName,
  type Scope,
} from "./network.ts";
import { input, scalar, variable } from "./tensor.ts";

const ones: Initialiser = (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
const normals: Initialiser = (shape, random) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());

const training = {
  isTraining: true,
  startOf: () => variable("start", { type: "int32", shape: [] }),
};
const service = { ...training, isTraining: false };

describe("a scope", () => {
  test("names what is asked for by the path to it", () => {
    const declared = emptyDeclarations();
    const scope = openScope(declared, training);
    scope.parameter("bias", [2], ones);
    const block = scope.child("block0");
    block.parameter("weight", [3, 2], ones);
    block.child("norm").parameter("scale", [2], ones);
    expect([...declared.parameters.keys()]).toEqual(["bias", "block0.weight", "block0.norm.scale"]);
    expect([...declared.parameters.values()].map(({ tensor }) => tensor)).toMatchObject([
      { source: { kind: "parameter", name: "bias" }, shape: [2] },
      { source: { kind: "parameter", name: "block0.weight" }, shape: [3, 2] },
      { source: { kind: "parameter", name: "block0.norm.scale" }, shape: [2] },
    ]);
  });

  test("gives one parameter for one name, whichever way it is reached", () => {
    const declared = emptyDeclarations();
    const scope = openScope(declared, training);
    const first = scope.child("tower").parameter("weight", [2, 2], ones);
    const again = scope.child("tower").parameter("weight", [2, 2], normals);
    expect(again).toBe(first);
    expect(scope.parameter("tower.weight", [2, 2], ones)).toBe(first);
    expect(scope.child("other").parameter("weight", [2, 2], ones)).not.toBe(first);
    expect(declared.parameters.size).toBe(2);
    expect(declared.parameters.get("tower.weight")?.initial).toBe(ones);
  });

  test("refuses another shape for a known name", () => {
    const scope = openScope(emptyDeclarations(), training);
    scope.child("a").parameter("w", [2, 3], ones);
    expect(() => scope.child("a").parameter("w", [3, 2], ones)).toThrow("a.w is always [2, 3]");
    expect(() => scope.child("a").parameter("w", [6], ones)).toThrow("a.w is always [2, 3]");
  });

  test("tells whether it trains, to its children too", () => {
    expect(openScope(emptyDeclarations(), training).child("a").isTraining).toBe(true);
    expect(openScope(emptyDeclarations(), service).child("a").isTraining).toBe(false);
  });
});

describe("what is measured", () => {
  const measured = { initial: ones, keep: 0.9 };

  test("is kept by its path with what it began with", () => {
    const declared = emptyDeclarations();
    const value = scalar(3);
    openScope(declared, training).child("norm").measure("mean", value, measured);
    expect([...declared.statistics]).toEqual([["norm.mean", { tensor: value, ...measured }]]);
  });

  test("is nothing in service", () => {
    const declared = emptyDeclarations();
    openScope(declared, service).measure("mean", scalar(3), measured);
    expect(declared.statistics.size).toBe(0);
  });

  test("is measured once, and averaged by a share below 1", () => {
    const scope = openScope(emptyDeclarations(), training);
    scope.measure("mean", scalar(3), measured);
    expect(() => scope.measure("mean", scalar(4), measured)).toThrow("mean is measured once");
    for (const keep of [-0.1, 1, Number.NaN]) {
      expect(() => scope.measure(`keep ${keep}`, scalar(3), { initial: ones, keep })).toThrow(
        "an average keeps",
      );
    }
    expect(() => scope.measure("none", scalar(3), { initial: ones, keep: 0 })).not.toThrow();
  });
});

describe("dropout", () => {
  const x = input("x", "float32", [2, 3]);

  test("is nothing in service or at rate 0", () => {
    const declared = emptyDeclarations();
    expect(openScope(declared, service).dropout(x, 0.5)).toBe(x);
    expect(openScope(declared, training).dropout(x, 0)).toBe(x);
    expect(declared).toMatchObject({ dropout: [] });
    expect(declared.pools.size).toBe(0);
  });

  test("has a site for every use and a pool for every rate", () => {
    const declared = emptyDeclarations();
    const scope = openScope(declared, training);
    scope.dropout(x, 0.5);
    scope.child("deep").dropout(input("y", "float32", [4]), 0.25);
    scope.dropout(x, 0.5);
    expect(declared.dropout).toEqual([
      { rate: 0.5, size: 6 },
      { rate: 0.25, size: 4 },
      { rate: 0.5, size: 6 },
    ]);
    expect([...declared.pools.keys()]).toEqual([0.5, 0.25]);
  });

  test("reads its mask from where it is told to", async () => {
    const asked: number[] = [];
    const startOf = (site: number) => {
      asked.push(site);
      return input(`start${site}`, "int32", []);
    };
    const scope = openScope(emptyDeclarations(), { isTraining: true, startOf });
    const [first, second] = [scope.dropout(x, 0.5), scope.dropout(x, 0.5)];
    expect(asked).toEqual([0, 1]);
    const pool = Array.from({ length: dropoutPoolSize }, (_, at) => (at % 3 === 0 ? 0 : at));
    const found = await runTensors(
      { first, second },
      { x: [1, 1, 1, 1, 1, 10], [poolName(0.5)]: pool, start0: [1], start1: [dropoutPoolSize - 6] },
    );
    const end = dropoutPoolSize - 6;
    expect(found["first"]).toEqual([1, 2, 0, 4, 5, 0]);
    expect(found["second"]).toEqual(
      [0, 1, 2, 3, 4, 5].map((at) => pool[end + at] * (at === 5 ? 10 : 1)),
    );
  });

  test.each([-0.1, 1, Number.NaN])("is refused at rate %d", (rate) => {
    const scope: Scope = openScope(emptyDeclarations(), training);
    expect(() => scope.dropout(x, rate)).toThrow("a rate of dropout is from 0 to less than 1");
  });
});

describe("first values", () => {
  const declare = (...names: readonly string[]) => {
    const declared = emptyDeclarations();
    const scope = openScope(declared, training);
    for (const name of names) scope.parameter(name, [3], normals);
    return declared;
  };

  test("depend on the seed and their own name alone", () => {
    const few = initialValues(declare("a", "b"), 5);
    const many = initialValues(declare("c", "b", "d", "a"), 5);
    expect(many.get("a")).toEqual(few.get("a"));
    expect(many.get("b")).toEqual(few.get("b"));
    expect(few.get("a")).not.toEqual(few.get("b"));
    expect(initialValues(declare("a", "b"), 5)).toEqual(few);
    expect(initialValues(declare("a"), 6).get("a")).not.toEqual(few.get("a"));
  });

  test("are as many as the shape holds, in the order asked for", () => {
    const declared = declare("b", "a");
    openScope(declared, training).measure("mean", input("m", "float32", [2]), {
      initial: ones,
      keep: 0.5,
    });
    const values = initialValues(declared, 1);
    expect([...values.keys()]).toEqual(["b", "a", "mean"]);
    expect(values.get("mean")).toEqual(Float32Array.of(1, 1));
  });

  test("of another number are refused", () => {
    const declared = emptyDeclarations();
    openScope(declared, training).parameter("w", [2, 2], () => new Float32Array(3));
    expect(() => initialValues(declared, 1)).toThrow("w is given all its first values");
  });
});

test("an input that the network is not given is named", () => {
  const x = input("x", "float32", [2]);
  expect(inputOf({ x }, "x")).toBe(x);
  expect(() => inputOf({ x }, "y")).toThrow("the network is given y");
});
