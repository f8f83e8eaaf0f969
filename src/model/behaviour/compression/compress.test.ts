import { describe, expect, test } from "vitest";
import { modelFromBytes, modelToBytes } from "../../model-bytes.ts";
import { drawnHistories, drawnModel } from "../conformance/drawn-model.ts";
import type { NetworkShape } from "../network.ts";
import { compressed } from "./compress.ts";
import { bytesOf, type Kept, type KeptParameters, sparseOf, valuesOf } from "./kept.ts";
import { openKept } from "./open-kept.ts";
import { tried } from "./trial.ts";

const shape: NetworkShape = {
  ...{ vocabulary: 300, width: 32, blocks: 2, heads: 2, length: 8, hidden: 64, dropout: 0 },
  positions: "relative",
};
const model = drawnModel(shape);
const how = { share: 0.5, times: 16 } as const;
const plain: KeptParameters = {
  ...Object.fromEntries(model.parameters),
  items: model.parameters.get("items") as Float32Array,
};
const kindOf = (kept: Kept | undefined): string =>
  kept === undefined ? "none" : kept instanceof Float32Array ? "plain" : kept.kind;
const sizeOf = (parameters: KeptParameters): number =>
  Object.values(parameters).reduce((sum, kept) => sum + bytesOf(kept), 0);

/** Scores of all items for each history, by the way that serves. */
async function scoresOf(
  parameters: KeptParameters,
  histories: readonly Int32Array[],
  of: NetworkShape = shape,
): Promise<Float32Array[]> {
  const { reader, scoreInto } = openKept(
    { shape: of, parameters },
    { provider: "cpu", threads: 1, batch: 4 },
  );
  const states = await reader.read(histories);
  await reader.release();
  return histories.map((_, at) => {
    const out = new Float32Array(of.vocabulary);
    scoreInto(states.subarray(at * of.width, (at + 1) * of.width), out);
    return out;
  });
}

