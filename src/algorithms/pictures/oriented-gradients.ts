import { assert } from "../../assert.ts";

/**
 * What shape a picture shows: which way its edges point, in each of 4 x 4 cells. Idea: of every pixel
 * the steepest of its three channels gives an edge, shared among the nearest cells and directions by
 * its strength; a cell is then measured against the energy around it, four times, so that neither
 * light nor contrast counts, and no edge may drown the others. Sources: Dalal & Triggs 2005;
 * Felzenszwalb et al. 2010 (one cell against its four blocks); Arandjelovic & Zisserman 2012 (roots).
 * Left out: scales, turning. When not: heaps of small things, whose edges point everywhere.
 */
const CELLS = 4;
/** Around the whole circle: dark on light is not light on dark. */
const WAYS = 12;
export const gradientBins: number = CELLS * CELLS * WAYS;
/** Of a block's length, the most that one direction of a cell may take. @unit share 0..1 */
const SHARE_MOST = 0.4;
/** Beside this, what remains in an even surface is nothing. @unit energy of a cell in a picture of 64 x 64 */
const STILLNESS = 0.01;

const root: Float32Array = Float32Array.from({ length: 256 }, (_, level) => Math.sqrt(level / 255));

/** Kept from picture to picture. */
export interface GradientScratch {
  /** @shape [CELLS, CELLS, WAYS] */
  readonly sums: Float32Array;
  /** @shape [CELLS, CELLS] */
  readonly energy: Float32Array;
  /** The edge at a pixel. */
  readonly edge: Float32Array;
}

/** O(1). */
export const gradientScratch = (): GradientScratch => ({
  sums: new Float32Array(gradientBins),
  energy: new Float32Array(CELLS * CELLS),
  edge: new Float32Array(2),
});

/**
 * Of length 1; all 0 where the picture is even. O(side^2); no allocation.
 * @shape rgb [side, side, 3], out [gradientBins]
 * @unit rgb sRGB 0..255
 */
export function orientedGradientsInto(
  out: Float32Array,
  rgb: Uint8Array,
  side: number,
  scratch: GradientScratch,
): void {
  assert(out.length === gradientBins, "out has a place for each direction of each cell");
  assert(rgb.length === side * side * 3 && side > 0, "a picture is a square of pixels");
  const { sums, energy, edge } = scratch;
  sums.fill(0);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      steepestInto(edge, rgb, side, x, y);
      if (edge[0] !== 0 || edge[1] !== 0) shareOut(sums, edge, x / side, y / side, 1 / side);
    }
  }
  // Edges grow with the side: so the same picture, larger, weighs the same.
  const scale = 64 / side;
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    let squares = 0;
    for (let way = cell * WAYS; way < (cell + 1) * WAYS; way++) {
      sums[way] *= scale;
      squares += sums[way] * sums[way];
    }
    energy[cell] = squares;
  }
  measureInto(out, sums, energy);
  scaleToOne(out);
}

/** Across and down, of the channel that changes most; at the border half as wide. */
function steepestInto(
  edge: Float32Array,
  rgb: Uint8Array,
  side: number,
  x: number,
  y: number,
): void {
  const left = 3 * (y * side + Math.max(0, x - 1));
  const right = 3 * (y * side + Math.min(side - 1, x + 1));
  const above = 3 * (Math.max(0, y - 1) * side + x);
  const below = 3 * (Math.min(side - 1, y + 1) * side + x);
  let most = -1;
  for (let channel = 0; channel < 3; channel++) {
    const across = root[rgb[right + channel]] - root[rgb[left + channel]];
    const down = root[rgb[below + channel]] - root[rgb[above + channel]];
    const squares = across * across + down * down;
    if (squares <= most) continue;
    most = squares;
    edge[0] = across;
    edge[1] = down;
  }
}

/** @unit x, y, pixel shares of the side, 0..1 */
function shareOut(
  sums: Float32Array,
  edge: Float32Array,
  x: number,
  y: number,
  pixel: number,
): void {
  const strength = Math.hypot(edge[0], edge[1]);
  const turn = Math.atan2(edge[1], edge[0]) / (2 * Math.PI);
  const way = (turn - Math.floor(turn)) * WAYS;
  const from = Math.floor(way);
  const column = (x + pixel / 2) * CELLS - 0.5;
  const row = (y + pixel / 2) * CELLS - 0.5;
  const c = Math.floor(column);
  const r = Math.floor(row);
  for (let corner = 0; corner < 4; corner++) {
    const cellX = c + (corner & 1);
    const cellY = r + (corner >> 1);
    if (cellX < 0 || cellY < 0 || cellX >= CELLS || cellY >= CELLS) continue;
    const beside = (corner & 1) === 1 ? column - c : 1 + c - column;
    const under = corner >> 1 === 1 ? row - r : 1 + r - row;
    const share = strength * beside * under;
    const cell = (cellY * CELLS + cellX) * WAYS;
    sums[cell + (from % WAYS)] += share * (1 + from - way);
    sums[cell + ((from + 1) % WAYS)] += share * (way - from);
  }
}

/** Each cell against the four blocks of 2 x 2 that it is in; beyond the border stands itself. */
function measureInto(out: Float32Array, sums: Float32Array, energy: Float32Array): void {
  out.fill(0);
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    const x = cell % CELLS;
    const y = (cell - x) / CELLS;
    for (let corner = 0; corner < 4; corner++) {
      const besideX = Math.min(CELLS - 1, Math.max(0, x + ((corner & 1) === 1 ? 1 : -1)));
      const besideY = Math.min(CELLS - 1, Math.max(0, y + (corner >> 1 === 1 ? 1 : -1)));
      const block =
        energy[cell] +
        energy[y * CELLS + besideX] +
        energy[besideY * CELLS + x] +
        energy[besideY * CELLS + besideX];
      const scale = 1 / Math.sqrt(block + STILLNESS);
      for (let way = cell * WAYS; way < (cell + 1) * WAYS; way++) {
        out[way] += Math.min(SHARE_MOST, sums[way] * scale);
      }
    }
  }
  for (let way = 0; way < out.length; way++) out[way] = Math.sqrt(out[way]);
}

function scaleToOne(out: Float32Array): void {
  let squares = 0;
  for (let at = 0; at < out.length; at++) squares += out[at] * out[at];
  if (squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let at = 0; at < out.length; at++) out[at] *= scale;
}
