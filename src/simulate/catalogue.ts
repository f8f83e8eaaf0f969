import type { Random } from "../tensor/random.ts";
import { groupId } from "./ids.ts";
import { brands } from "./vocabulary/brands.ts";
import type { Leaf } from "./vocabulary/leaf.ts";
import { leafIndex, leaves } from "./vocabulary/leaves.ts";
import { colours, sizes } from "./vocabulary/variants.ts";

/**
 * What the shop sells, as columns. Groups of one leaf stand side by side, variants of one group
 * too, so a leaf or a group is a range. Texts are not held: item-text.ts writes them when asked.
 * Memory is about 200 bytes a group and 24 a variant.
 */
export interface Catalogue {
  readonly groups: number;
  readonly variants: number;
  /** Groups of leaf l are leafStart[l] .. leafStart[l + 1] - 1. @shape [leaves + 1] */
  readonly leafStart: Int32Array;
  /** @shape [groups] index into `leaves` */
  readonly leafOf: Uint8Array;
  /** @shape [groups] index into `brands` */
  readonly brandOf: Uint8Array;
  /** What people see in it, as they see it in themselves. @shape [groups, STYLES] */
  readonly style: Float32Array;
  /** Liked by everybody: mean 0, standard deviation 0.5. @shape [groups] */
  readonly quality: Float32Array;
  /** Log of the list price over the leaf's median. @shape [groups] */
  readonly level: Float32Array;
  /** First day on sale, -1 when it was there before the start. @shape [groups] */
  readonly launchDay: Int32Array;
  /** Variants of group g are variantStart[g] .. variantStart[g + 1] - 1. @shape [groups + 1] */
  readonly variantStart: Int32Array;
  /** @shape [variants] */
  readonly groupOf: Int32Array;
  /** Index into `colours`, -1 for none. @shape [variants] */
  readonly colourOf: Int8Array;
  /** Index into the sizes of the leaf's kind. @shape [variants] */
  readonly sizeOf: Uint8Array;
  /** @shape [variants] @unit minor */
  readonly listPrice: Int32Array;
  /** @shape [variants] @unit minor */
  readonly cost: Int32Array;
  /** Names of the variants in the outside world. */
  readonly itemIds: readonly string[];
  /** The most alike in the same leaf, nearest first; -1 fills. @shape [groups, NEIGHBOURS] */
  readonly neighbours: Int32Array;
  /** What completes it, from other leaves; -1 fills. @shape [groups, COMPANIONS] */
  readonly companions: Int32Array;
}

/** Width of the taste vectors: classic, colourful, technical, luxurious, playful, green. */
export const STYLES = 6;
export const NEIGHBOURS = 8;
export const COMPANIONS = 4;
const LAUNCHED_SHARE = 0.14;
const COMPANION_CANDIDATES = 64;

/** Draws a catalogue of `groups` groups. O(groups^2 / leaves) for the neighbours. */
export function drawCatalogue(random: Random, groups: number, days: number): Catalogue {
  const leafStart = shareOut(groups);
  const columns = {
    groups,
    leafStart,
    leafOf: new Uint8Array(groups),
    brandOf: new Uint8Array(groups),
    style: new Float32Array(groups * STYLES),
    quality: new Float32Array(groups),
    level: new Float32Array(groups),
    launchDay: new Int32Array(groups),
  };
  const brandStyles = drawBrandStyles(random.split("brands"));
  const draw = random.split("groups");
  leaves.forEach((leaf, l) => {
    const sellers = brandsOf(leaf);
    for (let g = leafStart[l] ?? 0; g < (leafStart[l + 1] ?? 0); g++) {
      const b = draw.pick(sellers);
      columns.leafOf[g] = l;
      columns.brandOf[g] = b;
      for (let k = 0; k < STYLES; k++) {
        const brand = brandStyles[b * STYLES + k] ?? 0;
        columns.style[g * STYLES + k] = 0.6 * brand + 0.8 * draw.normal();
      }
      columns.quality[g] = 0.5 * draw.normal();
      columns.level[g] = (brands[b]?.level ?? 0) + 0.8 * leaf.spread * draw.normal();
      columns.launchDay[g] = draw.bernoulli(LAUNCHED_SHARE) ? draw.int(Math.max(1, days)) : -1;
    }
  });
  const neighbours = findNeighbours(columns.style, leafStart, groups);
  const companions = drawCompanions(random.split("companions"), columns);
  return { ...columns, ...drawVariants(random.split("variants"), columns), neighbours, companions };
}

