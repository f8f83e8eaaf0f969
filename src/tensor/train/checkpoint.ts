import { badFile } from "../interchange/json.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  float32Of,
  float32Weight,
  type Weight,
} from "../interchange/safetensors.ts";
import type { TrainerState } from "./trainer.ts";

/**
 * A trainer's state as one safetensors file: `value/<name>`, `moment<k>/<name>`, `average/<name>`, and
 * the step as metadata. Training taken up from it goes on byte by byte.
 */
const optimisers = ["adam", "adagrad", "descent"] as const;
const FORMAT = "shopkeeper.checkpoint.1";

/** @shape result bytes. O(parameters) */
export function encodeCheckpoint(state: TrainerState): Uint8Array {
  const weights = new Map<string, Weight>();
  const put = (kind: string, values: ReadonlyMap<string, Float32Array>): void => {
    for (const [name, one] of values) {
      weights.set(`${kind}/${name}`, float32Weight(one, [one.length]));
    }
  };
  put("value", state.parameters);
  state.moments.forEach((moment, k) => {
    put(`moment${k}`, moment);
  });
  if (state.averages !== undefined) put("average", state.averages);
  const metadata = {
    format: FORMAT,
    step: String(state.step),
    optimiser: state.optimiser,
    moments: String(state.moments.length),
    averages: String(state.averages !== undefined),
  };
  return encodeSafetensors({ weights, metadata });
}

/** @throws problem `invalid-model-file` for bytes that are no checkpoint, or not all of one */
export function decodeCheckpoint(bytes: Uint8Array): TrainerState {
  const { weights, metadata } = decodeSafetensors(bytes);
  if (metadata["format"] !== FORMAT) throw badFile("this is not a checkpoint of a training");
  const [step, moments] = [Number(metadata["step"]), Number(metadata["moments"])];
  if (!Number.isSafeInteger(step) || step < 0) throw badFile("its step is not a whole number");
  if (moments !== 1 && moments !== 2) throw badFile("its moments are not counted");
  const optimiser = optimisers.find((kind) => kind === metadata["optimiser"]);
  if (optimiser === undefined) throw badFile("its optimiser is not one that is known");
  const take = (kind: string): ReadonlyMap<string, Float32Array> => {
    const start = `${kind}/`;
    const own = [...weights].filter(([name]) => name.startsWith(start));
    return new Map(own.map(([name, weight]) => [name.slice(start.length), float32Of(weight)]));
  };
  return {
    step,
    optimiser,
    parameters: take("value"),
    moments: Array.from({ length: moments }, (_, k) => take(`moment${k}`)),
    averages: metadata["averages"] === "true" ? take("average") : undefined,
  };
}
