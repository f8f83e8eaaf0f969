import type { DropoutSite } from "../graph/network.ts";
import type { Shape } from "../graph/shape.ts";

/**
 * A training graph ready to run: what `compileTraining` makes of a network and a trainer runs.
 * Inputs of the file are every parameter and every batch input by name; outputs are the metrics, and
 * for each parameter `gradient:<name>` if it is dense, and for each k of its rows
 * `rows:<k>:<name>` [count, width] with `indices:<k>:<name>` [count]: row indices[i] of the table
 * gets rows[i] added. What is measured for service comes out as `statistic:<name>`.
 */
export interface TrainingProgram {
  /** ONNX. */
  readonly model: Uint8Array;
  readonly parameters: readonly ParameterSpec[];
  /** No inputs: training does not read them. */
  readonly statistics: readonly StatisticSpec[];
  readonly inputs: readonly ProgramInput[];
  /** Names of scalar outputs; "loss" is the first. */
  readonly metrics: readonly string[];
  /** Masks drawn anew at each step: see `dropout.offsets` and `dropout.pool.<rate>` in inputs. */
  readonly dropout: readonly DropoutSite[];
}

export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly dense: boolean;
  readonly rows: readonly { readonly count: number }[];
}

export interface StatisticSpec {
  readonly name: string;
  readonly shape: Shape;
  /** Share of the running average that a step keeps. @unit 0..1 */
  readonly keep: number;
}

export interface ProgramInput {
  readonly name: string;
  readonly type: "float32" | "int32" | "bool";
  readonly shape: Shape;
}
