import { assert } from "../../assert.ts";
import { colourBins, colourHistogramInto } from "./colour-histogram.ts";
import {
  type GradientScratch,
  gradientBins,
  gradientScratch,
  orientedGradientsInto,
} from "./oriented-gradients.ts";

/**
 * What a picture looks like, as 437 bytes: its shape (oriented gradients) beside its colours, each of
 * length 1 and weighed, so that the cosine of two pictures is the weighed mean of how alike their
 * shapes and their colours are. The weight was chosen among photographs of clothes and of groceries,
 * of which the ones are told by shape and the others by colour: see pictures.bench.ts.
 * Left out: projections learned from pictures (measured: no better), networks.
 */
export const descriptorWidth: number = gradientBins + colourBins;

/** @unit share 0..1 */
export const COLOUR_SHARE = 0.1;

/** Pixels to a side of the picture that is described. */
export const DESCRIBED_SIDE = 64;

export interface DescriptorScratch {
  readonly gradients: Float32Array;
  readonly colours: Float32Array;
  readonly edges: GradientScratch;
}

/** O(1). */
export const descriptorScratch = (): DescriptorScratch => ({
  gradients: new Float32Array(gradientBins),
  colours: new Float32Array(colourBins),
  edges: gradientScratch(),
});

/**
 * O(side^2); no allocation.
 * @shape rgb [side, side, 3], out [descriptorWidth]
 * @unit rgb sRGB 0..255
 */
export function describePictureInto(
  out: Uint8Array,
  rgb: Uint8Array,
  side: number,
  { gradients, colours, edges }: DescriptorScratch,
): void {
  assert(out.length === descriptorWidth, "out has a place for each number");
  orientedGradientsInto(gradients, rgb, side, edges);
  colourHistogramInto(colours, rgb, side);
  joinInto(out, gradients, colours, COLOUR_SHARE);
}

/**
 * Both parts side by side as bytes, by the roots of their weights. O(gradientBins + colourBins).
 * @shape gradients [gradientBins], colours [colourBins], out [descriptorWidth]
 * @unit colourShare 0..1
 */
export function joinInto(
  out: Uint8Array,
  gradients: Float32Array,
  colours: Float32Array,
  colourShare: number,
): void {
  const shape = 255 * Math.sqrt(1 - colourShare);
  const colour = 255 * Math.sqrt(colourShare);
  for (let at = 0; at < gradients.length; at++) out[at] = Math.round(shape * gradients[at]);
  for (let at = 0; at < colours.length; at++) {
    out[gradients.length + at] = Math.round(colour * colours[at]);
  }
}

/** The same, with scratch of its own. O(side^2). @shape rgb [side, side, 3], result [descriptorWidth] */
export function describePicture(rgb: Uint8Array, side: number): Uint8Array {
  const out = new Uint8Array(descriptorWidth);
  describePictureInto(out, rgb, side, descriptorScratch());
  return out;
}

/** O(descriptorWidth). @shape table [rows, descriptorWidth], row < rows */
export function lengthOf(table: Uint8Array, row: number): number {
  let squares = 0;
  const to = (row + 1) * descriptorWidth;
  for (let at = row * descriptorWidth; at < to; at++) squares += table[at] * table[at];
  return Math.sqrt(squares);
}

/**
 * The product of two rows, as they are. O(descriptorWidth).
 * @shape left [rows, descriptorWidth], right [rows, descriptorWidth]
 */
export function productOf(
  left: Uint8Array,
  leftRow: number,
  right: Uint8Array,
  rightRow: number,
): number {
  const from = leftRow * descriptorWidth;
  const shift = rightRow * descriptorWidth - from;
  let sum = 0;
  // Whole numbers, and so few that they stay below 2^31: the engine may keep them as such.
  for (let at = from; at < from + descriptorWidth; at++) {
    sum = (sum + left[at] * right[at + shift]) | 0;
  }
  return sum;
}