/** Groups a leaf, by largest remainder, at least one each; as running sums. */
function shareOut(groups: number): Int32Array {
  const total = leaves.reduce((sum, leaf) => sum + leaf.weight, 0);
  const start = new Int32Array(leaves.length + 1);
  let running = 0;
  leaves.forEach((leaf, l) => {
    running += leaf.weight;
    const fair = Math.round((groups * running) / total);
    start[l + 1] = Math.max(fair, (start[l] ?? 0) + 1);
  });
  start[leaves.length] = groups;
  return start;
}

function brandsOf(leaf: Leaf): number[] {
  return brands.flatMap((brand, b) => (brand.departments.includes(leaf.department) ? [b] : []));
}

function drawBrandStyles(random: Random): Float32Array {
  const style = new Float32Array(brands.length * STYLES);
  for (let i = 0; i < style.length; i++) style[i] = random.normal();
  brands.forEach((brand, b) => {
    style[b * STYLES + 3] = 2 * brand.level + 0.5 * random.normal();
  });
  return style;
}

type GroupColumns = Pick<
  Catalogue,
  "groups" | "leafStart" | "leafOf" | "brandOf" | "style" | "level"
>;
type VariantColumns = Pick<
  Catalogue,
  "variants" | "variantStart" | "groupOf" | "colourOf" | "sizeOf" | "listPrice" | "cost" | "itemIds"
>;

/** One to four variants a group, 2.5 on average: some colours times some sizes. */
function drawVariants(random: Random, columns: GroupColumns): VariantColumns {
  const groupOf: number[] = [];
  const colourOf: number[] = [];
  const sizeOf: number[] = [];
  const listPrice: number[] = [];
  const cost: number[] = [];
  const variantStart = new Int32Array(columns.groups + 1);
  for (let g = 0; g < columns.groups; g++) {
    const leaf = leaves[columns.leafOf[g] ?? 0] as Leaf;
    const yuan = leaf.price * Math.exp(columns.level[g] ?? 0);
    const costShare = leaf.costShare * (0.9 + 0.2 * random.uniform());
    for (const [colour, size] of drawAxes(random, leaf)) {
      const price = charmPrice(yuan * (sizes[leaf.sizes][size]?.factor ?? 1));
      groupOf.push(g);
      colourOf.push(colour);
      sizeOf.push(size);
      listPrice.push(price);
      cost.push(Math.round(price * costShare));
    }
    variantStart[g + 1] = groupOf.length;
  }
  return {
    variants: groupOf.length,
    variantStart,
    groupOf: Int32Array.from(groupOf),
    colourOf: Int8Array.from(colourOf),
    sizeOf: Uint8Array.from(sizeOf),
    listPrice: Int32Array.from(listPrice),
    cost: Int32Array.from(cost),
    itemIds: groupOf.map((g, v) => `${groupId(g)}-${v - (variantStart[g] ?? 0) + 1}`),
  };
}

/** Pairs of colour and size that one group comes in. */
function drawAxes(random: Random, leaf: Leaf): [colour: number, size: number][] {
  const palette = leaf.colours.map((id) => colours.findIndex((colour) => colour.id === id));
  const kinds = sizes[leaf.sizes].length;
  const both = palette.length > 0 && kinds > 1;
  const most = both ? 2 : 4;
  const wanted = (): number => 1 + random.int(most) + (both && random.bernoulli(0.2) ? 1 : 0);
  const chosenColours = palette.length > 0 ? take(random, palette, wanted()) : [-1];
  const count = Math.min(kinds, wanted());
  const first = random.int(kinds - count + 1);
  const pairs: [number, number][] = [];
  for (const colour of chosenColours) {
    for (let s = 0; s < count; s++) pairs.push([colour, first + s]);
  }
  return pairs;
}

