import type { Sequences } from "../../algorithms/sequences.ts";
import type { Batch } from "../../tensor/train/trainer.ts";
import { type ContextShape, contextInputs, noContext } from "./context.ts";
import type { PackedRows } from "./packing.ts";

export interface PackedBatch {
  /** By the names of the network's inputs. */
  readonly values: Batch;
  /** Places that ask what comes next. */
  readonly questions: number;
}

/**
 * Packed rows from .. from + rows - 1, filled up with rows of nothing, and what the context tells of them.
 * Questions weigh so much that the mean over all places is the mean over the questions.
 */
export function batchOf(
  packed: PackedRows,
  sequences: Sequences,
  context: ContextShape | undefined,
  { from, rows }: { readonly from: number; readonly rows: number },
): PackedBatch {
  const { length } = packed;
  const [start, end] = [from * length, Math.min(packed.rows, from + rows) * length];
  const cut = (all: Int32Array): Int32Array => {
    const part = new Int32Array(rows * length);
    part.set(all.subarray(start, end));
    return part;
  };
  const segments = cut(packed.segments);
  let questions = 0;
  for (const segment of segments) if (segment > 0) questions++;
  const weight = (rows * length) / questions;
  const places = packed.places.subarray(start, end);
  const values = {
    tokens: cut(packed.tokens),
    targets: cut(packed.targets),
    positions: cut(packed.positions),
    segments,
    weights: Float32Array.from(segments, (segment) => (segment > 0 ? weight : 0)),
    ...contextInputs(context ?? noContext, {
      ...{ rows, length, segments },
      times: told(sequences.times, places, new Float64Array(rows * length)),
      strengths: told(sequences.weights, places, new Float32Array(rows * length)),
    }),
  };
  return { values, questions };
}

/** What is known of the actions at the places; 0 at padding. */
function told<Values extends Float32Array | Float64Array>(
  all: Values,
  places: Int32Array,
  out: Values,
): Values {
  places.forEach((place, at) => {
    if (place >= 0) out[at] = all[place] as number;
  });
  return out;
}