/** ||a - b|| / ||b|| over all. */
function distance(found: readonly Float32Array[], wanted: readonly Float32Array[]): number {
  let [gap, size] = [0, 0];
  for (const [row, list] of wanted.entries()) {
    for (const [at, value] of list.entries()) {
      gap += (value - ((found[row] as Float32Array)[at] as number)) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(gap / size);
}

const histories = drawnHistories(shape, 20);

describe("a model in 8 bits", () => {
  test("keeps its matrices as bytes and the rest as it was", async () => {
    const small = await compressed(model, { method: "int8", ...how }, 1);
    expect(kindOf(small.items)).toBe("bytes");
    expect(kindOf(small["block0.attention.query.weight"])).toBe("bytes");
    expect(kindOf(small["block0.attention.query.bias"])).toBe("plain");
    expect(kindOf(small["norm.scale"])).toBe("plain");
    expect(new Set(Object.keys(small))).toEqual(new Set(model.parameters.keys()));
    // A byte in place of four, a scale for every row or column, and what stays.
    expect(sizeOf(small) / sizeOf(plain)).toBeGreaterThan(0.25);
    expect(sizeOf(small) / sizeOf(plain)).toBeLessThan(0.35);
  });

  test("scores as it did but for its rounding, of its own bytes", async () => {
    const small = await compressed(model, { method: "int8", ...how }, 1);
    const whole = await scoresOf(plain, histories);
    const found = await scoresOf(small, histories);
    expect(distance(found, whole)).toBeLessThan(0.03);
    expect(distance(found, whole)).toBeGreaterThan(0.001);
    const { values, ...items } = small.items as Extract<Kept, { kind: "bytes" }>;
    const zeros = { ...small, items: { ...items, values: values.map(() => 0) } };
    const [first] = await scoresOf(zeros, histories);
    expect(new Set(first)).toEqual(new Set([0]));
  });

  test("is the same after it was stored", async () => {
    const small = await compressed(model, { method: "int8", ...how }, 1);
    const back = modelFromBytes(modelToBytes(small)) as KeptParameters;
    expect(await scoresOf(back, histories)).toEqual(await scoresOf(small, histories));
  });
});

describe("a pruned model", () => {
  test("is without the share of its matrices' numbers that are nearest to 0", async () => {
    const small = await compressed(model, { method: "prune", ...how, share: 0.7 }, 1);
    const packed = Object.entries(small).filter(([, kept]) => kindOf(kept) === "sparse");
    const count = (of: (name: string, kept: Kept) => ArrayLike<number>): number =>
      packed.reduce((sum, [name, kept]) => sum + of(name, kept).length, 0);
    const all = count((name) => model.parameters.get(name) as Float32Array);
    const left = count((_, kept) => (kept as Extract<Kept, { kind: "sparse" }>).values);
    expect(left / all).toBeCloseTo(0.3, 3);
    const leastKept = Math.min(
      ...packed.flatMap(([, kept]) => [...valuesOf(kept)].filter(Boolean).map(Math.abs)),
    );
    const lost = packed.flatMap(([name, kept]) => {
      const now = valuesOf(kept);
      return [...(model.parameters.get(name) as Float32Array)].filter((_, at) => now[at] === 0);
    });
    expect(Math.max(...lost.map(Math.abs))).toBeLessThanOrEqual(leastKept);
    // A bit for each number and four bytes for those that are left.
    expect(sizeOf(small) / sizeOf(plain)).toBeLessThan(0.3 + 1 / 32 + 0.05);
  });

  test("scores as the dense one with those zeros", async () => {
    const small = await compressed(model, { method: "prune", ...how, share: 0.3 }, 1);
    const dense = Object.fromEntries(Object.entries(small).map(([name, k]) => [name, valuesOf(k)]));
    const filled = { ...dense, items: dense["items"] as Float32Array };
    expect(await scoresOf(small, histories)).toEqual(await scoresOf(filled, histories));
  });

  test("numbers come back where they stood", () => {
    const kept = sparseOf(Float32Array.of(3, 0.1, -2, 0, 0.2, 5, -0.3, 1, -9, 0.4), 1);
    expect([...valuesOf(kept)]).toEqual([3, 0, -2, 0, 0, 5, 0, 1, -9, 0]);
    expect([...kept.bits]).toEqual([0b1010_0101, 0b1]);
  });
});

describe("a model with a table of codes", () => {
  const large = drawnModel({ ...shape, vocabulary: 4_200, width: 8, hidden: 256 });
  test("scores by what its codes say", async () => {
    const small = await compressed(large, { method: "pq", share: 0, times: 8 }, 1);
    const { items } = small;
    expect(kindOf(items)).toBe("codes");
    expect((items as Extract<Kept, { kind: "codes" }>).codes.length).toBe(4_200 * 4);
    expect(kindOf(small["block0.attention.query.weight"])).toBe("plain");
    const some = histories.slice(0, 4);
    const decoded = { ...small, items: valuesOf(items) };
    const found = await scoresOf(small, some, large.shape);
    // A table of so many rows that is decoded is scored in 8 bits.
    expect(distance(found, await scoresOf(decoded, some, large.shape))).toBeLessThan(0.01);
    const whole = { ...small, items: large.parameters.get("items") as Float32Array };
    expect(distance(found, await scoresOf(whole, some, large.shape))).toBeGreaterThan(0.02);
  });

  test("a small table stays as it is", async () => {
    const small = await compressed(model, { method: "pq", ...how }, 1);
    expect(kindOf(small.items)).toBe("plain");
  });
});

describe("a trial", () => {
  const options = {
    provider: "cpu" as const,
    threads: 1,
    filterSeen: false,
    timedMost: 4,
    onward: () => undefined,
  };
  const before = { shape, parameters: plain };
  test("of a model against itself loses nothing, and less of a model loses", async () => {
    const whole = await scoresOf(plain, histories);
    // What the whole model holds for likeliest is what is asked for.
    const questions = histories.map((history, at) => {
      const scores = whole[at] as Float32Array;
      return { history, target: scores.indexOf(Math.max(...scores)) };
    });
    const same = await tried(before, before, questions, options);
    expect(same).toMatchObject({
      ndcg10: { before: 1, after: 1 },
      hitRate10: { before: 1, after: 1 },
      ...{ cases: 20, drop: 0 },
    });
    expect(same.bytes.before).toBe(sizeOf(plain));
    expect(same.latencyMs.before).toBeGreaterThan(0);
    const parameters = await compressed(model, { method: "prune", ...how, share: 0.99 }, 1);
    const worse = await tried(before, { shape, parameters }, questions, options);
    expect(worse.ndcg10.after).toBeLessThan(0.8);
    expect(worse.drop).toBeCloseTo(Math.max(1 - worse.ndcg10.after, 1 - worse.hitRate10.after), 9);
    expect(worse.bytes.after).toBeLessThan(0.2 * worse.bytes.before);
  });

  test("stops when it is told to", async () => {
    const questions = [{ history: Int32Array.of(1), target: 2 }];
    const onward = (): never => {
      throw new Error("enough");
    };
    const stopped = tried(before, before, questions, { ...options, onward });
    await expect(stopped).rejects.toThrow("enough");
  });
});
