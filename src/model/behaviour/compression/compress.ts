import { assert } from "../../../assert.ts";
import { openMatmul } from "../../../tensor/matmul.ts";
import { createRandom } from "../../../tensor/random.ts";
import { compileInference } from "../../../tensor/serve/compile.ts";
import { int8Options } from "../encode.ts";
import { type NetworkShape, stateNetwork } from "../network.ts";
import {
  bytesByColumn,
  bytesByRow,
  codesOf,
  type Kept,
  type KeptParameters,
  sparseOf,
} from "./kept.ts";
import type { Compression } from "./report.ts";

/**
 * A fitted behaviour model in fewer bytes, without learning anew. `int8`: tables by row and weights by
 * column as whole numbers of 8 bits, multiplied as such. `prune`: of all matrices together the numbers
 * nearest to 0 are left out; fewer bytes, and no less time, as nothing here multiplies sparse matrices
 * faster. `pq`: tables as numbers of centres, for large catalogues. Norms, biases and small matrices stay.
 * Sources: Jacob et al. 2018; Han et al. 2015; Jegou et al. 2011.
 */
export interface Fitted {
  readonly shape: NetworkShape;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** Parameters that are looked up row by row; all other matrices are multiplied by. */
const TABLES: readonly string[] = ["items", "features", "places", "gap", "strength"];

interface Matrix {
  readonly name: string;
  readonly values: Float32Array;
  readonly shape: readonly [number, number];
  readonly isTable: boolean;
}

/** O(parameters), for `pq` times the rounds of k-means and its centres. */
export async function compressed(
  { shape, parameters }: Fitted,
  how: Pick<Compression, "share" | "times"> & { readonly method: "int8" | "prune" | "pq" },
  seed: number,
): Promise<KeptParameters> {
  const matrices = await matricesOf(shape, parameters);
  const packed = await { int8: inBytes, prune: pruned, pq: coded }[how.method](matrices, how, seed);
  const kept = new Map<string, Kept>([...parameters, ...packed]);
  const items = kept.get("items");
  assert(items !== undefined, "the model has an item table");
  return { ...Object.fromEntries(kept), items };
}

async function matricesOf(
  shape: NetworkShape,
  values: ReadonlyMap<string, Float32Array>,
): Promise<readonly Matrix[]> {
  const { parameters } = await compileInference(stateNetwork(shape), {
    parameters: "inputs",
    outputs: ["states"],
    target: "native",
    batch: "free",
  });
  const shapes = new Map(parameters.map((one) => [one.name, one.shape]));
  if (shape.content !== undefined) shapes.set("features", [shape.content.features, shape.width]);
  return [...values].flatMap(([name, own]) => {
    const [rows = 0, columns = 0, ...more] = shapes.get(name) ?? [];
    const isLarge = name === "items" || own.length >= int8Options.valuesLeast;
    const isMatrix = columns > 0 && more.length === 0 && isLarge;
    const isTable = TABLES.includes(name);
    return isMatrix ? [{ name, values: own, shape: [rows, columns] as const, isTable }] : [];
  });
}

type Packed = readonly (readonly [name: string, kept: Kept])[];

const inBytes = (matrices: readonly Matrix[]): Packed =>
  matrices.flatMap(({ name, values, shape, isTable }) => {
    const { kept, relativeError } = isTable
      ? bytesByRow(values, shape)
      : bytesByColumn(values, shape);
    const fits = name === "items" || relativeError <= int8Options.relativeErrorMost;
    return fits ? [[name, kept] as const] : [];
  });

/** One bound for all: what is small is small wherever it stands. */
function pruned(matrices: readonly Matrix[], { share }: Pick<Compression, "share">): Packed {
  const sizes = new Float32Array(matrices.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of matrices) for (const value of values) sizes[at++] = Math.abs(value);
  const least = sizes.sort((a, b) => a - b)[Math.floor(share * sizes.length)] ?? 0;
  return matrices.map(({ name, values }) => [name, sparseOf(values, least)]);
}

/** With fewer rows the centres take as much room as they save. */
export const CODED_ROWS_LEAST = 4_096;

async function coded(
  matrices: readonly Matrix[],
  { times }: Pick<Compression, "times">,
  seed: number,
): Promise<Packed> {
  const random = createRandom(seed).split("compression");
  const packed: [string, Kept][] = [];
  const matmul = openMatmul({ threads: 1 });
  try {
    for (const { name, values, shape, isTable } of matrices) {
      if (!isTable || shape[0] < CODED_ROWS_LEAST) continue;
      const parts = (4 * shape[1]) / times;
      packed.push([name, await codesOf(values, shape, parts, random.split(name), matmul)]);
    }
  } finally {
    await matmul.close();
  }
  return packed;
}
