import type { ElementType } from "./format.ts";

/** Field numbers and codes of the ONNX format, for its writer and its reader. Source: onnx.proto3. */
export const modelFields = {
  version: 1,
  producer: 2,
  graph: 7,
  operators: 8,
  metadata: 14,
} as const;
export const operatorSetFields = { domain: 1, version: 2 } as const;
export const entryFields = { key: 1, value: 2 } as const;
export const graphFields = { node: 1, name: 2, constant: 5, input: 11, output: 12 } as const;
export const nodeFields = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
export const attributeFields = {
  name: 1,
  real: 2,
  integer: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  reals: 7,
  integers: 8,
  kind: 20,
} as const;
export const valueFields = { name: 1, type: 2 } as const;
export const typeFields = { tensor: 1 } as const;
export const tensorTypeFields = { element: 1, shape: 2 } as const;
export const shapeFields = { dimension: 1 } as const;
export const dimensionFields = { size: 1, name: 2 } as const;
export const tensorFields = {
  size: 1,
  element: 2,
  reals: 4,
  small: 5,
  integers: 7,
  name: 8,
  bytes: 9,
  doubles: 10,
  external: 13,
  location: 14,
} as const;

/** Numbers of the kinds of attribute. */
export const attributeKinds = {
  real: 1,
  integer: 2,
  text: 3,
  tensor: 4,
  graph: 5,
  reals: 6,
  integers: 7,
} as const;

/** Numbers of the types of element. */
export const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

/** Bytes of one element. */
export const elementWidths: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
};

/** What is written. */
export const formatVersion = 9;

/** What is read: from where constants need not be inputs too, to what the runtime knows. */
export const readableVersions = { first: 4, last: 13 } as const;

/** Sets of operators that files name, and their versions. */
export const operatorSets: Readonly<Record<string, number>> = { "": 20, "com.microsoft": 1 };

/** Fields that are words about a part and do not change what it computes. */
export const wordFields = {
  model: [2, 3, 4, 5, 6],
  graph: [10, 13, 14, 16],
  node: [3, 6, 9],
  attribute: [13],
  value: [3, 4],
  type: [6],
  dimension: [3],
  tensor: [12, 16],
} as const;
