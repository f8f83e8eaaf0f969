import { assert } from "../../assert.ts";

/**
 * How much of which colour a picture shows, its middle counting most. Idea: pixels are taken to CIE
 * L*a*b*, where distances are about as large as they look; each is shared among the eight nearest of
 * 5 x 7 x 7 bins, so that a slight change of light moves a little weight and not all of it. The two
 * colour axes are bent (finer near grey), and a pixel weighs by a bell around the middle: what stands
 * at the edges of a product's picture is what lies behind it. Sources: Swain & Ballard 1991
 * (histograms of colour); CIE 1976 for D65.
 * Left out: where a colour is. When not: pictures in grey, of which only lightness is left.
 */
export const colourBins: number = 5 * 7 * 7;

const LIGHTS = 5;
const TINTS = 7;
/** Of the bell, where the picture reaches from -1 to 1. */
const SPREAD = 0.5;
/** Half of the bent axis lies below this distance from grey. */
const TINT_HALF = 30;

const linear: Float32Array = Float32Array.from({ length: 256 }, (_, level) => {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/**
 * Square roots of the shares, of length 1, so that their product with another's is the Bhattacharyya
 * coefficient of the two. O(side^2); no allocation.
 * @shape rgb [side, side, 3], out [colourBins]
 * @unit rgb sRGB 0..255
 */
export function colourHistogramInto(out: Float32Array, rgb: Uint8Array, side: number): void {
  assert(out.length === colourBins, "out has a place for each bin");
  assert(rgb.length === side * side * 3 && side > 0, "a picture is a square of pixels");
  out.fill(0);
  let weighed = 0;
  for (let y = 0; y < side; y++) {
    const down = (2 * y + 1) / side - 1;
    for (let x = 0; x < side; x++) {
      const across = (2 * x + 1) / side - 1;
      const weight = Math.exp(-(across * across + down * down) / (2 * SPREAD * SPREAD));
      shareOut(out, rgb, 3 * (y * side + x), weight);
      weighed += weight;
    }
  }
  for (let bin = 0; bin < out.length; bin++) out[bin] = Math.sqrt(out[bin] / weighed);
}

function shareOut(out: Float32Array, rgb: Uint8Array, at: number, weight: number): void {
  const r = linear[rgb[at]];
  const g = linear[rgb[at + 1]];
  const b = linear[rgb[at + 2]];
  const x = bent((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = bent(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = bent((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  const light = within((LIGHTS - 1) * (1.16 * y - 0.16), LIGHTS);
  const red = within((TINTS - 1) * tint(500 * (x - y)), TINTS);
  const yellow = within((TINTS - 1) * tint(200 * (y - z)), TINTS);
  const l = Math.min(LIGHTS - 2, Math.floor(light));
  const i = Math.min(TINTS - 2, Math.floor(red));
  const j = Math.min(TINTS - 2, Math.floor(yellow));
  for (let corner = 0; corner < 8; corner++) {
    const up = corner & 1;
    const right = (corner >> 1) & 1;
    const far = corner >> 2;
    const share =
      (up === 1 ? light - l : 1 + l - light) *
      (right === 1 ? red - i : 1 + i - red) *
      (far === 1 ? yellow - j : 1 + j - yellow);
    out[((l + up) * TINTS + i + right) * TINTS + j + far] += weight * share;
  }
}

/** The cube root of CIE, straight near nothing. */
const bent = (share: number): number =>
  share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;

/** From far on one side of grey (0) over grey (1/2) to far on the other (1). */
const tint = (distance: number): number =>
  0.5 + (0.7 * distance) / (Math.abs(distance) + TINT_HALF);

const within = (place: number, places: number): number => Math.min(places - 1, Math.max(0, place));
