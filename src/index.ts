/**
 * The public names, nothing else: what a program needs to run Shopkeeper inside itself, and, below,
 * to train and serve networks of its own.
 */
export { type Clock, fixedClock, systemClock } from "./clock.ts";
export type { Collect, ErasureCertificate, EventsTaken, ItemsTaken } from "./collect/collect.ts";
export type { Event, EventInput, EventName } from "./collect/event.ts";
export type { Item, ItemInput } from "./collect/item.ts";
export { type Config, parseConfig } from "./config.ts";
export { isProblem, type Problem, type ProblemCode } from "./errors.ts";
// What the numbers of a prediction are worth.
export { auc } from "./evaluate/classification-metrics.ts";
export { openPlatform, type Platform, restorePlatform } from "./platform.ts";
export {
  type ItemExplanation,
  type RecommendDecision,
  type RecommendRequest,
  type Rule,
  type RuleSet,
  recommendRequestSchema,
} from "./scenarios/recommend/schema.ts";
export { openKeys } from "./serve/keys.ts";
export { listen, newLocalToken, openServer } from "./serve/server.ts";
// A network: a function of tensors that asks its scope for parameters.
export type { Network, Scope } from "./tensor/graph/network.ts";
export { concat, mean, meanAll, reshape, sum } from "./tensor/graph/primitives/arrange.ts";
export {
  add,
  gelu,
  multiply,
  relu,
  scale,
  sigmoid,
  square,
  subtract,
  tanh,
} from "./tensor/graph/primitives/elementwise.ts";
export { matmul } from "./tensor/graph/primitives/linear.ts";
export { softmax } from "./tensor/graph/primitives/normalise.ts";
export type { Tensor } from "./tensor/graph/tensor.ts";
// Models as files.
export type { CardMetric, CardValue, ModelCard } from "./tensor/interchange/model-card.ts";
export { float32Of, float32Weight, type Weight } from "./tensor/interchange/safetensors.ts";
export {
  type ModelFiles,
  type ModelToSave,
  packModel,
  type SavedModel,
  unpackModel,
} from "./tensor/interchange/saved-model.ts";
// Layers and losses.
export { attentionBlock } from "./tensor/layers/attention.ts";
export { conv2d } from "./tensor/layers/convolution.ts";
export { embedding } from "./tensor/layers/embedding.ts";
export { linear, mlp } from "./tensor/layers/linear.ts";
export { batchNorm, layerNorm } from "./tensor/layers/norm.ts";
export { gru, lstm } from "./tensor/layers/recurrent.ts";
export { binaryCrossEntropy } from "./tensor/losses/binary.ts";
export { meanSquaredError } from "./tensor/losses/regression.ts";
export { crossEntropy } from "./tensor/losses/softmax.ts";
export { encodeModel } from "./tensor/onnx/encode.ts";
export { createRandom, type Random } from "./tensor/random.ts";
// Who computes.
export { chooseProvider, type ProviderChoice } from "./tensor/runtime/choose-provider.ts";
export { type Provider, targetOf } from "./tensor/runtime/providers.ts";
// Service.
export { compileInference, type InferenceOptions } from "./tensor/serve/compile.ts";
export { openPredictor, type Predictor, type PredictorOptions } from "./tensor/serve/predictor.ts";
export {
  type QuantiseOptions,
  type QuantiseReport,
  quantiseGraph,
} from "./tensor/serve/quantise.ts";
export { createServedModel, type ServedModel } from "./tensor/serve/served-model.ts";
// Training.
export { decodeCheckpoint, encodeCheckpoint } from "./tensor/train/checkpoint.ts";
export { type CompileOptions, compileTraining } from "./tensor/train/compile.ts";
export { adam, adamW } from "./tensor/train/optimisers.ts";
export { runTraining, type TrainingRun } from "./tensor/train/run-training.ts";
export { constantRate, cosineDecay, inverseRootDecay } from "./tensor/train/schedules.ts";
export { openTrainer, type Trainer, type TrainerOptions } from "./tensor/train/trainer.ts";
