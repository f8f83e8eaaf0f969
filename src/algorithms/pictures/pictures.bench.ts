import { join } from "node:path";
import sharp from "sharp";
import type { BenchRun } from "../../../scripts/bench.ts";
import { assert } from "../../assert.ts";
import { type Matmul, openMatmul } from "../../tensor/matmul.ts";
import {
  type LabelledPictures,
  PIXELS,
  readFashion,
  readPhotos,
} from "../conformance/labelled-pictures.ts";
import { colourBins, colourHistogramInto } from "./colour-histogram.ts";
import { gradientBins, gradientScratch, orientedGradientsInto } from "./oriented-gradients.ts";
import {
  COLOUR_SHARE,
  DESCRIBED_SIDE,
  describePictureInto,
  descriptorScratch,
  descriptorWidth,
  joinInto,
  productOf,
} from "./picture-descriptor.ts";

/**
 * How often the picture that looks most alike has the same label: photographs of clothes (told by
 * shape), of groceries (told by colour), and small grey pictures of fashion. Each on its published
 * split, against the nearest picture by plain pixels and by either part of the descriptor alone. The
 * share of colour is chosen within the training parts, each picture asked against all others. And how
 * often in a shop that knows the wider class of its groceries: what looks add to categories.
 */
const SHARES = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
const COMPARED = 20_000;
const WEIGHTS = [0, 0.125, 0.25, 0.5, 1, 2, 4];

export async function bench(run: BenchRun): Promise<unknown> {
  const matmul = openMatmul({ threads: 1 });
  const most = run.tiny ? 60 : Number.POSITIVE_INFINITY;
  const folder = (name: string): string => join(run.dataRoot, name);
  try {
    const clothing = await readPhotos(
      folder("clothing-photos"),
      { label: "label", wider: "label" },
      most,
    );
    const grocery = await readPhotos(
      folder("grocery-photos"),
      { label: "fine_label", wider: "coarse_label" },
      most,
    );
    const fashion = await readFashion(folder("fashion-mnist"), run.tiny ? 50 : 10_000);
    const sets = { "clothing-photos": clothing, "grocery-photos": grocery };
    const accuracy: Record<string, unknown> = {};
    for (const [name, set] of Object.entries({ ...sets, "fashion-mnist": fashion })) {
      accuracy[name] = await accuracies(set, matmul);
      run.note(`${name} ${JSON.stringify(accuracy[name])}`);
    }
    return {
      bytes: descriptorWidth,
      accuracy,
      colourShare: await sharesWithin(sets, matmul),
      besideCategory: await besideCategory(grocery, matmul),
      speed: await speed(clothing),
    };
  } finally {
    await matmul.close();
  }
}

/** Rows of length 1, or of nothing. */
interface Table {
  readonly width: number;
  readonly rows: Float32Array;
}

interface Parts {
  readonly gradients: Table;
  readonly colours: Table;
}

async function accuracies(set: LabelledPictures, matmul: Matmul): Promise<unknown> {
  const parts = partsOf(set);
  const asked = set.labels.length - set.learned;
  const tables = {
    pixels: pixelsOf(set),
    ...parts,
    descriptor: joinedOf(parts, COLOUR_SHARE),
  };
  const of = async (table: Table): Promise<number> =>
    rounded(shareRight(set, await products(table, set, matmul, false), false));
  const descriptor = await of(tables.descriptor);
  return {
    learned: set.learned,
    asked,
    labels: new Set(set.labels).size,
    pixels: await of(tables.pixels),
    colours: await of(tables.colours),
    gradients: await of(tables.gradients),
    descriptor,
    interval95: rounded(1.96 * Math.sqrt((descriptor * (1 - descriptor)) / asked)),
  };
}

function partsOf({ rgb, labels }: LabelledPictures): Parts {
  const gradients = new Float32Array(labels.length * gradientBins);
  const colours = new Float32Array(labels.length * colourBins);
  const scratch = gradientScratch();
  for (let at = 0; at < labels.length; at++) {
    const picture = rgb.subarray(at * PIXELS, (at + 1) * PIXELS);
    const edges = gradients.subarray(at * gradientBins, (at + 1) * gradientBins);
    orientedGradientsInto(edges, picture, DESCRIBED_SIDE, scratch);
    const bins = colours.subarray(at * colourBins, (at + 1) * colourBins);
    colourHistogramInto(bins, picture, DESCRIBED_SIDE);
  }
  return {
    gradients: { width: gradientBins, rows: gradients },
    colours: { width: colourBins, rows: colours },
  };
}

/** As they are kept, in bytes, and then of length 1. */
function joinedOf({ gradients, colours }: Parts, share: number): Table {
  const count = gradients.rows.length / gradientBins;
  const rows = new Float32Array(count * descriptorWidth);
  const bytes = new Uint8Array(descriptorWidth);
  for (let at = 0; at < count; at++) {
    joinInto(
      bytes,
      gradients.rows.subarray(at * gradientBins, (at + 1) * gradientBins),
      colours.rows.subarray(at * colourBins, (at + 1) * colourBins),
      share,
    );
    rows.set(bytes, at * descriptorWidth);
  }
  return ofLengthOne({ width: descriptorWidth, rows });
}