function take(random: Random, values: readonly number[], count: number): number[] {
  const order = Int32Array.from(values);
  random.shuffle(order);
  return [...order.subarray(0, count)];
}

/**
 * The price a shop would print: 28.90, 59.90, 129, 2,899. O(1).
 * @unit yuan > 0, result minor (fen)
 */
export function charmPrice(yuan: number): number {
  if (yuan < 30) return Math.max(1, Math.round(yuan)) * 100 - 10;
  if (yuan < 100) return Math.max(3, Math.round(yuan / 5)) * 500 - 10;
  if (yuan < 1000) return Math.max(11, Math.round(yuan / 10)) * 1000 - 100;
  return Math.max(11, Math.round(yuan / 100)) * 10_000 - 100;
}

function distance(style: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let k = 0; k < STYLES; k++) {
    const d = (style[a * STYLES + k] ?? 0) - (style[b * STYLES + k] ?? 0);
    sum += d * d;
  }
  return sum;
}

/** For every group the NEIGHBOURS most alike of its leaf, by insertion. O(sum of leaf size^2). */
function findNeighbours(style: Float32Array, leafStart: Int32Array, groups: number): Int32Array {
  const nearest = new Int32Array(groups * NEIGHBOURS).fill(-1);
  const far = new Float64Array(NEIGHBOURS);
  for (let l = 0; l < leaves.length; l++) {
    const from = leafStart[l] ?? 0;
    const to = leafStart[l + 1] ?? 0;
    for (let g = from; g < to; g++) {
      far.fill(Number.POSITIVE_INFINITY);
      for (let h = from; h < to; h++) {
        if (h !== g) insertNear(nearest, g * NEIGHBOURS, far, h, distance(style, g, h));
      }
    }
  }
  return nearest;
}

/** Keeps `far` and its row of `nearest` in order of distance. O(NEIGHBOURS). */
function insertNear(
  nearest: Int32Array,
  row: number,
  far: Float64Array,
  candidate: number,
  d: number,
): void {
  let place = NEIGHBOURS;
  while (place > 0 && d < (far[place - 1] ?? 0)) place--;
  if (place === NEIGHBOURS) return;
  for (let k = NEIGHBOURS - 1; k > place; k--) {
    far[k] = far[k - 1] ?? 0;
    nearest[row + k] = nearest[row + k - 1] ?? -1;
  }
  far[place] = d;
  nearest[row + place] = candidate;
}

/** Companions come from the leaves that complete this one: the same brand or style first. */
function drawCompanions(random: Random, columns: GroupColumns): Int32Array {
  const companions = new Int32Array(columns.groups * COMPANIONS).fill(-1);
  for (let g = 0; g < columns.groups; g++) {
    const others = leaves[columns.leafOf[g] ?? 0]?.completes ?? [];
    for (let c = 0; c < COMPANIONS && others.length > 0; c++) {
      const l = leafIndex(others[c % others.length] ?? "");
      const taken = companions.subarray(g * COMPANIONS, g * COMPANIONS + c);
      companions[g * COMPANIONS + c] = bestCompanion(random, columns, g, l, taken);
    }
  }
  return companions;
}

function bestCompanion(
  random: Random,
  columns: GroupColumns,
  g: number,
  l: number,
  taken: Int32Array,
): number {
  const from = columns.leafStart[l] ?? 0;
  const count = (columns.leafStart[l + 1] ?? 0) - from;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < COMPANION_CANDIDATES; i++) {
    const h = from + random.int(count);
    if (taken.includes(h)) continue;
    const kin = columns.brandOf[h] === columns.brandOf[g] ? 2 : 0;
    const d = distance(columns.style, g, h) - kin;
    if (d < least) {
      least = d;
      best = h;
    }
  }
  return best;
}
