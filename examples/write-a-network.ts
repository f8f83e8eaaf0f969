/**
 * A network of your own: who buys in this session? Trains on a CSV, saves, serves, quantises.
 * The table is "Online Shoppers Purchasing Intention" (UCI, 2018), one line a session.
 * Run it with: npx tsx examples/write-a-network.ts sessions.csv
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  adamW,
  auc,
  batchNorm,
  binaryCrossEntropy,
  compileInference,
  compileTraining,
  concat,
  cosineDecay,
  createRandom,
  embedding,
  encodeModel,
  float32Of,
  float32Weight,
  linear,
  mlp,
  type Network,
  openPredictor,
  openTrainer,
  type Predictor,
  packModel,
  quantiseGraph,
  relu,
  reshape,
  runTraining,
  type Scope,
  sigmoid,
  systemClock,
  type Tensor,
  unpackModel,
} from "../src/index.ts";

const seed = 1;
const columns = {
  numbers: [
    ...["Administrative", "Informational", "ProductRelated"].flatMap((group) => [
      group,
      `${group}_Duration`,
    ]),
    ...["BounceRates", "ExitRates", "PageValues", "SpecialDay"],
  ],
  words: "Month OperatingSystems Browser Region TrafficType VisitorType Weekend".split(" "),
};

// #region read
type Words = ReadonlyMap<string, number>;
type Row = Readonly<Record<string, string>>;

/** A CSV whose cells hold no commas. */
async function readRows(path: string): Promise<Row[]> {
  const [head = "", ...lines] = (await readFile(path, "utf8")).trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]));
  });
}

/** Amounts by their logarithm; each word has a number, and one that was never seen has 0. */
function encode(rows: readonly Row[], known: Words) {
  const amounts = rows.map((row) => columns.numbers.map((name) => Math.log1p(Number(row[name]))));
  const words = rows.map((row) => columns.words.map((name) => known.get(`${name} ${row[name]}`)));
  return {
    numbers: Float32Array.from(amounts.flat()),
    words: Int32Array.from(words.flat(), (found) => found ?? 0),
    bought: Float32Array.from(rows, ({ Revenue }) => (/^true$/i.test(Revenue ?? "") ? 1 : 0)),
  };
}

function learnWords(rows: readonly Row[]): Words {
  const seen = new Set(rows.flatMap((row) => columns.words.map((name) => `${name} ${row[name]}`)));
  return new Map([...seen].map((word, at) => [word, at + 1]));
}
// #endregion

// #region network
const width = 8;

/** Numbers set to mean 0 and variance 1, a vector for each word, two hidden layers, one score. */
function score(scope: Scope, numbers: Tensor, words: Tensor, vocabulary: number): Tensor {
  const scaled = batchNorm(scope.child("scaled"), numbers).y;
  const vectors = embedding(scope.child("words"), words, { rows: vocabulary, width });
  const flat = reshape(vectors, [numbers.shape[0], columns.words.length * width]);
  const deep = mlp(scope, concat([scaled, flat], 1), {
    widths: [64, 32],
    activation: relu,
    dropout: 0.3,
    name: "deep",
  });
  return linear(scope.child("score"), deep, { width: 1 });
}

const networkOf = (batch: number, vocabulary: number): Network => ({
  inputs: {
    numbers: { type: "float32", shape: [batch, columns.numbers.length] },
    words: { type: "int32", shape: [batch, columns.words.length] },
    bought: { type: "float32", shape: [batch, 1] },
  },
  build: (scope, { numbers, words, bought }) => {
    const logits = score(scope, numbers, words, vocabulary);
    return scope.isTraining
      ? { loss: binaryCrossEntropy(logits, bought, { weights: undefined }) }
      : { chance: sigmoid(logits) };
  },
});
// #endregion

// #region train
const session = { threads: 1, spins: false };
const batch = 256;
const epochs = 15;

interface Trained {
  readonly network: Network;
  readonly values: ReadonlyMap<string, Float32Array>;
}

async function train(network: Network, rows: readonly Row[], known: Words): Promise<Trained> {
  const { program, initialValues } = compileTraining(network, {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  });
  const perEpoch = Math.floor(rows.length / batch);
  const steps = epochs * perEpoch;
  const trainer = openTrainer({
    programs: { whole: program },
    values: initialValues(seed),
    optimiser: adamW(0.01),
    schedule: cosineDecay({ peak: 0.003, warmUp: 50, steps, last: 0 }),
    clipNorm: 1,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session,
    sessionsMost: 1,
    seed,
    memoryMost: 2 ** 28,
  });
  const batchOf = (step: number) => {
    const [epoch, at] = [Math.floor((step - 1) / perEpoch), (step - 1) % perEpoch];
    const order = Int32Array.from(rows.keys());
    createRandom(seed).split(`epoch ${epoch}`).shuffle(order);
    const chosen = Array.from(order.subarray(at * batch, (at + 1) * batch), (n) => rows[n]);
    return { key: "whole", values: encode(chosen, known), examples: batch };
  };
  await runTraining({ trainer, steps, batch: batchOf, onStep: () => false, signal: undefined });
  const values = trainer.state().parameters;
  await trainer.close();
  return { network, values };
}
// #endregion

