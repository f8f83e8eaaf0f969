import { decodeModel } from "../onnx/decode.ts";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxGraph, OnnxValue } from "../onnx/format.ts";
import { crc32 } from "./crc32.ts";
import { badFile } from "./json.ts";
import {
  type CardFile,
  type CardValue,
  decodeCard,
  encodeCard,
  type ModelCard,
} from "./model-card.ts";
import { decodeSafetensors, encodeSafetensors, type Weight } from "./safetensors.ts";

/**
 * A model as three files that say the same: the card for people, the graph for any ONNX runtime,
 * the weights for any reader of safetensors. Idea: a weight is an input of the graph under its own
 * name; what is left of the inputs is what the card tells its reader to feed. All is checked before
 * anything is given out, so nothing is half loaded.
 * Weights of 16 bits may stand for inputs of float32. Checksums tell damage, not forgery.
 */
export interface SavedModel {
  readonly card: ModelCard;
  readonly graph: OnnxGraph;
  readonly weights: ReadonlyMap<string, Weight>;
}

/** Parameters and files are counted here. */
export interface ModelToSave extends Omit<SavedModel, "card"> {
  readonly card: Omit<ModelCard, "format" | "parameters" | "files">;
}

export interface ModelFiles {
  readonly "card.json": Uint8Array;
  readonly "model.onnx": Uint8Array;
  readonly "weights.safetensors": Uint8Array;
}

/** The files of a model; equal models, equal bytes. O(bytes). @throws problem `invalid-model-file` */
export function packModel({ card, graph, weights }: ModelToSave): ModelFiles {
  const model = encodeModel({ graph, metadata: { name: card.name, version: card.version } });
  const weightFile = encodeSafetensors({ weights, metadata: { format: "shopkeeper" } });
  const files = [fileOf("model.onnx", model), fileOf("weights.safetensors", weightFile)];
  const whole: ModelCard = { ...card, format: 1, parameters: parametersOf(weights), files };
  checkAgreement({ card: whole, graph, weights });
  return {
    "card.json": encodeCard(whole),
    "model.onnx": model,
    "weights.safetensors": weightFile,
  };
}

/** The model of files; weights are views of them. O(bytes). @throws problem `invalid-model-file` */
export function unpackModel(files: Readonly<Partial<ModelFiles>>): SavedModel {
  const card = decodeCard(present(files, "card.json"));
  const model = present(files, "model.onnx");
  const weightFile = present(files, "weights.safetensors");
  checkFiles(card.files, [fileOf("model.onnx", model), fileOf("weights.safetensors", weightFile)]);
  const { graph } = decodeModel(model);
  const { weights } = decodeSafetensors(weightFile);
  const saved = { card, graph, weights };
  checkAgreement(saved);
  return saved;
}

const fileOf = (name: string, bytes: Uint8Array): CardFile => ({
  name,
  bytes: bytes.length,
  crc32: crc32(bytes),
});

function parametersOf(weights: ReadonlyMap<string, Weight>): ModelCard["parameters"] {
  let count = 0;
  let bytes = 0;
  for (const { shape, bytes: content } of weights.values()) {
    count += shape.reduce((product, size) => product * size, 1);
    bytes += content.length;
  }
  return { count, bytes };
}

function present(files: Readonly<Partial<ModelFiles>>, name: keyof ModelFiles): Uint8Array {
  const bytes = files[name];
  if (bytes === undefined) throw badFile(`the model has no ${name}`);
  return bytes;
}

function checkFiles(said: readonly CardFile[], found: readonly CardFile[]): void {
  if (said.length !== found.length) throw badFile("the card names other files");
  for (const { name, bytes, crc32: checksum } of found) {
    const wanted = said.find((file) => file.name === name);
    if (wanted === undefined) throw badFile(`the card does not name ${name}`);
    if (wanted.bytes !== bytes) {
      throw badFile(`${name} has ${bytes} bytes, the card says ${wanted.bytes}`);
    }
    if (wanted.crc32 !== checksum) throw badFile(`${name} is damaged: its checksum is another`);
  }
}

/** That card, graph and weights speak of the same names, shapes and sizes. */
function checkAgreement({ card, graph, weights }: SavedModel): void {
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  for (const [name, weight] of weights) checkWeight(name, weight, inputs.get(name));
  const fed = graph.inputs.filter(({ name }) => !weights.has(name));
  checkValues("inputs", card.inputs, fed);
  checkValues("outputs", card.outputs, graph.outputs);
  const { count, bytes } = parametersOf(weights);
  if (card.parameters.count !== count || card.parameters.bytes !== bytes) {
    throw badFile("the card counts other parameters than the weights have");
  }
}

/** Which types of weight an input may be fed from. */
const typesOf: Readonly<Record<OnnxValue["type"], readonly Weight["type"][]>> = {
  float32: ["F32", "F16", "BF16"],
  float64: ["F64"],
  float16: ["F16"],
  int8: ["I8"],
  uint8: ["U8"],
  int32: ["I32"],
  int64: ["I64"],
  bool: ["BOOL"],
};

const sameShape = (a: OnnxValue["shape"], b: OnnxValue["shape"]): boolean =>
  a.length === b.length && a.every((size, at) => size === b[at]);

function checkWeight(name: string, { type, shape }: Weight, input: OnnxValue | undefined): void {
  if (input === undefined) throw badFile(`the graph has no input for the weight ${name}`);
  if (!sameShape(shape, input.shape)) {
    throw badFile(`the weight ${name} is [${shape}], the graph wants [${input.shape}]`);
  }
  if (!typesOf[input.type].includes(type)) {
    throw badFile(`the weight ${name} is ${type}, the graph wants ${input.type}`);
  }
}

function checkValues(what: string, said: readonly CardValue[], found: readonly OnnxValue[]): void {
  const shapes = new Map(said.map(({ name, shape }) => [name, shape]));
  if (said.length !== found.length || shapes.size !== said.length) {
    throw badFile(`the card names ${said.length} ${what}, the graph has ${found.length}`);
  }
  for (const { name, shape } of found) {
    const wanted = shapes.get(name);
    if (wanted === undefined) throw badFile(`the card does not name ${name} of the ${what}`);
    if (!sameShape(wanted, shape)) {
      throw badFile(`the card says [${wanted}] of ${name}, the graph [${shape}]`);
    }
  }
}
