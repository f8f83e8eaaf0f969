/**
 * A model file as plain data: the part of the ONNX format that graphs of arrays need. Source:
 * onnx.proto3. Left out: sparse and string tensors, functions, training information.
 */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "uint8"
  | "int32"
  | "int64"
  | "bool";

/** Whole numbers, reals and lists are different kinds in the format, so they are apart here. */
export type OnnxAttribute =
  | { readonly integer: number }
  | { readonly real: number }
  | { readonly text: string }
  | { readonly integers: readonly number[] }
  | { readonly reals: readonly number[] }
  | { readonly graph: OnnxGraph };

export interface OnnxNode {
  readonly operator: string;
  /** "" is the standard set of operators. */
  readonly domain: string;
  /** "" stands for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** A name stands for a size that is free; equal names are equal sizes. */
  readonly shape: readonly (number | string)[];
}

/** A constant of the graph. @shape bytes little-endian, row-major */
export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxTensor[];
}

export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** Free words kept with the model, such as the card. */
  readonly metadata: Readonly<Record<string, string>>;
}
