import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { fileTables } from "../../storage/engines/file-tables.ts";
import { DESCRIBED_SIDE } from "../pictures/picture-descriptor.ts";

/** Pictures of a public set, as they are described, those to learn from first. */
export interface LabelledPictures {
  /** @shape [pictures, side, side, 3] */
  readonly rgb: Uint8Array;
  readonly labels: readonly string[];
  /** Of a wider class, where there is one. */
  readonly wider: readonly string[];
  /** Pictures before this one are learned from, the others asked about. */
  readonly learned: number;
  /** Of the first pictures, as they came. */
  readonly files: readonly Uint8Array[];
}

export const PIXELS: number = DESCRIBED_SIDE * DESCRIBED_SIDE * 3;

/** A whole picture within a square of white. */
const square = (picture: Sharp): Promise<Buffer> =>
  picture
    .resize(DESCRIBED_SIDE, DESCRIBED_SIDE, { fit: "contain", background: "#fff" })
    .flatten({ background: "#fff" })
    .toColourspace("srgb")
    .raw()
    .toBuffer();

/** Photographs in a Parquet file; at most so many of each split. */
export async function readPhotos(
  folder: string,
  columns: { readonly label: string; readonly wider: string },
  most: number,
): Promise<LabelledPictures> {
  const limits = { memoryMib: 512, threads: 1, maxLineBytes: 2 ** 20, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const rows: { split: string; label: string; wider: string; file: Buffer }[] = [];
  const how = {
    format: "parquet",
    afterLine: 0,
    batch: 500,
    select: `split, ${columns.label} AS label, ${columns.wider} AS wider, base64(jpeg) AS jpeg`,
  } as const;
  for await (const batch of tables.read(join(folder, "images.parquet"), how)) {
    for (const { values } of batch.rows) {
      const split = String(values["split"]);
      if (split === "iconic") continue;
      const file = Buffer.from(String(values["jpeg"]), "base64");
      const [label, wider] = [String(values["label"]), String(values["wider"])];
      rows.push({ split, label, wider, file });
    }
  }
  await tables.close();
  const learned = rows.filter(({ split }) => split === "train").slice(0, most);
  const all = [...learned, ...rows.filter(({ split }) => split !== "train").slice(0, most)];
  const rgb = new Uint8Array(all.length * PIXELS);
  for (const [at, { file }] of all.entries()) rgb.set(await square(sharp(file)), at * PIXELS);
  return {
    rgb,
    labels: all.map(({ label }) => label),
    wider: all.map(({ wider }) => wider),
    learned: learned.length,
    files: all.slice(0, 200).map(({ file }) => file),
  };
}

/** Fashion-MNIST: 28 x 28 grey, light on dark; the first so many to learn from, a fifth as many to ask about. */
export async function readFashion(folder: string, most: number): Promise<LabelledPictures> {
  const read = async (name: string, header: number): Promise<Buffer> =>
    gunzipSync(await readFile(join(folder, name))).subarray(header);
  const asked = Math.ceil(most / 5);
  const grey = Buffer.concat([
    (await read("train-images-idx3-ubyte.gz", 16)).subarray(0, most * 784),
    (await read("t10k-images-idx3-ubyte.gz", 16)).subarray(0, asked * 784),
  ]);
  const labels = Buffer.concat([
    (await read("train-labels-idx1-ubyte.gz", 8)).subarray(0, most),
    (await read("t10k-labels-idx1-ubyte.gz", 8)).subarray(0, asked),
  ]);
  const rgb = new Uint8Array(labels.length * PIXELS);
  const raw = { width: 28, height: 28, channels: 1 } as const;
  for (let at = 0; at < labels.length; at++) {
    const own = grey.subarray(at * 784, (at + 1) * 784);
    rgb.set(await square(sharp(own, { raw })), at * PIXELS);
  }
  const named = [...labels].map(String);
  return { rgb, labels: named, wider: named, learned: most, files: [] };
}