/** Means of 4 x 4 pixels, their own mean taken away. */
function pixelsOf({ rgb, labels }: LabelledPictures): Table {
  const width = 16 * 16 * 3;
  const rows = new Float32Array(labels.length * width);
  for (let at = 0; at < labels.length; at++) {
    const own = rows.subarray(at * width, (at + 1) * width);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const [channel, x, y] = [pixel % 3, Math.floor(pixel / 3) % 64, Math.floor(pixel / 192)];
      const place = (Math.floor(y / 4) * 16 + Math.floor(x / 4)) * 3 + channel;
      own[place] = (own[place] ?? 0) + (rgb[at * PIXELS + pixel] ?? 0);
    }
    const mean = own.reduce((sum, one) => sum + one, 0) / width;
    for (let place = 0; place < width; place++) own[place] = (own[place] ?? 0) - mean;
  }
  return ofLengthOne({ width, rows });
}

function ofLengthOne({ width, rows }: Table): Table {
  for (let from = 0; from < rows.length; from += width) {
    const row = rows.subarray(from, from + width);
    const length = Math.sqrt(row.reduce((sum, one) => sum + one * one, 0));
    if (length > 0) for (let at = 0; at < width; at++) row[at] = (row[at] ?? 0) / length;
  }
  return { width, rows };
}

/** Of each that is asked about with each that is learned. @shape result [asked, learned] */
async function products(
  { width, rows }: Table,
  { labels, learned }: LabelledPictures,
  matmul: Matmul,
  within: boolean,
): Promise<Float32Array> {
  const known = rows.slice(0, learned * width);
  const asked = within ? known : rows.slice(learned * width);
  const m = within ? learned : labels.length - learned;
  const out = new Float32Array(m * learned);
  const form = { m, n: learned, k: width, transposeA: false, transposeB: true } as const;
  await matmul.multiplyInto(out, asked, known, { ...form, alpha: 1, beta: 0 });
  if (within) for (let at = 0; at < m; at++) out[at * learned + at] = -1;
  return out;
}

/** How many of those asked about have the label of the one with the largest product. */
function shareRight(set: LabelledPictures, alike: Float32Array, within: boolean): number {
  const { labels, learned } = set;
  const count = alike.length / learned;
  let right = 0;
  for (let row = 0; row < count; row++) {
    let [best, at] = [Number.NEGATIVE_INFINITY, 0];
    for (let other = 0; other < learned; other++) {
      const product = alike[row * learned + other] ?? 0;
      if (product > best) [best, at] = [product, other];
    }
    if (labels[at] === labels[within ? row : learned + row]) right++;
  }
  return right / count;
}

/** Each learned picture asked against all others; the share with the best geometric mean is taken. */
async function sharesWithin(
  sets: Readonly<Record<string, LabelledPictures>>,
  matmul: Matmul,
): Promise<unknown> {
  const all = Object.entries(sets).map(([name, set]) => ({ name, set, parts: partsOf(set) }));
  const tried = [];
  for (const share of SHARES) {
    const right: Record<string, number> = {};
    for (const { name, set, parts } of all) {
      const alike = await products(joinedOf(parts, share), set, matmul, true);
      right[name] = rounded(shareRight(set, alike, true));
    }
    const mean =
      Object.values(right).reduce((product, one) => product * one, 1) ** (1 / all.length);
    tried.push({ share, ...right, geometricMean: rounded(mean) });
  }
  const [best] = tried.toSorted((a, b) => b.geometricMean - a.geometricMean);
  return { inUse: COLOUR_SHARE, best: best?.share ?? 0, tried };
}

/**
 * As a newcomer is likened to what a shop has: 1 for the same wider class, and a weight times how much
 * more alike they look than two pictures usually do.
 */
async function besideCategory(set: LabelledPictures, matmul: Matmul): Promise<unknown> {
  const table = joinedOf(partsOf(set), COLOUR_SHARE);
  const alike = await products(table, set, matmul, false);
  const { learned, wider } = set;
  const usual = alike.reduce((sum, one) => sum + one / alike.length, 0);
  const tried = WEIGHTS.map((weight) => {
    const scores = alike.map((product, at) => {
      const [row, other] = [learned + Math.floor(at / learned), at % learned];
      const looks = Math.max(0, (product - usual) / (1 - usual));
      return (wider[row] === wider[other] ? 1 : 0) + weight * looks;
    });
    return { weight, right: rounded(shareRight(set, scores, false)) };
  });
  return { usual: rounded(usual), tried };
}

/** A second of processor time, all threads together: the rest of the machine does not count. */
async function speed({ files, rgb }: LabelledPictures): Promise<unknown> {
  const out = new Uint8Array(descriptorWidth);
  const scratch = descriptorScratch();
  const table = new Uint8Array(COMPARED * descriptorWidth).map((_, at) => (at * 7) % 64);
  const describe = (at: number): void => {
    const picture = rgb.subarray(at * PIXELS, (at + 1) * PIXELS);
    describePictureInto(out, picture, DESCRIBED_SIDE, scratch);
  };
  const compare = (): void => {
    let sum = 0;
    for (let row = 0; row < COMPARED; row++) sum += productOf(table, 0, table, row);
    assert(sum > 0, "rows are compared");
  };
  const decode = async (): Promise<void> => {
    for (const file of files) {
      await sharp(file).resize(DESCRIBED_SIDE, DESCRIBED_SIDE).raw().toBuffer();
    }
  };
  const describeAll = async (): Promise<void> => files.forEach((_, at) => void describe(at));
  await describeAll();
  return {
    pictures: files.length,
    describedPerSecond: Math.round(files.length / (await secondsOf(describeAll))),
    decodedPerSecond: Math.round(files.length / (await secondsOf(decode))),
    comparedPerSecond: Math.round(COMPARED / (await secondsOf(async () => compare()))),
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000_000;
}

const rounded = (value: number): number => Number(value.toFixed(4));
