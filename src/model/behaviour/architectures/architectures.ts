import type { Body } from "./body.ts";
import { cnn } from "./cnn.ts";
import { gru } from "./gru.ts";
import { hstu } from "./hstu.ts";
import { lstm } from "./lstm.ts";
import { perceptron } from "./perceptron.ts";
import { transformer } from "./transformer.ts";

export type ArchitectureName = "transformer" | "hstu" | "gru" | "lstm" | "cnn" | "perceptron";

/** Those that can be told of the time between any two actions. */
export const attends = (name: ArchitectureName): boolean =>
  name === "transformer" || name === "hstu";

/** Every body by its name, the default first. */
export const architectures: Readonly<Record<ArchitectureName, Body>> = {
  transformer,
  hstu,
  gru,
  lstm,
  cnn,
  perceptron,
};
