import { expect, test } from "vitest";
import { dropoutPoolSize, type Network, poolName } from "../graph/network.ts";
import { meanAll } from "../graph/primitives/arrange.ts";
import { multiply } from "../graph/primitives/elementwise.ts";
import { ones } from "../layers/initialisers.ts";
import { compileTraining } from "./compile.ts";
import { drawOffsets, fillPools } from "./dropout.ts";
import type { ProgramMemory } from "./trainer-memory.ts";

const network: Network = {
  inputs: { x: { type: "float32", shape: [4, 3] } },
  build: (scope, { x }) => {
    const once = scope.dropout(multiply(x, scope.parameter("w", [3], ones)), 0.2);
    return { loss: meanAll(scope.dropout(once, 0.75)) };
  },
};

/** What the functions touch of a program's memory. */
function memoryOf(turns: number): ProgramMemory {
  const { program } = compileTraining(network, {
    turns,
    target: "native",
    clipExamplesTo: undefined,
  });
  const inputs = program.inputs.map(({ name, type, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { data: type === "int32" ? new Int32Array(size) : new Float32Array(size) }];
  });
  return { program, inputs: new Map(inputs as []) } as unknown as ProgramMemory;
}

const dataOf = (memory: ProgramMemory, name: string): readonly number[] =>
  Array.from(memory.inputs.get(name)?.data as Float32Array);

test.each([0.2, 0.75])("pools of rate %d keep the mean", (rate) => {
  const memory = memoryOf(1);
  fillPools(memory, 5);
  const pool = dataOf(memory, poolName(rate));
  const kept = Math.fround(1 / (1 - rate));
  expect([...new Set(pool)].sort((a, b) => a - b)).toEqual([0, kept]);
  const mean = pool.reduce((sum, value) => sum + value, 0) / dropoutPoolSize;
  // Five standard errors: sqrt(rate / (1 - rate) / size).
  expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(rate / (1 - rate) / dropoutPoolSize));
});

test("pools depend on the seed alone", () => {
  const [first, same, other] = [memoryOf(1), memoryOf(2), memoryOf(1)];
  fillPools(first, 5);
  fillPools(same, 5);
  fillPools(other, 6);
  const start = (memory: ProgramMemory): readonly number[] =>
    dataOf(memory, poolName(0.75)).slice(0, 64);
  expect(start(same)).toEqual(start(first));
  expect(start(other)).not.toEqual(start(first));
});

test("offsets are drawn anew for each step, turn and site, from the seed and the step", () => {
  const memory = memoryOf(4);
  const drawn = (seed: number, step: number): readonly number[] => {
    drawOffsets(memory, seed, step);
    return dataOf(memory, "dropout.offsets");
  };
  const first = drawn(1, 10);
  expect(new Set(first).size).toBe(8);
  const next = drawn(1, 11);
  expect(next).not.toEqual(first);
  expect(drawn(2, 10)).not.toEqual(first);
  expect(drawn(1, 10)).toEqual(first);
});

test("offsets leave room for the mask, up to the very end", () => {
  const memory = memoryOf(1);
  const size = dropoutPoolSize - 1;
  const sites = [size, dropoutPoolSize].map((length) => ({ rate: 0.2, size: length }));
  const long = { ...memory, program: { ...memory.program, dropout: sites } };
  const seen = new Set<number>();
  for (let step = 0; step < 40; step++) {
    drawOffsets(long, 1, step);
    const [free, full] = dataOf(memory, "dropout.offsets");
    seen.add(free);
    expect(full).toBe(0);
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1]);
});

test("a program without dropout is left alone", () => {
  const memory = { program: { dropout: [] }, inputs: new Map() } as unknown as ProgramMemory;
  expect(() => {
    fillPools(memory, 1);
    drawOffsets(memory, 1, 1);
  }).not.toThrow();
});
