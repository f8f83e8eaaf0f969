import sharp from "sharp";
import { DESCRIBED_SIDE, describePicture } from "../../algorithms/pictures/picture-descriptor.ts";
import { isProblem, problem } from "../../errors.ts";

/**
 * A file as a picture of ours: taken apart pixel by pixel and written anew, so that nothing else of it
 * is kept (where it was taken, what stands behind its end). Which format it is its first bytes say, and
 * no other decoder is ever given it. The work is done by libvips' own threads, a thread a picture; what
 * is left for ours, the description, takes about a millisecond.
 */
export interface ReadPicture {
  /** WebP of at most `KEPT_SIDE` pixels a side. */
  readonly webp: Uint8Array;
  /** What it looks like. @shape [descriptorWidth] */
  readonly looks: Uint8Array;
  /** Of what is kept. @unit pixels */
  readonly width: number;
  readonly height: number;
}

/** @unit pixels */
const KEPT_SIDE = 640;
const QUALITY = 82;
const WHITE = "#ffffff";

sharp.cache(false);
sharp.concurrency(1);

/** @unit megapixelsMost of the file as it came @throws problem `invalid-picture` */
export async function readPicture(bytes: Uint8Array, megapixelsMost: number): Promise<ReadPicture> {
  if (!isPicture(bytes)) throw unreadable("its first bytes are of no JPEG, PNG or WebP file");
  try {
    return await read(bytes, megapixelsMost);
  } catch (error) {
    if (isProblem(error)) throw error;
    throw unreadable(error instanceof Error ? firstLine(error.message) : String(error));
  }
}

async function read(bytes: Uint8Array, megapixelsMost: number): Promise<ReadPicture> {
  const pixelsMost = megapixelsMost * 1_000_000;
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  if (width * height > pixelsMost) {
    const detail = `${width} x ${height} pixels, and ${megapixelsMost} million are the most`;
    throw problem("invalid-picture", detail, { errors: [{ pointer: "", detail }] });
  }
  const { data, info } = await sharp(bytes, { limitInputPixels: pixelsMost, failOn: "error" })
    .autoOrient()
    .resize(KEPT_SIDE, KEPT_SIDE, { fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const [webp, rgb] = await Promise.all([
    sharp(data, pixels).webp({ quality: QUALITY }).toBuffer(),
    sharp(data, pixels)
      .resize(DESCRIBED_SIDE, DESCRIBED_SIDE, { fit: "contain", background: WHITE })
      .flatten({ background: WHITE })
      .toColourspace("srgb")
      .raw()
      .toBuffer(),
  ]);
  const looks = describePicture(rgb, DESCRIBED_SIDE);
  return { webp, looks, width: info.width, height: info.height };
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? text;

function unreadable(detail: string): Error {
  return problem("invalid-picture", detail, { errors: [{ pointer: "", detail }] });
}

/** By the marks that the three formats begin with. */
export function isPicture(bytes: Uint8Array): boolean {
  const begins = (mark: readonly number[], at = 0): boolean =>
    mark.every((byte, place) => bytes[at + place] === byte);
  const isRiff = begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8);
  return begins([0xff, 0xd8, 0xff]) || begins([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]) || isRiff;
}
