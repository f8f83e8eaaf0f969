import type { Derive, NoAttributes, NodeOptions, Primitive, Spec, Tensor } from "./tensor.ts";

/** Primitives of a kind by name; a file of them is such a table. */
export type PrimitiveTable<Attributes> = {
  readonly [Name in keyof Attributes]: Primitive<Attributes[Name]>;
};

/** A primitive that is one ONNX operator without attributes. */
export function operator(
  name: string,
  onnx: string,
  shape: (inputs: readonly Tensor[]) => readonly Spec[],
  derive: "none" | Derive<NoAttributes>,
  more: NodeOptions = {},
): Primitive<NoAttributes> {
  return { name, shape, derive, lower: (to, { names }) => [to.node(onnx, names, more)] };
}
