import { afterAll, describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import type { Network, Scope } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { add, gelu } from "../graph/primitives/elementwise.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { joinHeads, splitHeads } from "../layers/attention.ts";
import { embedding, embeddingTable } from "../layers/embedding.ts";
import { feedForward } from "../layers/feed-forward.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import { createRandom } from "../random.ts";
import { openSession, type Session, type Slot } from "../runtime/session.ts";
import { compileInference } from "./compile.ts";
import { createDecoder, type Decoder, type DecoderOptions } from "./decoder.ts";
import { type Attend, type CausalNetwork, stepNetwork, wholeNetwork } from "./decoding.ts";

const places = 7;
const width = 16;
const heads = 2;

function block(scope: Scope, x: Tensor, name: string, attend: Attend): Tensor {
  const norm = layerNorm(scope.child("norm1"), x);
  const [query, key, value] = ["query", "key", "value"].map((part) =>
    splitHeads(linear(scope.child(part), norm, { width }), heads),
  );
  const seen = joinHeads(attend(name, { query, key, value, alpha: 1 / Math.sqrt(width / heads) }));
  const mixed = add(x, linear(scope.child("output"), seen, { width }));
  return add(
    mixed,
    feedForward(scope.child("feed"), layerNorm(scope.child("norm2"), mixed), {
      hidden: 32,
      activation: gelu,
      dropout: 0,
    }),
  );
}

/** Ids and places to states, through two blocks. */
const network: CausalNetwork = {
  inputs: {
    ids: { type: "int32", shape: [1, 1] },
    place: { type: "int32", shape: [1, 1] },
  },
  build: (scope, { ids, place }, attend) => {
    const table = embeddingTable(scope, "places", { rows: places, width });
    const x = add(
      embedding(scope.child("ids"), ids, { rows: 20, width }),
      reshape(gatherRows(table, place), [...ids.shape, width]),
    );
    const first = block(scope.child("first"), x, "first", attend);
    return { state: block(scope.child("second"), first, "second", attend) };
  },
};

const spec = { heads, keyWidth: width / heads, valueWidth: width / heads };
const layers = { first: spec, second: spec };
const rowsOf = Object.keys(layers).flatMap((layer) => [`row.keys.${layer}`, `row.values.${layer}`]);

const sessions: Session[] = [];
async function open(what: Network, outputs: readonly string[]): Promise<Session> {
  const form = { outputs, target: "native", batch: "free" } as const;
  const { parameters } = await compileInference(what, { ...form, parameters: "inputs" });
  const random = createRandom(11);
  const values = new Map(
    parameters.map(({ name, shape }) => {
      const own = random.split(name);
      return [name, Float32Array.from({ length: sizeOf(shape) }, () => 0.4 * own.normal())];
    }),
  );
  const { model } = await compileInference(what, { ...form, parameters: values });
  const session = await openSession(model, { threads: 1, spins: false });
  sessions.push(session);
  return session;
}
afterAll(() => Promise.all(sessions.map((one) => one.release())));

const int32 = (shape: readonly number[], values: readonly number[]): Slot => ({
  type: "int32",
  shape,
  data: Int32Array.from(values),
});

async function statesOfWhole(ids: readonly number[]): Promise<Float32Array> {
  const session = await open(wholeNetwork(network, ids.length), ["state"]);
  const data = new Float32Array(ids.length * width);
  const shape = [1, ids.length];
  await session.run(
    { ids: int32(shape, ids), place: int32(shape, [...ids.keys()]) },
    { state: { type: "float32", shape: [...shape, width], data } },
  );
  return data;
}

async function openDecoder(more: Partial<DecoderOptions> = {}): Promise<Decoder> {
  const capacity = more.capacity ?? places;
  const session = await open(stepNetwork(network, layers, capacity), ["state", ...rowsOf]);
  return createDecoder(session, {
    layers,
    capacity,
    whenFull: "refuse",
    outputs: { state: [1, 1, width] },
    ...more,
  });
}

const append = async (decoder: Decoder, id: number, place: number): Promise<Float32Array> => {
  const found = await decoder.append({ ids: int32([1, 1], [id]), place: int32([1, 1], [place]) });
  return Float32Array.from(found["state"]);
};

/** Largest difference. */
const gap = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0);

describe("decoder", () => {
  const ids = [3, 3, 19, 0, 7, 3, 12];

  test("one place at a time, every state is that of the whole", async () => {
    const whole = await statesOfWhole(ids);
    const decoder = await openDecoder();
    for (const [at, id] of ids.entries()) {
      const state = await append(decoder, id, at);
      const expected = whole.subarray(at * width, (at + 1) * width);
      expect(gap(state, expected)).toBeLessThan(1e-5);
    }
    expect(decoder.length).toBe(places);
    // The states differ where the past does: the same id at two places.
    expect(gap(whole.subarray(0, width), whole.subarray(width, 2 * width))).toBeGreaterThan(0.1);
  });

  test("full, it refuses and nothing has changed; reset, it begins anew", async () => {
    const decoder = await openDecoder({ capacity: 2 });
    const first = await append(decoder, 5, 0);
    await append(decoder, 6, 1);
    const refusal = await append(decoder, 7, 2).catch((cause: unknown) => cause);
    expect(isProblem(refusal) && refusal.code).toBe("limit-reached");
    expect(decoder.length).toBe(2);
    decoder.reset();
    expect(await append(decoder, 5, 0)).toEqual(first);
  });

  test("a run that fails leaves the sequence as it was", async () => {
    const decoder = await openDecoder();
    await append(decoder, 5, 0);
    await expect(append(decoder, 99, 1)).rejects.toThrow("out of data bounds");
    const state = await append(decoder, 6, 1);
    const whole = await statesOfWhole([5, 6]);
    expect(gap(state, whole.subarray(width))).toBeLessThan(1e-5);
  });

  test("sliding, the oldest place is no longer seen", async () => {
    const slide = { capacity: 1, whenFull: "slide" } as const;
    const narrow = await openDecoder(slide);
    const alone = await openDecoder(slide);
    await append(narrow, 4, 0);
    // With room for one place, a place sees itself alone, whatever came before it.
    expect(await append(narrow, 9, 1)).toEqual(await append(alone, 9, 1));
    expect(narrow.length).toBe(2);
  });

  test("sliding, the last places that fit are seen and no others", async () => {
    const slide = { capacity: 3, whenFull: "slide" } as const;
    const wide = await openDecoder();
    const narrow = await openDecoder(slide);
    const after = await openDecoder(slide);
    for (const [at, id] of [1, 2, 3].entries()) {
      expect(await append(narrow, id, at)).toEqual(await append(after, id, at));
      await append(wide, id, at);
    }
    const fourth = await append(narrow, 4, 3);
    expect(fourth).toEqual(await append(after, 4, 3));
    // With room it would have seen the first place too.
    expect(gap(fourth, await append(wide, 4, 3))).toBeGreaterThan(1e-3);
    // Rows of the first were overwritten, not those of the second: it still tells.
    const other = await openDecoder(slide);
    for (const [at, id] of [1, 9, 3].entries()) await append(other, id, at);
    expect(gap(fourth, await append(other, 4, 3))).toBeGreaterThan(1e-3);
  });
});
