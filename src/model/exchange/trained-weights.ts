import { type FieldError, problem } from "../../errors.ts";
import { decodeSafetensors, float32Of, type Weight } from "../../tensor/interchange/safetensors.ts";

/** What weights that were trained elsewhere must be. */
export interface Wanted {
  /** Of the lesson that they were to learn. */
  readonly fingerprint: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * The weights of a safetensors file that somebody else trained, copied. All that is wrong is said at
 * once, each with its place: "/trained.safetensors/items". O(bytes).
 * @shape result each as `shapes` says
 * @throws problem `invalid-model-file`, `stale-model` when they learned something else
 */
export function trainedWeights(
  name: string,
  file: Uint8Array,
  { fingerprint, shapes }: Wanted,
): ReadonlyMap<string, Float32Array> {
  const { weights, metadata } = decodeSafetensors(file);
  const errors = [
    ...[...shapes].flatMap(([key, shape]) => wrongIn(name, key, weights.get(key), shape)),
    ...[...weights.keys()]
      .filter((key) => !shapes.has(key))
      .map((key) => fieldError(name, key, "is no parameter of the network: leave it out")),
  ];
  if (errors.length > 0) throw wrong(errors);
  if (!Object.hasOwn(metadata, "fingerprint")) {
    throw wrong([
      fieldError(name, "__metadata__", 'names no "fingerprint": copy that of training.json'),
    ]);
  }
  const { fingerprint: learned } = metadata;
  if (learned !== fingerprint) {
    throw problem("stale-model", `${name} learned from ${learned}, not from ${fingerprint}`);
  }
  return new Map([...weights].map(([key, weight]) => [key, float32Of(weight).slice()]));
}

function wrongIn(
  file: string,
  key: string,
  weight: Weight | undefined,
  shape: readonly number[],
): readonly FieldError[] {
  if (weight === undefined) return [fieldError(file, key, `is missing: it is [${shape}]`)];
  if (weight.type !== "F32")
    return [fieldError(file, key, `is ${weight.type}: save it as float32`)];
  if (weight.shape.join() !== shape.join()) {
    return [fieldError(file, key, `is [${weight.shape}], the network has [${shape}]`)];
  }
  const at = float32Of(weight).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? [] : [fieldError(file, key, `is not finite at place ${at}: it diverged`)];
}

const fieldError = (file: string, key: string, detail: string): FieldError => ({
  pointer: `/${file}/${key}`,
  detail,
});

function wrong(errors: readonly FieldError[]): Error {
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  const detail = `${first?.pointer.slice(1)} ${first?.detail}${more}`;
  return problem("invalid-model-file", detail, { errors });
}
