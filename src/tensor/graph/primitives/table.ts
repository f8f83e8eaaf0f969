import type { PrimitiveTable } from "../primitive.ts";
import { type ScanAttributes, scanPrimitive } from "../scan.ts";
import { type ArrangeAttributes, arrange } from "./arrange.ts";
import { type AttentionAttributes, attentions } from "./attention.ts";
import { type ConvolveAttributes, convolve } from "./convolve.ts";
import { type ElementwiseAttributes, elementwise } from "./elementwise.ts";
import { type ExtremesAttributes, extremes } from "./extremes.ts";
import { type GivenAttributes, givens } from "./given.ts";
import { type LinearAttributes, linearAlgebra } from "./linear.ts";
import { type LookupAttributes, lookup } from "./lookup.ts";
import { type NormaliseAttributes, normalise } from "./normalise.ts";

/** All there is: a network is made of these alone, and whoever treats all must treat each. */
export interface PrimitiveAttributes
  extends ArrangeAttributes,
    AttentionAttributes,
    ConvolveAttributes,
    ElementwiseAttributes,
    ExtremesAttributes,
    GivenAttributes,
    LinearAttributes,
    LookupAttributes,
    NormaliseAttributes {
  scan: ScanAttributes;
}

export type PrimitiveName = keyof PrimitiveAttributes;

export const primitives: PrimitiveTable<PrimitiveAttributes> = {
  ...arrange,
  ...attentions,
  ...convolve,
  ...elementwise,
  ...extremes,
  ...givens,
  ...linearAlgebra,
  ...lookup,
  ...normalise,
  scan: scanPrimitive,
};
