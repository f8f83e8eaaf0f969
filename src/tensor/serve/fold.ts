import { emitGraph } from "../graph/emitter.ts";
import { sizeOf } from "../graph/shape.ts";
import { substitute } from "../graph/substitute.ts";
import { callsOf, constant, type Tensor, type Values } from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";
import { openSessionHere } from "../runtime/providers.ts";
import type { Slot } from "../runtime/session.ts";

/**
 * What rests on constants alone is computed once, by the runtime itself, and kept as a constant: a
 * normalised table of items, say. Of what can be folded the outermost results are kept alone. Left
 * out: what would make the file larger than what it is made of, such as copies along an axis.
 */
const growthMost = 4096; // values; a mask, not a table

export async function foldConstants(results: readonly Tensor[]): Promise<readonly Tensor[]> {
  const folded = outermost(results);
  if (folded.length === 0) return results;
  const outputs = Object.fromEntries(folded.map((one, at) => [`folded${at}`, one]));
  const graph = emitGraph("constants", outputs, "native");
  const session = await openSessionHere(encodeModel({ graph, metadata: {} }), oneThread);
  const slots = Object.fromEntries(folded.map((one, at) => [`folded${at}`, slotOf(one)]));
  try {
    await session.run({}, slots);
  } finally {
    await session.release();
  }
  const known = folded.map((one, at): [Tensor, Tensor] => [
    one,
    constant(slots[`folded${at}`].data as Values, one.shape),
  ]);
  return substitute(results, new Map(known));
}

/** Bytes of a file must not depend on the machine that folds. */
const oneThread = { threads: 1, spins: false };

function slotOf({ type, shape }: Tensor): Slot {
  const size = sizeOf(shape);
  if (type === "float32") return { type, shape, data: new Float32Array(size) };
  return type === "int32"
    ? { type, shape, data: new Int32Array(size) }
    : { type, shape, data: new Uint8Array(size) };
}

/** Foldable results of calls that are read by what cannot be folded, or are results themselves. */
function outermost(results: readonly Tensor[]): Tensor[] {
  const weights = foldable(results);
  const read = new Set<Tensor>();
  const take = (one: Tensor): void => {
    if (one.source.kind === "call" && weights.has(one)) read.add(one);
  };
  for (const { inputs, outputs } of callsOf(results)) {
    if (!weights.has(outputs[0])) inputs.forEach(take);
  }
  results.forEach(take);
  return [...read];
}

/** Tensors that no input moves, with how many values of constants each is made of. */
function foldable(results: readonly Tensor[]): Map<Tensor, number> {
  const weights = new Map<Tensor, number>();
  const weightOf = (one: Tensor): number | undefined => {
    const { source, shape } = one;
    if (source.kind !== "constant") return weights.get(one);
    return typeof source.values === "number" ? 1 : sizeOf(shape);
  };
  for (const { inputs, outputs } of callsOf(results)) {
    let weight = 0;
    for (const one of inputs) weight += weightOf(one) ?? Number.NaN;
    const grows = outputs.some(({ shape }) => sizeOf(shape) > weight + growthMost);
    if (Number.isNaN(weight) || grows) continue;
    for (const one of outputs) weights.set(one, weight);
  }
  return weights;
}