// #region save
const units: Readonly<Record<string, string>> = {
  numbers: "log(1 + amount)",
  words: "number of the word in words.json, 0 for none",
  chance: "probability 0..1",
};

/** Graph, weights and a card that tells what they are; and the words, which are not the network's. */
async function save(folder: string, trained: Trained, known: Words, rows: number): Promise<void> {
  const { graph, parameters } = await compileInference(trained.network, {
    parameters: "inputs",
    outputs: ["chance"],
    target: "portable",
    batch: "free",
  });
  const weights = new Map(
    parameters.map(({ name, shape }) => {
      const values = trained.values.get(name) ?? new Float32Array();
      return [name, float32Weight(values, shape)];
    }),
  );
  const told = (all: typeof graph.inputs) =>
    all.map(({ name, shape }) => ({ name, shape, unit: units[name] ?? "" }));
  const files = packModel({
    graph,
    weights,
    card: {
      name: "who-buys",
      version: "1",
      createdAt: systemClock(),
      frameworkVersion: "0.1.0",
      inputs: told(graph.inputs.filter(({ name }) => !weights.has(name))),
      outputs: told(graph.outputs),
      trainingData: { name: "online-shoppers-intention", fingerprint: `${rows} rows`, rows },
      protocol: `four rows of five, drawn with seed ${seed}`,
      metrics: [],
      intendedUse: "an example",
      limits: ["one shop in one year"],
    },
  });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, "words.json"), JSON.stringify([...known]));
}
// #endregion

// #region serve
const service = { provider: "cpu", session, batchMost: 10_000 } as const;

/** From the folder alone. A damaged file is a problem that says what is wrong with it. */
async function load(folder: string) {
  const read = (name: string) => readFile(join(folder, name));
  const files = {
    "card.json": await read("card.json"),
    "model.onnx": await read("model.onnx"),
    "weights.safetensors": await read("weights.safetensors"),
  };
  const { weights } = unpackModel(files);
  const kept = Object.fromEntries(
    [...weights].map(([name, weight]) => [
      name,
      { type: "float32", shape: weight.shape, data: float32Of(weight) } as const,
    ]),
  );
  const known: Words = new Map(JSON.parse(await readFile(join(folder, "words.json"), "utf8")));
  return { predictor: await openPredictor(files["model.onnx"], { ...service, kept }), known };
}

/** The chance that a session ends with a purchase, for each of them. */
async function chances(predictor: Predictor, rows: readonly Row[], known: Words) {
  const { numbers, words } = encode(rows, known);
  const shape = ({ length }: { readonly length: number }) => [rows.length, length / rows.length];
  const { chance } = await predictor.run({
    numbers: { type: "float32", shape: shape(numbers), data: numbers },
    words: { type: "int32", shape: shape(words), data: words },
  });
  return chance?.data ?? new Float32Array();
}
// #endregion

// #region quantise
/** The same network with weights of 8 bits, inside the one file. */
async function quantise({ network, values }: Trained) {
  const { graph, model } = await compileInference(network, {
    parameters: values,
    outputs: ["chance"],
    target: "native",
    batch: "free",
  });
  const small = quantiseGraph(graph, { relativeErrorMost: 0.05, levels: 127, valuesLeast: 256 });
  const bytes = encodeModel({ graph: small.graph, metadata: {} });
  return {
    bytes,
    wasBytes: model.length,
    predictor: await openPredictor(bytes, { ...service, kept: {} }),
  };
}
// #endregion

// #region whole
export interface Worth {
  readonly heldOut: number;
  /** Accuracy of saying that nobody buys. */
  readonly baseRate: number;
  readonly accuracy: number;
  readonly auc: number;
  readonly int8: { readonly auc: number; readonly bytes: number; readonly wasBytes: number };
}

export async function writeANetwork(csv: string): Promise<Worth> {
  const rows = await readRows(csv);
  const order = Int32Array.from(rows.keys());
  createRandom(seed).split("held out").shuffle(order);
  const part = (from: number, to: number) =>
    Array.from(order.subarray(from * rows.length, to * rows.length), (n) => rows[n]);
  const [learning, held] = [part(0, 0.8), part(0.8, 1)];
  const words = learnWords(learning);
  const trained = await train(networkOf(batch, words.size + 1), learning, words);

  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-network-"));
  await save(folder, trained, words, learning.length);
  const saved = await load(folder).finally(() => rm(folder, { recursive: true }));
  const said = await chances(saved.predictor, held, saved.known);
  await saved.predictor.release();

  const small = await quantise(trained);
  const saidSmall = await chances(small.predictor, held, words);
  await small.predictor.release();

  const { bought } = encode(held, words);
  const shareOf = (isRight: (at: number) => boolean) =>
    bought.filter((_, at) => isRight(at)).length / bought.length;
  return {
    heldOut: held.length,
    baseRate: shareOf((at) => bought[at] === 0),
    accuracy: shareOf((at) => bought[at] === Math.round(said[at] ?? 0)),
    auc: auc(bought, said),
    int8: { auc: auc(bought, saidSmall), bytes: small.bytes.length, wasBytes: small.wasBytes },
  };
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(
    `${JSON.stringify(await writeANetwork(process.argv[2] ?? "sessions.csv"), null, 2)}\n`,
  );
// #endregion
