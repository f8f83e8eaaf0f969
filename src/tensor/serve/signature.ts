import { type FieldError, problem } from "../../errors.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { OnnxGraph, OnnxValue } from "../onnx/format.ts";
import type { Slot } from "../runtime/session.ts";

/**
 * What a model takes and gives, by name, and whether a request fits. A free size has a name; sizes of
 * one name are one number in a run, found from the inputs. "batch_3" is three times "batch".
 */
export interface Signature {
  readonly inputs: readonly Taken[];
  readonly outputs: readonly Taken[];
}

export interface Taken {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly Size[];
}

/** A known number, or a multiple of one that a run brings. */
type Size = number | { readonly name: string; readonly times: number };

/** Sizes that a run brought, by name. */
export type Sizes = ReadonlyMap<string, number>;

/** @throws problem `invalid-model-file` for types and sizes that are not served */
export function signatureOf({ inputs, outputs }: OnnxGraph): Signature {
  const signature = { inputs: inputs.map(takenOf), outputs: outputs.map(takenOf) };
  const brought = new Set(signature.inputs.flatMap(({ shape }) => shape.flatMap(freeName)));
  for (const { name, shape } of signature.outputs) {
    const unknown = shape.flatMap(freeName).find((one) => !brought.has(one));
    if (unknown === undefined) continue;
    throw problem("invalid-model-file", `no input says how large ${unknown} of ${name} is`);
  }
  return signature;
}

const freeName = (size: Size): string[] => (typeof size === "number" ? [] : [size.name]);

function takenOf({ name, type, shape }: OnnxValue): Taken {
  if (type !== "float32" && type !== "int32" && type !== "bool") {
    throw problem("invalid-model-file", `${name} is ${type}; served are float32, int32 and bool`);
  }
  return { name, type, shape: shape.map(sizeOfName) };
}

function sizeOfName(size: number | string): Size {
  if (typeof size === "number") return size;
  const times = /^batch_(\d+)$/.exec(size)?.[1];
  return times === undefined
    ? { name: size, times: 1 }
    : { name: "batch", times: Number.parseInt(times, 10) };
}

/**
 * Checks a request whole and says all that is wrong with it. O(values).
 * @throws problem `invalid-request`
 */
export function checkFeeds(inputs: readonly Taken[], feeds: Readonly<Record<string, Slot>>): Sizes {
  const sizes = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const taken of inputs) {
    const slot = Object.hasOwn(feeds, taken.name) ? feeds[taken.name] : undefined;
    const detail = slot === undefined ? "is missing" : trouble(taken, slot, sizes);
    if (detail !== undefined) errors.push({ pointer: `/${taken.name}`, detail });
  }
  for (const name of Object.keys(feeds)) {
    if (inputs.some((taken) => taken.name === name)) continue;
    errors.push({ pointer: `/${name}`, detail: "is not an input of the model" });
  }
  if (errors.length === 0) return sizes;
  const words = errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join("; ");
  throw problem("invalid-request", `the model cannot be run: ${words}`, { errors });
}

/** What is wrong with one input, if anything. */
function trouble(taken: Taken, slot: Slot, sizes: Map<string, number>): string | undefined {
  const { type, shape, data } = slot;
  if (type !== taken.type) return `is ${type}, not ${taken.type}`;
  if (!isArrayOf(type, data)) return `does not lie in an array of ${type}`;
  if (!fits(taken.shape, shape, sizes)) {
    return `has shape [${shape.join(", ")}], not [${taken.shape.map(textOf).join(", ")}]`;
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size) return `has ${data.length} values, not ${size}`;
  if (data instanceof Float32Array && !allFinite(data)) return "has a value that is no number";
  return undefined;
}

const isArrayOf = (type: TensorType, data: Slot["data"]): boolean =>
  data instanceof (type === "float32" ? Float32Array : type === "int32" ? Int32Array : Uint8Array);

function fits(
  expected: readonly Size[],
  shape: readonly number[],
  sizes: Map<string, number>,
): boolean {
  if (shape.length !== expected.length) return false;
  return expected.every((size, axis) => {
    const length = shape[axis];
    if (!Number.isInteger(length) || length < 0) return false;
    if (typeof size === "number") return length === size;
    const known = sizes.get(size.name) ?? length / size.times;
    sizes.set(size.name, known);
    return Number.isInteger(known) && length === known * size.times;
  });
}

const textOf = (size: Size): string =>
  typeof size === "number"
    ? `${size}`
    : size.times === 1
      ? size.name
      : `${size.times} ${size.name}`;

/** Zero times a number is zero; times anything else it is no number, which a sum never loses. */
function allFinite(values: Float32Array): boolean {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at] * 0;
  return total === 0;
}

/** Memory for what a run gives. */
export function slotFor({ type, shape }: Taken, sizes: Sizes): Slot {
  const lengths = shape.map((size) =>
    typeof size === "number" ? size : (sizes.get(size.name) as number) * size.times,
  );
  const size = lengths.reduce((product, length) => product * length, 1);
  if (type === "float32") return { type, shape: lengths, data: new Float32Array(size) };
  return type === "int32"
    ? { type, shape: lengths, data: new Int32Array(size) }
    : { type, shape: lengths, data: new Uint8Array(size) };
}
